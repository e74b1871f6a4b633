"""The page that is read aloud to the team: what stands on it, from a period's report."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from complaints.feedback_list import of_days
from csi.models import Response
from csi.statistics import OUTER, Rate, mean_of_rates
from reports import beside, counts, index_page, verified, words
from reports.charts import Line, Strip, line_chart, strips
from reports.compute import Value
from reports.figures import ALL, FIGURES
from reports.funnel import Funnel, Somebody, funnel
from reports.periods import MONTH, Period, containing
from reports.plans import SEVERAL, needs
from reports.records import delivered
from reports.report import Person, Report, build
from reports.targets import ADVISING, CALLING
from reports.templatetags.figures import rows_url, show, target_text
from staff.models import Store

HEADLINES = ["satisfaction_rate", "satisfaction_rate_sales", "delight_rate", "nps", "callback_rate"]
ADVISOR_COLUMNS = ["delight_rate", "rework_rate", "cars_received", "revenue_per_car"]
PERIODS = 13


@dataclass(frozen=True)
class Card:
    value: Value
    before: Value
    is_provisional: bool
    met: bool | None
    target: float | None = None

    @property
    def target_text(self) -> str:
        return target_text(self.value.figure, self.target)

    @property
    def change_text(self) -> str:
        """'+1.2 points on the period before', in the reader's language."""
        if self.change is None:
            return ""
        points = f"{self.change:+.1f}".replace("-", "−") if self.change else "±0"
        return _("%(points)s points on the period before") % {"points": points}

    @property
    def change(self) -> float | None:
        """Against the period before, in points of a hundred."""
        if self.value.value is None or self.before.value is None:
            return None
        return round((self.value.value - self.before.value) * 100, 1)


@dataclass(frozen=True)
class PersonLine:
    """A person's line: their share, its interval drawn beside the store's. beside: above or below by more than chance explains to one who is
    looked at alone, worth a look among many; differs: beyond chance, however many are compared (domain §6, csi.statistics)."""

    person: Person
    rate: Rate
    strip: Strip | None
    beside: str
    differs: bool
    target: str = ""
    met: bool | None = None


def default_period(store: Store, kind: str, today: date) -> Period:
    """The last full month or week; the running one while only that has anything to show."""
    running = containing(today, kind)
    full = running.previous
    for period in (full, running):
        answers = Response.objects.filter(store=store).answered_between(period.first, period.last)
        if answers.exists() or delivered(store, period.first, period.last).exists():
            return period
    return full


def lines_of(
    people: list[Person],
    code: str,
    store_value: Value,
    also: Sequence[str] = (),
    target_of: Callable[[Person], float | None] = lambda one: None,
    *,
    is_running: bool = False,
) -> list[PersonLine]:
    """Those who have answers, best first; then those who have only one of the figures `also`; those without a name last. is_running: as
    Figure.meets."""
    figure = store_value.figure
    found = [(person, person.figures[code].rate) for person in people if any(person.figures[one].n for one in (code, *also))]
    found.sort(key=lambda pair: (pair[0].user is None, not pair[1].n, -(pair[1].value or 0), -pair[1].n))
    drawn = strips([rate for _person, rate in found], store_value.value)
    share = store_value.value

    def line(person: Person, rate: Rate, strip: Strip | None) -> PersonLine:
        target = target_of(person)
        differs = rate.beside(share, OUTER) in ("above", "below")
        met = figure.meets(rate.value, target, is_running=is_running)
        return PersonLine(person, rate, strip, rate.beside(share), differs, target_text(figure, target), met)

    return [line(person, rate, strip) for (person, rate), strip in zip(found, drawn, strict=True)]


def funnel_of(lines: list[PersonLine], store_value: Value) -> Funnel | None:
    """Of those with a name: rows that name nobody are no person."""
    named = [Somebody(line.person.user.pk, str(line.person.user), line.rate) for line in lines if line.person.user]
    return funnel(named, store_value.value)


@dataclass(frozen=True, kw_only=True)
class CallerLine(PersonLine):
    """oem: beside what the manufacturer heard of the same people; None without a survey. checked: by verification calls."""

    oem: beside.CallerGap | None
    checked: verified.Checked


def callers_of(
    report: Report, gaps: dict[int, beside.CallerGap], checked: dict[int, verified.Checked], target_of: Callable[[Person], float | None]
) -> list[CallerLine]:
    found = []
    for line in lines_of(report.callers, "csat", report.figures["csat"], (), target_of):
        pk = line.person.user.pk if line.person.user else 0
        found.append(CallerLine(**vars(line), oem=gaps.get(pk), checked=checked.get(pk) or verified.Checked()))
    return found


