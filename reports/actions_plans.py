"""Everything that is done with improvement plans. Each act is one transaction with its line and its audit row; what is refused raises
ValidationError by field."""

from datetime import date, datetime, time, timedelta

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from core import audit, clock, outbox
from csi import mot
from csi.models import Link, Question
from reports.models import ImprovementPlan, PlanEntry
from reports.models.plans import About, PlanEntryKind, PlanStatus
from reports.periods import Period
from staff import people
from staff.models import Store
from staff.roles import Role


def carriers(store: Store):
    """Who may be given a plan: everybody of the store, also those who are only named."""
    return people.members(store, *[role for role in Role if role != Role.REGIONAL])


def end_of(store: Store, day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), tzinfo=store.tz)


def _problems(store: Store, *, cause: str, measure: str, person, due_on: date | None, kept_due: date | None = None) -> dict:
    problems = {}
    if not cause.strip():
        problems["cause"] = _("Please fill this in.")
    if not measure.strip():
        problems["measure"] = _("Please fill this in.")
    if person is None or not carriers(store).filter(pk=person.pk).exists():
        problems["person"] = _("Choose somebody of this store.")
    if due_on is None or (due_on < store.today() and due_on != kept_due):
        problems["due_on"] = _("Choose a day that is still to come.")
    return problems


def _write(plan: ImprovementPlan, kind: str, *, by, words: str = "") -> PlanEntry:
    return PlanEntry.objects.create(plan=plan, by=by, kind=kind, words=words.strip(), due_on=plan.due_on)


def _tell_person(plan: ImprovementPlan, entry: PlanEntry, by) -> None:
    if plan.person != by and plan.person.has_usable_password():
        outbox.notify(
            store=plan.store, user=plan.person, occasion=f"plan {plan.pk} {entry.pk}", stage="given", topic="plan_given", path=path_of(plan),
            due=f"{plan.due_on:%Y-%m-%d}",
        )  # fmt: skip


def path_of(plan: ImprovementPlan) -> str:
    return reverse("reports:plan", args=[plan.pk])


def is_known(about: str, audience: str, code: str, standard: str) -> bool:
    """A question that customers are asked, or a link with an MOT standard below it or none."""
    if about == About.TOPIC:
        return not audience and code in Link.values and (not standard or standard in {row[0] for row in mot.STANDARDS[code]})
    if about != About.ITEM or standard:
        return False
    return Question.objects.filter(code=code, version__questionnaire__audience=audience).exists()


@transaction.atomic
def make_plan(
    *, store: Store, about: str, code: str, period: Period, cause: str, measure: str, person, due_on: date, audience: str = "", standard: str = "", by
) -> ImprovementPlan:  # fmt: skip
    """A plan for a weak item or a frequent complaint. One of each is open at a time."""
    if not is_known(about, audience, code, standard):
        raise ValidationError(_("There is no such item: choose it on the monthly or weekly page."))
    if problems := _problems(store, cause=cause, measure=measure, person=person, due_on=due_on):
        raise ValidationError(problems)
    plan = ImprovementPlan(
        store=store, about=about, audience=audience, code=code, standard=standard, kind=period.kind, first=period.first, cause=cause.strip(),
        measure=measure.strip(), person=person, due_on=due_on, due_at=end_of(store, due_on), made_by=by,
    )  # fmt: skip
    try:
        with transaction.atomic():
            plan.save()
    except IntegrityError:
        if not ImprovementPlan.objects.filter(store=store).open().about(plan.subject).exists():
            raise
        raise ValidationError(_("There is an open plan for this already: change that one, or record what became of it.")) from None
    _tell_person(plan, _write(plan, PlanEntryKind.MADE, by=by), by)
    audit.record("plan.made", by=by, store=store, subject=plan, about=about, code=code, standard=standard, person=person.pk)
    return plan


def _still_open(plan: ImprovementPlan, **changes) -> None:
    """By compare-and-set: what has been ended meanwhile stays as it is."""
    if ImprovementPlan.objects.open().filter(pk=plan.pk).update(**changes) != 1:
        raise ValidationError(_("Somebody else was quicker: this plan is no longer open."))
    for name, value in changes.items():
        setattr(plan, name, value)


@transaction.atomic
def change_plan(*, plan: ImprovementPlan, cause: str, measure: str, person, due_on: date, by) -> ImprovementPlan:
    """A new date is a new promise: it is told again when it has passed."""
    before = ImprovementPlan.objects.select_related("person").get(pk=plan.pk)
    if problems := _problems(plan.store, cause=cause, measure=measure, person=person, due_on=due_on, kept_due=before.due_on):
        raise ValidationError(problems)
    changes = {"cause": cause.strip(), "measure": measure.strip(), "person": person, "due_on": due_on}
    changed = sorted(name for name, value in changes.items() if value != getattr(before, name))
    if "due_on" in changed:
        changes |= {"due_at": end_of(plan.store, due_on), "told_at": None}
    _still_open(plan, **changes)
    if changed:
        entry = _write(plan, PlanEntryKind.CHANGED, by=by)
        if "person" in changed:
            _tell_person(plan, entry, by)
        audit.record("plan.changed", by=by, store=plan.store, subject=plan, changed=changed)
    return plan


@transaction.atomic
def review_plan(*, plan: ImprovementPlan, words: str, by) -> PlanEntry:
    """It was talked over with the people (S3 1.4.3: every week, every month): how far it has come."""
    if not words.strip():
        raise ValidationError({"words": _("Please fill this in.")})
    _still_open(plan, status=PlanStatus.OPEN)
    entry = _write(plan, PlanEntryKind.REVIEWED, by=by, words=words)
    audit.record("plan.reviewed", by=by, store=plan.store, subject=plan, entry=entry.pk)
    return entry


@transaction.atomic
def end_plan(*, plan: ImprovementPlan, is_carried_out: bool, result: str, on: date | None = None, by) -> ImprovementPlan:
    """Carried out or not, on which day, and what came of it in words."""
    today = plan.store.today()
    on = on or today
    problems = {}
    if not result.strip():
        problems["result"] = _("Please fill this in.")
    if not plan.store.local_date(plan.made_at) <= on <= today:
        problems["on"] = _("Choose a day between the plan's making and today.")
    if problems:
        raise ValidationError(problems)
    status = PlanStatus.DONE if is_carried_out else PlanStatus.DROPPED
    _still_open(plan, status=status, result=result.strip(), ended_on=on, ended_at=clock.now(), ended_by=by)
    _write(plan, PlanEntryKind.DONE if is_carried_out else PlanEntryKind.DROPPED, by=by, words=result)
    audit.record("plan.ended", by=by, store=plan.store, subject=plan, status=status)
    return plan
