"""A period's counts: gathered live, or read from what the sweep has kept. Both are the same counts: one function counts them."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from time import monotonic

from django.db.models import Count, F, Max, Min, Q

from core import clock
from core.months import add_months
from csi.models import Answer, Response
from reports.compute import Value, Values, by_advisor, by_caller, store_figures
from reports.figure import Kind
from reports.figures import ALL, KNOWN
from reports.models import Changed, Counted
from reports.periods import MONTH, WEEK, Period, containing
from reports.questions import AnswerCount, answer_counts
from reports.records import RECORDS, delivered, received_complaints
from reports.words import dissatisfactions
from staff.models import Store

OF_ADVISORS = {code: figure for code, figure in KNOWN.items() if not figure.is_of_store and RECORDS[figure.records].advisor is not None}
KEPT_MONTHS = 36  # older periods are counted when somebody asks
WEEKS_KEPT_MONTHS = 14
TAKEN = 5000  # changes in one sweep
SECONDS = 5.0  # of counting in one sweep
SAID = 6  # words of a link that are shown
REMARKS = 8


@dataclass(frozen=True)
class Counts:
    """advisors, callers: user id (None: nobody named) -> figures; empty where nobody asked for people. links: link -> how many were
    dissatisfied with it, and the ids of the newest. remarks: the ids of the newest answers with words beside. factors: factor of the
    service index -> how many customers answered at least one of its questions; '': of any of them."""

    orders: int
    vehicles: int
    unhappy: int
    figures: Values
    advisors: dict[int | None, Values]
    callers: dict[int | None, Values]
    answers: list[AnswerCount]
    links: dict[str, tuple[int, list[int]]]
    remarks: list[int]
    complaints: dict[str, dict]
    factors: dict[str, int]


def count(store: Store, period: Period, *, with_people: bool = True, today: date | None = None) -> Counts:
    """Live: a dozen queries or two, whatever the number of rows, advisors and callers. today: as store_figures."""
    handed_over = delivered(store, period.first, period.last)
    answered = Response.objects.filter(store=store).answered_between(period.first, period.last)
    newest = answered.exclude(words="").order_by("-answered_at", "-pk")
    return Counts(
        **handed_over.aggregate(orders=Count("pk"), vehicles=Count("vehicle", distinct=True)),
        unhappy=answered.filter(is_unhappy=True).count(),
        figures=store_figures(store, period, today=today),
        advisors=dict(by_advisor(store, period, OF_ADVISORS.values())) if with_people else {},
        callers=dict(by_caller(store, period)) if with_people else {},
        answers=answer_counts(store, period),
        links=_links(store, period),
        remarks=list(newest.values_list("pk", flat=True)[:REMARKS]),
        complaints=_complaints(store, period),
        factors=_factors(store, period),
    )


def _factors(store: Store, period: Period) -> dict[str, int]:
    """Two queries."""
    in_period = {"response__store": store, "response__answered_on__range": (period.first, period.last)}
    answers = Answer.objects.filter(score__isnull=False, **in_period).exclude(question__factor="").order_by()
    found = dict(answers.values_list("question__factor").annotate(n=Count("response", distinct=True)))
    return found | {"": answers.aggregate(n=Count("response", distinct=True))["n"]} if found else {}


def _complaints(store: Store, period: Period) -> dict[str, dict]:
    """Received in the period, by channel and by link; of the limits that were met or missed in it, how many were kept. 3 queries."""
    received = received_complaints(store, period).order_by()
    clocks = RECORDS["clocks"].rows(store, period.first, period.last).order_by()
    kept = Count("pk", filter=Q(met_at__lte=F("due_at")))
    return {
        "by_channel": dict(received.values_list("channel").annotate(n=Count("pk"))),
        "by_link": dict(received.values_list("link").annotate(n=Count("pk"))),
        "clocks": {
            row["kind"]: {"due": row["due"], "kept": row["kept"]} for row in clocks.values("kind").annotate(due=Count("pk"), kept=kept)
        },
    }


def _links(store: Store, period: Period) -> dict[str, tuple[int, list[int]]]:
    found: dict[str, list[int]] = {}
    for link, pk in dissatisfactions(store, period).values_list("link", "pk"):
        found.setdefault(link, []).append(pk)
    return {link: (len(pks), pks[:SAID]) for link, pks in found.items()}


# As it is kept


def _kept_values(values: Values) -> dict:
    return {code: [value.n, value.hits, value.against, value.fen, value.minutes] for code, value in values.items()}


def _values(kept: dict) -> Values:
    return {code: Value(ALL[code], *numbers) for code, numbers in kept.items() if code in ALL}


def _kept_people(people: dict[int | None, Values]) -> dict:
    return {"" if pk is None else str(pk): _kept_values(values) for pk, values in people.items()}


def _people(kept: dict) -> dict[int | None, Values]:
    return {int(pk) if pk else None: _values(values) for pk, values in kept.items()}


def as_kept(counts: Counts) -> tuple[dict, dict]:
    """(totals, people), what a Counted holds."""
    totals = {
        "orders": counts.orders,
        "vehicles": counts.vehicles,
        "unhappy": counts.unhappy,
        "figures": _kept_values(counts.figures),
        "answers": sorted(list(answer) for answer in counts.answers),
        "links": {link: list(counted) for link, counted in counts.links.items()},
        "remarks": counts.remarks,
        "complaints": counts.complaints,
        "factors": counts.factors,
    }
    return totals, {"advisors": _kept_people(counts.advisors), "callers": _kept_people(counts.callers)}


def _so_far(values: Values, days: int) -> Values:
    """What is a day's, by the days that have passed: midnight changes no record, so all days of the period are kept."""
    return {
        code: replace(value, hits=min(value.hits, days)) if value.figure.kind == Kind.A_DAY else value for code, value in values.items()
    }


