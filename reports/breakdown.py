"""A period's figures by department, advisor, technician, caller, model and kind of order, each beside the store's and the period before.

Counted live: one grouped query for each kind of record and period, whatever the number of groups.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from django.db.models import Case, F, QuerySet, When
from django.db.models import Value as Constant
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from complaints.kinds import Department
from csi.statistics import OUTER
from reports.charts import Strip, strips
from reports.compute import Value, Values, grouped, rows_behind, store_figures
from reports.figure import Figure, Kind
from reports.figures import ALL
from reports.periods import Period
from reports.records import RECORDS
from staff.models import Store, User
from visits.models import Kind as OrderKind

LARGEST = 15  # groups that have a line of their own
DEPARTMENT_OF_CALL = Case(When(order__isnull=False, then=Constant("service")), When(delivery__isnull=False, then=Constant("sales")))


@dataclass(frozen=True)
class Dimension:
    """keys: kind of record -> what its rows are grouped by. figures: those that can be broken down, the first few shown unless asked
    otherwise. is_of_users: keys are people. labels: of other keys. note: what has to be known to read it."""

    code: str
    name: Promise
    keys: Mapping[str, object]
    figures: tuple[str, ...]
    is_of_users: bool = False
    labels: Mapping[str, object] | None = None
    note: Promise | str = ""

    def key_of(self, figure: Figure):
        return self.keys[figure.records]


def _of(name: str, **paths: str) -> dict[str, object]:
    """The same thing, by its way from each kind of record."""
    ways = {"delivered": "", "received": "", "responses": "order__", "nps": "response__order__", "followups": "order__"}
    return {records: F(paths.get(records, f"{way}{name}")) for records, way in ways.items()}


_DIMENSIONS = [
    Dimension(
        "department",
        gettext_lazy("department"),
        {"followups": DEPARTMENT_OF_CALL, "responses": F("audience"), "clocks": F("complaint__department")},
        ("csat", "callback_rate", "timely_rate", "contact_rate", "first_reply_kept", "department_reply_kept", "revisit_kept"),
        labels=dict(Department.choices),
    ),
    Dimension(
        "advisor",
        gettext_lazy("advisor or consultant"),
        {name: records.advisor for name, records in RECORDS.items() if records.advisor is not None},
        (
            "satisfaction_rate",
            "delight_rate",
            "complaint_rate_service",
            "nps",
            "callback_rate",
            "rework_rate",
            "cars_received",
            "revenue_per_car",
            "waiting_minutes",
            "satisfaction_rate_sales",
            "complaint_rate_sales",
            "implementation_rate",
        ),
        is_of_users=True,
    ),
    Dimension(
        "technician",
        gettext_lazy("technician"),
        _of("technicians"),
        ("satisfaction_rate", "complaint_rate_service", "delight_rate", "nps", "revenue_per_car"),
        is_of_users=True,
        note=gettext_lazy("An order with two technicians counts for each of them: the lines sum to more than the store."),
    ),
    Dimension(
        "caller",
        gettext_lazy("caller"),
        {name: F(records.caller) for name, records in RECORDS.items() if records.caller},
        ("csat", "reached_rate", "nps", "dials", "satisfaction_rate", "satisfaction_rate_sales"),
        is_of_users=True,
        note=gettext_lazy("Nobody named: cards and forms on paper, which nobody asked for in a call."),
    ),
    Dimension(
        "model",
        gettext_lazy("vehicle model"),
        {
            **{name: F("vehicle__model") for name in ("delivered", "received", "responses", "followups", "half_year", "new_cars")},
            "nps": F("response__vehicle__model"),
            "vehicles": F("model"),
            "base": F("model"),
        },
        (
            "satisfaction_rate",
            "complaint_rate_service",
            "churn_rate",
            "delight_rate",
            "nps",
            "rework_rate",
            "workshop_return_rate",
            "return_rate",
            "base_customers",
            "cars_received",
            "revenue_per_car",
            "satisfaction_rate_sales",
            "complaint_rate_sales",
        ),
    ),
    Dimension(
        "kind",
        gettext_lazy("kind of order"),
        _of("kind"),
        (
            "satisfaction_rate",
            "delight_rate",
            "complaint_rate_service",
            "nps",
            "callback_rate",
            "cars_received",
            "revenue_per_car",
            "waiting_minutes",
            "delivery_delay_minutes",
        ),
        labels=dict(OrderKind.choices),
    ),
]
DIMENSIONS: dict[str, Dimension] = {dimension.code: dimension for dimension in _DIMENSIONS}
SHOWN = 3  # figures, unless asked otherwise


@dataclass(frozen=True)
class Group:
    """A line. key: None for rows that name nobody, or nothing. is_rest: all groups that are too small for a line; names: how many."""

    key: object
    label: str
    value: Value
    before: Value
    strip: Strip | None = None
    beside: str = ""
    differs: bool = False
    is_rest: bool = False

    @property
    def verdict(self) -> str:
        """'better', 'worse', 'same' (within chance); '' where there is nothing to compare. Only outside the funnel's outer limits does a
        group differ; between the two it is worth a look (ADR 17)."""
        if self.beside in ("", "same"):
            return self.beside
        return "better" if (self.beside == "above") != self.value.figure.less_is_better else "worse"


@dataclass(frozen=True)
class Table:
    figure: Figure
    store: Value
    store_before: Value
    groups: list[Group]


def summed(figure: Figure, values: Iterable[Value]) -> Value:
    """Of several groups together; a median of medians is none."""
    found = list(values)
    if figure.kind == Kind.MEDIAN:
        return Value(figure)
    total = lambda name: sum(getattr(value, name) for value in found)  # noqa: E731
    return Value(figure, total("n"), total("hits"), total("against"), total("fen"))


def tables(store: Store, period: Period, dimension: Dimension, codes: Iterable[str]) -> list[Table]:
    """codes: of dimension.figures."""
    figures = [ALL[code] for code in codes]
    now, then = (grouped(figures, store, one, lambda name: dimension.keys.get(name)) for one in (period, period.previous))
    whole, whole_then = (store_figures(store, one, figures) for one in (period, period.previous))
    labels = _labels(dimension, {*now, *then})

    def rest_of(figure: Figure, one: Period, found, keys: list, shown: list) -> Value:
        """Rows sum up; a car that came to several groups is still one car."""
        if figure.unit == "pk" or dimension.code == "model":
            return summed(figure, (found[key][figure.code] for key in keys if figure.code in found[key]))
        only = _rest(dimension.key_of(figure), shown)
        n, hits = (rows_behind(figure, store, one, part=part, only=only).count() for part in ("denominator", "numerator"))
        return Value(figure, n, hits)

    found = []
    for figure in figures:
        shown = largest(figure, now)
        rest = {
            one: [key for key in values if key is not None and key not in shown] for one, values in ((period, now), (period.previous, then))
        }
        others = [key for key in rest[period] if figure.code in now[key] and now[key][figure.code].n]
        together = None
        if others:
            values = [rest_of(figure, one, values, rest[one], shown) for one, values in ((period, now), (period.previous, then))]
            together = Group("", _("%(n)s others") % {"n": len(others)}, *values, is_rest=True)
        found.append(_table(figure, now, then, shown, together, (whole[figure.code], whole_then[figure.code]), labels))
    return found


def _rest(expression, shown: list) -> Callable[[QuerySet], QuerySet]:
    return lambda rows: rows.alias(part=expression).filter(part__isnull=False).exclude(part__in=shown)


def largest(figure: Figure, found: Mapping[object, Values]) -> list[object]:
    """The keys that have a line of their own, the largest first."""
    sizes = {
        key: values[figure.code].n for key, values in found.items() if key is not None and figure.code in values and values[figure.code].n
    }
    return sorted(sizes, key=lambda key: (-sizes[key], str(key)))[:LARGEST]


def _table(figure: Figure, now, then, shown: list, rest: Group | None, store: tuple[Value, Value], labels: Mapping[object, str]) -> Table:
    def value(found, key) -> Value:
        return found.get(key, {}).get(figure.code) or Value(figure)

    groups = [Group(key, labels[key], value(now, key), value(then, key)) for key in shown]
    groups += [rest] if rest else []
    if value(now, None).n:
        groups.append(Group(None, labels[None], value(now, None), value(then, None)))
    if figure.kind == Kind.RATE:
        drawn = strips([group.value.rate for group in groups], store[0].value)
        share = store[0].value
        groups = [
            replace(
                group,
                strip=strip,
                beside=group.value.rate.beside(share),
                differs=group.value.rate.beside(share, OUTER) in ("above", "below"),
            )
            for group, strip in zip(groups, drawn, strict=True)
        ]
    return Table(figure, *store, groups)


def _labels(dimension: Dimension, keys: set) -> dict[object, str]:
    """One query where keys are people."""
    known = {key for key in keys if key is not None}
    if dimension.is_of_users:
        found = {pk: str(user) for pk, user in User.objects.in_bulk(known).items()}
    else:
        found = {key: str((dimension.labels or {}).get(key) or key or _("not on file")) for key in known}
    return found | {None: _("nobody named") if dimension.is_of_users else pgettext("group", "neither")}


@dataclass(frozen=True)
class Part:
    """The rows of one line. only: narrows a queryset of the figure's records to them."""

    label: str
    only: Callable[[QuerySet], QuerySet]


def part_of(store: Store, period: Period, figure: Figure, dimension: Dimension, *, key: str | None, is_rest: bool) -> Part | None:
    """key: as the address has it, None for the rows that name nobody. None where that line has no rows."""
    expression = dimension.key_of(figure)

    def narrowed(**condition) -> Callable[[QuerySet], QuerySet]:
        return lambda rows: rows.alias(part=expression).filter(**condition)

    if is_rest:
        shown = largest(figure, grouped([figure], store, period, lambda name: dimension.keys.get(name)))
        part = Part(_("all others"), _rest(expression, shown))
    elif key is None:
        part = Part(_labels(dimension, set())[None], narrowed(part__isnull=True))
    else:
        wanted: object = key
        if dimension.is_of_users:
            if not (key.isascii() and key.isdecimal() and len(key) < 18):
                return None
            wanted = int(key)
        part = Part(_labels(dimension, {wanted}).get(wanted, ""), narrowed(part=wanted))
    return part if rows_behind(figure, store, period, only=part.only).exists() else None
