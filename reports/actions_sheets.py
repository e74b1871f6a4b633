"""Recording that a measure was carried out, and signing a department's sheet of a week."""

from datetime import date

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Case, Exists, OuterRef, When
from django.utils.translation import gettext as _

from complaints.kinds import Department
from complaints.models import Complaint
from core import audit
from csi.models import Dissatisfaction
from reports.forms_department import SHEETS
from reports.measures import Measure
from reports.models import MeasureDone, SheetSignature
from reports.periods import WEEK, Period, containing
from staff.models import Access, Store
from staff.roles import Role

# The manager of the department; the general manager where there is none.
SIGNERS = {
    Department.SERVICE: {Role.SERVICE_MANAGER, Role.GENERAL_MANAGER},
    Department.SALES: {Role.SALES_MANAGER, Role.GENERAL_MANAGER},
}


def may_sign(access: Access, department: str) -> bool:
    return access.can("sheets.sign") and bool(access.roles & SIGNERS[Department(department)])


def unsigned(access: Access) -> list[str]:
    """The departments whose sheet of last week lists something, and nobody has signed it: of those that this person signs. One query."""
    week = containing(access.store.today(), WEEK).previous
    mine = [department for department in SIGNERS if may_sign(access, department)]
    if not mine:
        return []
    owed = {}
    for department in mine:
        received = Complaint.objects.filter(store=OuterRef("pk"), department=department, received_on__range=(week.first, week.last))
        unhappy = Dissatisfaction.objects.filter(
            store=OuterRef("pk"), response__audience=department, answered_on__range=(week.first, week.last)
        )
        signed = SheetSignature.objects.filter(store=OuterRef("pk"), department=department, week=week.first)
        owed[department] = Case(When((Exists(received) | Exists(unhappy)) & ~Exists(signed), then=True), default=False)
    found = Store.objects.filter(pk=access.store.pk).values(**{f"owed_{department}": case for department, case in owed.items()}).get()
    return [department for department in mine if found[f"owed_{department}"]]


@transaction.atomic
def carried_out(*, measure: Measure, store: Store, on: date, words: str = "", by) -> MeasureDone:
    """Once for each measure; whoever comes second is told."""
    if not measure.agreed_on <= on <= store.today():
        raise ValidationError({"on": _("Choose a day between the agreement and today.")})
    of = {"complaint": measure.of, "resolution": measure.of.resolutions} if measure.is_of_complaint else {"dissatisfaction": measure.of}
    try:
        with transaction.atomic():
            done = MeasureDone.objects.create(store=store, done_on=on, by=by, words=words.strip(), **of)
    except IntegrityError:
        raise ValidationError(_("Somebody else was quicker: it is recorded already.")) from None
    audit.record("measure.carried_out", by=by, store=store, subject=measure.of, measure=done.pk, on=on.isoformat())
    return done


@transaction.atomic
def sign(*, access: Access, department: str, week: Period) -> SheetSignature:
    """The manager has read the sheet as it stands now, and answers for its measures. A week that is still to come has nothing to sign."""
    if not may_sign(access, department):
        raise PermissionDenied
    if week.first > access.store.today():
        raise ValidationError(_("This week is still to come."))
    sheet = SHEETS[department](access.store, week)
    last = sheet.signature
    content = sheet.content
    if last is not None and last.by_id == access.user.pk and last.content == content:
        raise ValidationError(_("You have signed this sheet, and nothing has changed since."))
    made = SheetSignature.objects.create(store=access.store, department=department, week=week.first, by=access.user, content=content)
    audit.record("sheet.signed", by=access.user, store=access.store, subject=made, department=department, week=week.code, rows=len(content))
    return made
