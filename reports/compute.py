"""Counts figures: one grouped query per kind of record, whatever the number of figures, people or months."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property
from statistics import median

from django.db.models import Count, F, Q, Sum

from core.money import to_yuan
from csi.statistics import SMALL, NetPromoter, Rate
from customers.models import Vehicle
from reports.figure import Figure, Kind
from reports.figures import ALL, CALLER_FIGURES, KNOWN
from reports.models.outside import WHOLE, OutsideNumbers
from reports.periods import MONTH, Period
from reports.records import RECORDS, Records
from staff.models import Store

DETRACTORS = Q(score__lte=6)


@dataclass(frozen=True)
class Value:
    """A figure counted. value: fraction for rates, minutes, count or yuan; None: no data. n: what it rests on. hits: those of the n that
    are in the numerator; of A_DAY the days up to today, of SHARE the share in hundredths of a percent."""

    figure: Figure
    n: int = 0
    hits: int = 0
    against: int = 0
    fen: int = 0
    minutes: float | None = None

    @cached_property
    def rate(self) -> Rate | None:
        if self.figure.kind == Kind.NET:
            return NetPromoter(self.hits, self.n, self.against)
        return Rate(self.hits, self.n) if self.figure.kind == Kind.RATE else None

    @property
    def value(self) -> float | int | None:
        if self.figure.kind == Kind.COUNT:
            return self.n if self.figure.records else None
        if not self.n:
            return None
        if self.figure.kind == Kind.A_DAY:
            return self.n / self.hits if self.hits else None
        if self.figure.kind == Kind.SHARE:
            return self.hits / WHOLE
        if self.figure.kind == Kind.MONEY:
            return float(to_yuan(int((Decimal(self.fen) / self.n).quantize(Decimal(1), rounding=ROUND_HALF_UP))))
        return self.rate.value if self.rate else self.minutes

    @property
    def numerator(self) -> float | int | None:
        if not self.figure.records:
            return None
        return {Kind.COUNT: self.n, Kind.A_DAY: self.n, Kind.MONEY: float(to_yuan(self.fen)), Kind.MEDIAN: None}.get(
            self.figure.kind, self.hits
        )

    @property
    def denominator(self) -> int | None:
        if not self.figure.records or self.figure.kind == Kind.COUNT:
            return None
        return self.hits if self.figure.kind == Kind.A_DAY else self.n

    @property
    def low(self) -> float | None:
        return self.rate.low if self.rate else None

    @property
    def high(self) -> float | None:
        return self.rate.high if self.rate else None

    @property
    def is_small(self) -> bool:
        return 0 < self.n < SMALL and self.figure.kind not in (Kind.COUNT, Kind.A_DAY, Kind.SHARE)


Values = dict[str, Value]


def _asked(figures: Iterable[Figure]) -> dict[str, list[Figure]]:
    by_records: dict[str, list[Figure]] = defaultdict(list)
    for figure in figures:
        if figure.records and not figure.is_of_store:
            by_records[figure.records].append(figure)
    return by_records


def _columns(figures: list[Figure], store: Store, period: Period) -> dict:
    """The aggregates that the figures over one kind of record need."""
    columns: dict = {}
    for figure in figures:
        if figure.times:
            continue  # counted by vehicle first
        distinct = figure.unit != "pk"
        columns[f"{figure.code}_n"] = Count(figure.unit, filter=figure.of or None, distinct=distinct)
        if figure.hit:
            hit = figure.of & figure.hit(store, period.first, period.last)
            columns[f"{figure.code}_k"] = Count(figure.unit, filter=hit, distinct=distinct)
        if figure.kind == Kind.NET:
            columns[f"{figure.code}_a"] = Count(figure.unit, filter=DETRACTORS)
        if figure.amount:
            columns[f"{figure.code}_s"] = Sum(figure.amount, filter=figure.of or None, default=0)
    return columns


def _value(figure: Figure, row: dict, minutes: list[float] | None = None) -> Value:
    code = figure.code
    return Value(
        figure,
        n=row.get(f"{code}_n", 0),
        hits=row.get(f"{code}_k", 0),
        against=row.get(f"{code}_a", 0),
        fen=row.get(f"{code}_s", 0),
        minutes=median(minutes) if minutes else None,
    )


def _minutes(figure: Figure, rows, key) -> dict[object, list[float]]:
    """key -> the minutes between the figure's two moments, row by row: neither database has a median that both know."""
    start, end = figure.between
    found: dict[object, list[float]] = defaultdict(list)
    for value, began, ended in rows.filter(figure.of).values_list(key, start, end):
        found[value].append((ended - began).total_seconds() / 60)
    return found


def _of_person(rows, records: Records, advisor=None, caller=None):
    """The rows of one person: a user id, or 'none' for those that name nobody."""
    for who, key in ((advisor, records.advisor), (caller, records.caller)):
        if who is not None:
            if key is None:
                return rows.none()
            rows = rows.alias(who=F(key) if isinstance(key, str) else key)
            rows = rows.filter(who__isnull=True) if who == "none" else rows.filter(who=who)
    return rows