def trend(history: dict[Period, dict[str, Value]]) -> dict:
    def line(code: str, name: str, css: str, band: bool = False) -> Line:
        values = [figures[code] for figures in history.values()]
        low, high = [v.low for v in values], [v.high for v in values]
        return Line(name, [v.value for v in values], css, low if band else None, high if band else None)

    axis = [period.short for period in history]
    satisfied = [
        line("satisfaction_rate", pgettext("audience", "service"), "line-1", band=True),
        line("satisfaction_rate_sales", pgettext("audience", "sales"), "line-2"),
    ]
    return {
        "satisfied": line_chart(axis, satisfied),
        "delighted": line_chart(axis, [line("delight_rate", _("delight"), "line-1", band=True)]),
    }


def lead(report: Report) -> dict[str, SafeString]:
    """The numbers of the page's first sentences, each leading to its rows."""

    def opened(number: int, url: str) -> SafeString:
        return format_html('<a href="{}">{}</a>', url, number)

    def of(code: str, part: str = "denominator") -> SafeString:
        value = report.figures[code]
        return opened(value.hits if part == "numerator" else value.n, rows_url(code, report.period, part))

    return {
        "orders": of("revenue_per_car"),
        "vehicles": of("delight_rate"),
        "due": of("callback_rate"),
        "dialled": of("callback_rate", "numerator"),
        "done": of("contact_rate", "numerator"),
        "answers": of("csat"),
        "unhappy": opened(report.unhappy, f"{reverse('reports:csi')}?{urlencode({'period': report.period, 'opinion': 'unhappy'})}"),
    }


def feedback(store: Store, period: Period) -> dict:
    """Suggestions and praise received in the period; each number with the way to its rows."""
    found = of_days(store, period.first, period.last)
    shown = {"show": "all", "from": period.first, "to": period.last}

    def url(**wanted) -> str:
        return f"{reverse('complaints:suggestions')}?{urlencode(shown | wanted)}"

    suggestions = {"kind": "suggestion"}
    return found | {
        "praise_url": url(kind="praise"),
        "suggestions_url": url(**suggestions),
        "adopted_url": url(**suggestions, result="adopted"),
        "not_adopted_url": url(**suggestions, result="not_adopted"),
        "open_url": url(**suggestions, result="open"),
        "people": [{**row, "url": url(kind="praise", person=row["person"])} for row in found["people"]],
    }


def page(store: Store, period: Period, today: date) -> dict:
    report = build(store, period)
    counted = counts.of_periods(store, period.back(PERIODS))
    history = counts.of_series(counted, [*HEADLINES, *beside.CODES])
    surveys = beside.surveys(store, period.back(PERIODS)) if period.kind == MONTH else {}
    measures = (_("carried out"), _("satisfied"), _("no complaint"))
    before = history[period.previous]
    weak, topics = needs(store, period, report.weak)
    is_running = period.is_running(today)

    def card(code: str) -> Card:
        value = report.figures[code]
        target = report.targets.of(value.figure, period)
        met = value.figure.meets(value.value, target, is_running=is_running)
        return Card(value, before[code], value.figure.is_provisional(period, today), met, target)

    def mean(code: str) -> str:
        """S0's way to a year's figure."""
        return show(FIGURES[code].kind, mean_of_rates(figures[code].value for figures in history.values()))

    def own(code: str, among: Sequence[str]) -> Callable[[Person], float | None]:
        """A person's target."""
        return lambda person: report.targets.of(ALL[code], period, person=person.user.pk, among=among) if person.user else None

    service, sales = report.figures["satisfaction_rate"], report.figures["satisfaction_rate_sales"]
    advisors = lines_of(
        report.advisors, "satisfaction_rate", service, ADVISOR_COLUMNS, own("satisfaction_rate", ADVISING), is_running=is_running
    )
    consultants = lines_of(
        report.advisors, "satisfaction_rate_sales", sales, (), own("satisfaction_rate_sales", ADVISING), is_running=is_running
    )
    return {
        "period": period,
        "report": report,
        "cards": [card(code) for code in HEADLINES],
        "service_index": index_page.block(report, counted, today),
        "is_running": is_running,
        "history": history,
        "means": [mean(code) for code in HEADLINES],
        "lead": lead(report),
        "charts": trend(history),
        "advisors": advisors,
        "consultants": consultants,
        "advisors_funnel": funnel_of(advisors, service),
        "consultants_funnel": funnel_of(consultants, sales),
        "is_month": period.kind == MONTH,
        "sides": beside.sides(report, surveys, history, measures),
        "callers": callers_of(
            report,
            beside.caller_gaps(store, period, surveys.get(period, [])),
            verified.of_callers(store, period),
            own("csat", CALLING),
        ),
        "silent_callers": [p for p in report.callers if not p.figures["csat"].n and p.figures["dials"].n],
        "advisor_columns": ADVISOR_COLUMNS,
        "no_columns": [],
        "links": words.by_link(store, report.links, words.standards(store, period) if report.links else {}),
        "remarks": words.remarks(store, report.remarks),
        "feedback": feedback(store, period),
        "weak": weak,
        "topics": topics,
        "several": SEVERAL[period.kind],
    }
