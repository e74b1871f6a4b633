"""Which target a figure has: the most specific one that is set for the quarter (person, role, store), else the trade's (reports.figures)."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from reports.figure import Figure, Kind
from reports.figures import KNOWN
from reports.models import Target
from reports.models.targets import SCALE
from reports.periods import WEEK, Period
from reports.quarters import first_day
from staff.models import Membership, Store
from staff.roles import Role

# Whose figures are counted person by person, and which of them: what a target can be set for, and whose people a manager leads.
OF_ROLE: dict[str, list[str]] = {
    Role.ADVISOR: [
        "satisfaction_rate", "delight_rate", "nps", "callback_rate", "rework_rate", "waiting_minutes", "delivery_delay_minutes",
        "complaint_rate_service", "cars_received", "revenue_per_car",
    ],
    Role.SALES: ["satisfaction_rate_sales", "callback_rate"],
    Role.CALLER: ["csat", "dials", "reached_rate"],
}  # fmt: skip
LED_BY: dict[str, set[str]] = {
    Role.GENERAL_MANAGER: set(OF_ROLE),
    Role.SERVICE_MANAGER: {Role.ADVISOR},
    Role.SALES_MANAGER: {Role.SALES},
    Role.CARE_MANAGER: {Role.CALLER},
}
OF_STORE = list(KNOWN)
ADVISING, CALLING = (Role.ADVISOR, Role.SALES), (Role.CALLER,)
WEEKS_OF_A_MONTH = 52 / 12


def _share_of(figure: Figure, value: float, period: Period) -> float:
    """A count's target is set for a month; a week has its share of it, as the trade's has (650 a month, 140 a week), else of the year."""
    if figure.kind != Kind.COUNT or period.kind != WEEK:
        return value
    share = figure.weekly / figure.target if figure.weekly and figure.target else 1 / WEEKS_OF_A_MONTH
    return float(round(value * share))


@dataclass(frozen=True)
class Targets:
    """rows: (quarter, figure, role, person) -> value. roles: person -> roles, of those whose figures are shown."""

    rows: Mapping[tuple[date, str, str, int | None], float] = field(default_factory=dict)
    roles: Mapping[int, Collection[str]] = field(default_factory=dict)

    def of(self, figure: Figure, period: Period, *, person: int | None = None, among: Collection[str] = ()) -> float | None:
        """The figure's target in the period; a week belongs to the quarter that it begins in. person: whose figure it is; among: the
        roles in which it is theirs, the first one counts first."""
        quarter = first_day(period.first)
        found = None
        if person is not None:
            held = self.roles.get(person, ())
            asked = [("", person), *((str(role), None) for role in among if role in held)]
            found = next((self.rows[key] for role, who in asked if (key := (quarter, figure.code, role, who)) in self.rows), None)
            if found is None and figure.kind == Kind.COUNT:
                return None  # what the whole store is to reach is nobody's own
        if found is None:
            found = self.rows.get((quarter, figure.code, "", None))
        return figure.target_of(period) if found is None else _share_of(figure, found, period)


def load(
    store: Store, periods: Iterable[Period], *, roles: Mapping[int, Collection[str]] | None = None, with_people: bool = False
) -> Targets:
    """Of the quarters that these periods lie in. One query; with_people two, unless the roles are known."""
    quarters = {first_day(period.first) for period in periods}
    rows = Target.objects.filter(store=store, quarter__in=quarters)
    found = {
        (quarter, code, role, person): value / SCALE
        for quarter, code, role, person, value in rows.values_list("quarter", "figure", "role", "person", "value")
    }
    held: dict[int, set[str]] = defaultdict(set)
    if with_people and roles is None:
        for user, role in Membership.objects.filter(store=store, role__in=list(OF_ROLE)).values_list("user", "role"):
            held[user].add(role)
    return Targets(found, held if roles is None else roles)


# The figure as people type it and read it


def typed(figure: Figure, value: float) -> float:
    """98 for 0.98."""
    return round(value * 100, 2) if figure.kind in (Kind.RATE, Kind.NET) else value


def stored(figure: Figure, number: float) -> float:
    return number / 100 if figure.kind in (Kind.RATE, Kind.NET) else number