def grouped(figures: Iterable[Figure], store: Store, period: Period, key_of) -> dict[object, Values]:
    """key -> figures. key_of(kind of record): the expression to group by, None where these records cannot be."""
    result: dict[object, Values] = defaultdict(dict)
    for name, asked in _asked(figures).items():
        records = RECORDS[name]
        key = key_of(name)
        if key is None:
            continue
        rows = records.rows(store, period.first, period.last).annotate(key=key).order_by()
        minutes = {figure.code: _minutes(figure, rows, "key") for figure in asked if figure.between}
        for row in rows.values("key").annotate(**_columns(asked, store, period)):
            for figure in asked:
                result[row["key"]][figure.code] = _value(figure, row, minutes.get(figure.code, {}).get(row["key"]))
    return result


def store_figures(store: Store, period: Period, figures: Iterable[Figure] = tuple(KNOWN.values()), *, today: date | None = None) -> Values:
    """code -> the store's figure in the period. today: until when its days have passed; None: the store's today."""
    result: Values = {}
    figures = list(figures)
    for name, asked in _asked(figures).items():
        rows = RECORDS[name].rows(store, period.first, period.last).order_by()
        row = rows.aggregate(**_columns(asked, store, period))
        for figure in asked:
            if figure.times:
                counted = rows.values(figure.unit).annotate(times=Count("pk"))
                code = figure.code
                row |= counted.aggregate(**{f"{code}_n": Count("times"), f"{code}_k": Count("times", filter=Q(times__gte=figure.times))})
            minutes = [m for part in _minutes(figure, rows, "pk").values() for m in part] if figure.between else None
            result[figure.code] = _value(figure, row, minutes)
    return result | _of_the_store([figure for figure in figures if figure.is_of_store], store, period, today or store.today())


def _of_the_store(figures: list[Figure], store: Store, period: Period, today: date) -> Values:
    """Those that rest on more than records: on the days that have passed, or on numbers that somebody has entered for the month."""
    result: Values = {}
    row = None
    if period.kind == MONTH and any(figure.entered for figure in figures):
        row = OutsideNumbers.objects.filter(store=store, month=period.first).first()
    for figure in figures:
        entered = getattr(row, figure.entered) if row and figure.entered else None
        if figure.kind == Kind.A_DAY:
            n = RECORDS[figure.records].rows(store, period.first, period.last).count()
            result[figure.code] = Value(figure, n, period.days_by(today) if n else 0)
        elif figure.kind == Kind.SHARE:
            result[figure.code] = Value(figure, 0 if entered is None else 1, entered or 0)
        else:
            rows = RECORDS[figure.records].rows(store, period.first, period.last).order_by()
            hits = rows.aggregate(n=Count(figure.unit, distinct=True))["n"] if entered else 0
            # More cars than there are: the number entered cannot be right any more.
            result[figure.code] = Value(figure, entered, hits) if entered and hits <= entered else Value(figure)
    return result


def by_advisor(store: Store, period: Period, figures: Iterable[Figure] = tuple(KNOWN.values())) -> dict[object, Values]:
    """user id (None: nobody named) -> code -> figure, for those figures that belong to an advisor or consultant."""
    return grouped(figures, store, period, lambda name: RECORDS[name].advisor)


def by_caller(store: Store, period: Period, figures: Iterable[Figure] = tuple(CALLER_FIGURES.values())) -> dict[object, Values]:
    """user id -> code -> figure of those who called."""
    return grouped(figures, store, period, lambda name: F(RECORDS[name].caller) if RECORDS[name].caller else None)


def rows_behind(figure: Figure, store: Store, period: Period, *, part: str = "denominator", advisor=None, caller=None, only=None):
    """The rows that were counted, as a queryset. part: 'denominator', 'numerator', or 'rest' (what is missing
    in the numerator). advisor, caller: a user id, or 'none' for those that name nobody. only: narrows the rows to one group of a breakdown."""
    records = RECORDS[figure.records]
    rows = _of_person(records.rows(store, period.first, period.last).filter(figure.of), records, advisor, caller)
    if only is not None:
        rows = only(rows)
    hits = rows.filter(figure.hit(store, period.first, period.last)) if figure.hit else rows
    if figure.times:
        hits = rows.values("vehicle").annotate(times=Count("pk")).filter(times__gte=figure.times)
    if figure.unit == "vehicle":
        every = Vehicle.objects.filter(store=store)
        rows, hits = every.filter(pk__in=rows.values("vehicle")), every.filter(pk__in=hits.values("vehicle"))
    return {"denominator": rows, "numerator": hits, "rest": rows.exclude(pk__in=hits.values("pk"))}[part]


def figure_or_none(code: str) -> Figure | None:
    figure = ALL.get(code)
    return figure if figure and figure.records else None
