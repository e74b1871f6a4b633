"""A department's improvement measures and whether they were carried out: those agreed in a week, and those of the weeks before that were
still open when it began (S1 十-1: 重点检查整改措施的执行情况)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import F

from complaints.models import Complaint
from csi.models import Dissatisfaction
from reports.models import MeasureDone
from reports.periods import Period
from staff.models import Access, Store, User

CARRIED_WEEKS = 8  # an open measure is carried over for so long; what nobody has done by then is no measure any more


@dataclass(frozen=True)
class Measure:
    """of: the complaint or dissatisfaction. done_on: None while it is open."""

    of: Complaint | Dissatisfaction
    agreed_on: date
    by: User | None
    done_on: date | None
    done_by: User | None
    done_words: str = ""

    @property
    def key(self) -> str:
        """'complaint-12-1' (its first solution), 'dissatisfaction-5'."""
        if isinstance(self.of, Complaint):
            return f"complaint-{self.of.pk}-{self.of.resolutions}"
        return f"dissatisfaction-{self.of.pk}"

    @property
    def is_of_complaint(self) -> bool:
        return isinstance(self.of, Complaint)


def _moments(store: Store, first: date, last: date) -> tuple[datetime, datetime]:
    return datetime.combine(first, time(), tzinfo=store.tz), datetime.combine(last + timedelta(days=1), time(), tzinfo=store.tz)


def complaints_with_measure(store: Store, department: str, access: Access | None):
    """Resolved, and still so: what has been reopened has no measure that holds."""
    rows = Complaint.objects.filter(store=store) if access is None else Complaint.objects.visible_to(access)
    return rows.filter(department=department, resolved_at__isnull=False).exclude(measure="").select_related("resolved_by")


def dissatisfactions_with_measure(store: Store, department: str):
    rows = Dissatisfaction.objects.filter(store=store, response__audience=department, handled_at__isnull=False).exclude(measure="")
    return rows.select_related("handled_by", "response__vehicle")


def of_week(store: Store, department: str, week: Period, access: Access | None = None) -> list[Measure]:
    """In the order in which they were agreed. Four queries."""
    begin, end = _moments(store, week.first - timedelta(weeks=CARRIED_WEEKS), week.last)
    complaints = list(complaints_with_measure(store, department, access).filter(resolved_at__gte=begin, resolved_at__lt=end))
    said = list(dissatisfactions_with_measure(store, department).filter(handled_at__gte=begin, handled_at__lt=end))
    done = MeasureDone.objects.filter(store=store).select_related("by")
    of_complaint = {one.complaint_id: one for one in done.filter(complaint__in=complaints, resolution=F("complaint__resolutions"))}
    of_said = {one.dissatisfaction_id: one for one in done.filter(dissatisfaction__in=said)}
    found = sorted(
        [
            *(_of_complaint(store, one, of_complaint.get(one.pk)) for one in complaints),
            *(_of_dissatisfaction(store, one, of_said.get(one.pk)) for one in said),
        ],
        key=lambda measure: (measure.agreed_on, not measure.is_of_complaint, measure.of.pk),
    )
    return [one for one in found if one.agreed_on >= week.first or one.done_on is None or one.done_on >= week.first]


def _of_complaint(store: Store, row: Complaint, done: MeasureDone | None) -> Measure:
    agreed = store.local_date(row.resolved_at)
    return Measure(row, agreed, row.resolved_by, *((done.done_on, done.by, done.words) if done else (None, None)))


def _of_dissatisfaction(store: Store, row: Dissatisfaction, done: MeasureDone | None) -> Measure:
    """Said to be carried out when it was handled, or recorded later."""
    agreed = store.local_date(row.handled_at)
    if row.is_carried_out and done is None:
        return Measure(row, agreed, row.handled_by, agreed, row.handled_by)
    return Measure(row, agreed, row.handled_by, *((done.done_on, done.by, done.words) if done else (None, None)))


def still_open(measures: list[Measure]) -> Iterator[Measure]:
    return (one for one in measures if one.done_on is None)
