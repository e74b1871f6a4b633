"""What the verification calls say of each caller's interviews of a period (followups.verification)."""

from dataclasses import dataclass

from django.db.models import Count, Q

from csi.statistics import Rate
from followups.models import Drawing, FollowUp
from followups.planning import Plan
from reports.periods import MONTH, Period
from staff.models import Store


@dataclass(frozen=True)
class Checked:
    """planned: calls; answered: of them, customers who said something; confirmed: everything was as recorded. drawn: of this month already."""

    planned: int = 0
    answered: int = 0
    confirmed: int = 0
    open: int = 0
    drawn: bool = False

    @property
    def differing(self) -> int:
        return self.answered - self.confirmed

    @property
    def rate(self) -> Rate:
        return Rate(self.confirmed, self.answered)


def calls(store: Store, period: Period):
    """The verification calls about interviews of the period."""
    rows = FollowUp.objects.filter(store=store, plan=Plan.VERIFICATION, response__isnull=False)
    return rows.filter(response__answered_on__range=(period.first, period.last))


def of_callers(store: Store, period: Period) -> dict[int, Checked]:
    """user id -> what was found. Two queries; of a week one."""
    confirmed = Q(verified__took_place=True, verified__was_asked=True, verified__is_right=True)
    rows = (
        calls(store, period)
        .counted()
        .order_by()
        .values_list("response__surveyor")
        .annotate(
            planned=Count("pk"),
            answered=Count("verified"),
            confirmed=Count("pk", filter=confirmed),
            open=Count("pk", filter=Q(status=FollowUp.Status.OPEN)),
        )
    )
    drawn = set()
    if period.kind == MONTH:
        drawn = set(Drawing.objects.filter(store=store, month=period.first).values_list("caller", flat=True))
    found = {caller: Checked(*numbers, drawn=caller in drawn) for caller, *numbers in rows}
    return found | {caller: Checked(drawn=True) for caller in drawn - found.keys()}