def _from_kept(row: Counted, with_people: bool, today: date) -> Counts:
    totals, period = row.totals, containing(row.first, row.kind)
    return Counts(
        orders=totals["orders"],
        vehicles=totals["vehicles"],
        unhappy=totals["unhappy"],
        figures=_so_far(_values(totals["figures"]), period.days_by(today)),
        advisors=_people(row.people["advisors"]) if with_people else {},
        callers=_people(row.people["callers"]) if with_people else {},
        answers=[AnswerCount(*numbers) for numbers in totals["answers"]],
        links={link: (count, pks) for link, (count, pks) in totals["links"].items()},
        remarks=totals["remarks"],
        complaints=totals["complaints"],
        factors=totals["factors"],
    )


# Reading


def _kept(store: Store, periods: list[Period], with_people: bool) -> dict[Period, Counted | bool | None]:
    """What is kept of each period where nothing has changed since; True: nothing had ever happened by then; None: to be counted."""
    # First what has changed, then what is kept: the sweep takes a change away in the same transaction that makes the kept row stale.
    since = Changed.objects.filter(store_id=store.pk).aggregate(day=Min("day"))["day"]
    rows = Counted.objects.filter(store=store, is_stale=False, kind__in={p.kind for p in periods}, first__in=[p.first for p in periods])
    kept = {(row.kind, row.first): row for row in (rows if with_people else rows.defer("people"))}
    earliest = dict(Counted.objects.filter(store=store).order_by().values_list("kind").annotate(first=Min("first")))
    found: dict[Period, Counted | bool | None] = {}
    for period in periods:
        if since is not None and since <= period.last:
            found[period] = None
        elif row := kept.get((period.kind, period.first)):
            found[period] = row
        else:
            # A change makes every period from its day on kept: before the first of them nothing has ever happened.
            found[period] = _begin_of_kept(period.kind, store.today()) <= period.first < earliest.get(period.kind, date.min) or None
    return found


def of_periods(store: Store, periods: Iterable[Period], *, with_people: bool = False) -> dict[Period, Counts]:
    """Each period's counts, right at this moment: what is kept where nothing has changed since, else counted live. Three queries where
    everything is kept. with_people: those of advisors and callers, too."""
    found = {}
    for period, row in _kept(store, list(periods), with_people).items():
        if isinstance(row, Counted):
            found[period] = _from_kept(row, with_people, store.today())
        else:
            found[period] = nothing() if row else count(store, period, with_people=with_people)
    return found


def of_stores(stores: Iterable[Store], period: Period) -> dict[int, Counts | None]:
    """store id -> what the sweep has kept of the period; None where it is being counted. A store without a row has had nothing to count.
    One query, however many stores."""
    today = {store.pk: store.today() for store in stores}
    rows = Counted.objects.filter(store__in=today, kind=period.kind, first=period.first).defer("people")
    return {row.store_id: None if row.is_stale else _from_kept(row, False, today[row.store_id]) for row in rows}


def complaints_of_periods(store: Store, periods: Iterable[Period]) -> dict[Period, dict[str, dict]]:
    """The complaints' part of it alone: a period that is not kept takes three queries instead of all."""
    found = {}
    for period, row in _kept(store, list(periods), with_people=False).items():
        if isinstance(row, Counted):
            found[period] = row.totals["complaints"]
        else:
            found[period] = nothing().complaints if row else _complaints(store, period)
    return found


def nothing() -> Counts:
    """What count() gives for a period in which nothing happened."""
    return Counts(
        0,
        0,
        0,
        {code: Value(figure) for code, figure in KNOWN.items()},
        {},
        {},
        [],
        {},
        [],
        {"by_channel": {}, "by_link": {}, "clocks": {}},
        {},
    )


def series(
    store: Store, periods: Iterable[Period], codes: Iterable[str], *, advisor: int | None = None, caller: int | None = None
) -> dict[Period, Values]:
    """Figures period by period: the store's, or those of one advisor or caller (a user id)."""
    is_of_person = advisor is not None or caller is not None
    return of_series(of_periods(store, periods, with_people=is_of_person), codes, advisor=advisor, caller=caller)


def of_series(
    counted: dict[Period, Counts], codes: Iterable[str], *, advisor: int | None = None, caller: int | None = None
) -> dict[Period, Values]:
    found = {}
    for period, counts in counted.items():
        values = counts.advisors.get(advisor, {}) if advisor else counts.callers.get(caller, {}) if caller else counts.figures
        found[period] = {code: values.get(code) or Value(ALL[code]) for code in codes}
    return found


# Keeping


def _counted(row: Counted) -> tuple[dict, dict]:
    period = containing(row.first, row.kind)
    return as_kept(count(row.store, period, today=period.last))  # as if it were over: see _so_far


def _begin_of_kept(kind: str, today: date) -> date:
    return containing(add_months(today, -(KEPT_MONTHS if kind == MONTH else WEEKS_KEPT_MONTHS)), kind).first


def take_changes(now: datetime) -> int:
    """A sweep step: every kept period that a change concerns is stale; periods that are not kept yet will be. Nothing counts as done."""
    taken = list(Changed.objects.order_by("pk").values_list("pk", "store_id", "day")[:TAKEN])
    since: dict[int, date] = {}
    for _pk, store_id, day in taken:
        since[store_id] = min(day, since.get(store_id, day))
    for store in Store.objects.filter(pk__in=since):
        today = store.local_date(now)
        for kind in (MONTH, WEEK):
            first = containing(max(since[store.pk], _begin_of_kept(kind, today)), kind).first
            latest = Counted.objects.filter(store=store, kind=kind).aggregate(first=Max("first"))["first"]
            periods, one = [], containing(today, kind)
            while one.first >= first or (latest and one.first > latest):  # no gap stays where nothing has happened for a while
                periods.append(one)
                one = one.previous
            Counted.objects.bulk_create([Counted(store=store, kind=kind, first=p.first) for p in periods], ignore_conflicts=True)
            stale = Counted.objects.filter(store=store, kind=kind, first__gte=first)
            stale.update(is_stale=True, changes=F("changes") + 1)
    Changed.objects.filter(pk__in=[pk for pk, _store, _day in taken]).delete()
    return 0


def stale():
    """Newest first: those are looked at."""
    return Counted.objects.filter(is_stale=True).order_by("-first", "pk")


def keep_counts(now: datetime) -> int:
    """A sweep step: counts stale periods again, for as long as a sweep may take. Returns how many."""
    done, until = 0, monotonic() + SECONDS
    for row in stale().defer("totals", "people").select_related("store")[:50]:
        done += keep(row)
        if monotonic() > until:
            break
    return done


def keep(row: Counted) -> bool:
    """Counts a period and keeps it; False when something changed meanwhile and the sweep has seen it. What it has not seen yet is noted,
    and makes the row stale with the next sweep, so nothing here needs a transaction, which would keep writers waiting on SQLite."""
    totals, people = _counted(row)
    mine = Counted.objects.filter(pk=row.pk, changes=row.changes)
    return bool(mine.update(is_stale=False, counted_at=clock.now(), totals=totals, people=people))


def differing(rows) -> Iterable[Counted]:
    """Of these kept rows, those that do not equal what a count gives now (and are not known to be stale): there must be none."""
    for row in rows.filter(is_stale=False).select_related("store"):
        counted = _counted(row)
        last = containing(row.first, row.kind).last
        if counted != (row.totals, row.people) and not Changed.objects.filter(store_id=row.store_id, day__lte=last).exists():
            yield row
