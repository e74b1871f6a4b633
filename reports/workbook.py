"""The report as an Excel workbook."""

from io import BytesIO

from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from complaints.feedback_list import of_days
from core import clock
from reports import plans
from reports.beside import SATISFIED, pairs, surveys
from reports.compute import Value
from reports.figure import Kind
from reports.figures import ALL, FIGURES
from reports.periods import MONTH
from reports.report import Report
from reports.targets import ADVISING, CALLING
from reports.words import dissatisfactions

HEAD, FILL = Font(bold=True, color="FFFFFF"), PatternFill("solid", fgColor="0E6763")
FORMATS = {
    Kind.RATE: "0.0%", Kind.NET: "0.00", Kind.MEDIAN: "0.0", Kind.COUNT: "#,##0", Kind.MONEY: "#,##0.00",
    Kind.A_DAY: "0.0", Kind.SHARE: "0.0%",
}  # fmt: skip


def text_cell(sheet, value: str, **look):
    """A cell that stays text: what begins with = + - @ TAB CR must not run as a formula on somebody's machine."""
    cell = WriteOnlyCell(sheet, value=ILLEGAL_CHARACTERS_RE.sub("", value))
    cell.data_type = "s"
    if value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        cell.quotePrefix = True
    for name, one in look.items():
        setattr(cell, name, one)
    return cell


def _cell(sheet, value, number_format: str = "General"):
    if isinstance(value, str):
        return text_cell(sheet, value)
    cell = WriteOnlyCell(sheet, value=value)
    cell.number_format = number_format
    return cell


def _sheet(book: Workbook, title: str, widths: list[int], head: list[str]):
    sheet = book.create_sheet(title)
    for number, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    sheet.freeze_panes = "A2"
    sheet.append(
        [text_cell(sheet, str(name), font=HEAD, fill=FILL, alignment=Alignment(vertical="center", wrap_text=True)) for name in head]
    )
    return sheet


def _figure_cells(sheet, value: Value) -> list:
    number_format = FORMATS[value.figure.kind]
    return [
        _cell(sheet, value.value, number_format),
        _cell(sheet, value.numerator, "#,##0.00" if value.figure.kind == Kind.MONEY else "#,##0"),
        _cell(sheet, value.denominator, "#,##0"),
        _cell(sheet, value.low, number_format),
        _cell(sheet, value.high, number_format),
    ]


def _people(book: Workbook, title: str, who: str, people, codes: list[str], target_of) -> None:
    """target_of: (figure, person) -> what it is to be."""
    columns = [column for code in codes for column in (str(ALL[code].name), "n", _("Target"))]
    sheet = _sheet(book, title, [18, *[14, 8, 9] * len(codes)], [who, *columns])
    for person in people:
        row = [_cell(sheet, str(person.user) if person.user else _("(nobody named)"))]
        for code in codes:
            value = person.figures[code]
            look = FORMATS[value.figure.kind]
            target = target_of(value.figure, person.user.pk) if person.user else None
            row += [_cell(sheet, value.value, look), _cell(sheet, value.n, "#,##0"), _cell(sheet, target, look)]
        sheet.append(row)


def _own(report: Report, among):
    return lambda figure, person: report.targets.of(figure, report.period, person=person, among=among)


def workbook(report: Report) -> bytes:
    """Sheets: figures, advisors, callers, questions, service index, of a month the manufacturer's beside the own, words, suggestions and
    praise, improvement plans. Rates are fractions shown as percentages; no data is an empty cell."""
    book = Workbook(write_only=True)
    period = report.period
    sheet = _sheet(
        book,
        _("Key figures"),
        [26, 14, 12, 12, 12, 12, 12, 70],
        [
            f"{report.store} · {period.label}",
            _("Value"),
            _("Numerator"),
            _("Denominator"),
            _("From (95%)"),
            _("To (95%)"),
            _("Target"),
            _("Formula"),
        ],
    )
    for code, figure in FIGURES.items():
        value = report.figures.get(code) or Value(figure)
        target = _cell(sheet, report.targets.of(figure, period), FORMATS[figure.kind])
        sheet.append([_cell(sheet, str(figure.name)), *_figure_cells(sheet, value), target, _cell(sheet, str(figure.formula))])
    service = [
        "satisfaction_rate",
        "satisfaction_rate_sales",
        "delight_rate",
        "nps",
        "rework_rate",
        "callback_rate",
        "cars_received",
        "revenue_per_car",
    ]
    _people(book, _("Advisors"), _("Advisor or consultant"), report.advisors, service, _own(report, ADVISING))
    _people(book, _("Callers"), _("Caller"), report.callers, ["dials", "reached_rate", "csat"], _own(report, CALLING))
    sheet = _sheet(
        book,
        _("Questions"),
        [12, 60, 8, 12, 12, 12, 10],
        [_("Asked about"), _("Question"), "n", _("Satisfied"), _("Very satisfied"), _("Dissatisfied"), _("Mean (0–10)")],
    )
    for asked in report.questions:
        about = pgettext("audience", "service") if asked.audience == "service" else pgettext("audience", "sales")
        counts = [asked.n, asked.satisfied, asked.very_satisfied, asked.dissatisfied]
        sheet.append(
            [_cell(sheet, about), _cell(sheet, asked.text), *(_cell(sheet, n, "0") for n in counts), _cell(sheet, asked.mean, "0.00")]
        )
    _index(book, report)
    if period.kind == MONTH:
        _beside(book, report)
    sheet = _sheet(
        book,
        _("Words"),
        [14, 12, 14, 14, 14, 80],
        [_("Link"), _("Date"), _("Customer"), _("Plate"), _("Advisor"), _("The customer's own words")],
    )
    said_by = ("response__customer", "response__vehicle", "response__advisor")
    said_of = {link: [] for link in sorted(report.links, key=lambda link: (-report.links[link][0], link))}
    for said in dissatisfactions(report.store, period).select_related(*said_by):
        said_of.setdefault(said.link, []).append(said)
    for said in (said for group in said_of.values() for said in group):
        answer = said.response
        cells = [
            said.get_link_display(),
            answer.answered_on.isoformat(),
            answer.customer.addressed,
            str(answer.vehicle or ""),
            str(answer.advisor or ""),
            said.words,
        ]
        sheet.append([_cell(sheet, text) for text in cells])
    _feedback(book, of_days(report.store, period.first, period.last))
    _plans(book, report)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _index(book: Workbook, report: Report) -> None:
    """The factors with the weights that they are used with, then the index; a partial one says what is missing."""
    found, model = report.index, report.index.model
    name = _("Service index, model of %(year)s (%(source)s)") % {"year": model.name, "source": model.source}
    sheet = _sheet(book, _("Service index"), [40, 12, 14, 10], [name, _("Weight"), _("Mean (0–10)"), "n"])
    for one in report.factors:
        cells = [_cell(sheet, str(one.label)), _cell(sheet, model.weight(one.factor), "0.0%"), _cell(sheet, one.mean, "0.00")]
        sheet.append([*cells, _cell(sheet, one.n, "0")])
    label = _("Service index")
    if found.is_partial:
        label = _("Service index, partial: without %(factors)s") % {"factors": ", ".join(map(str, found.missing_labels))}
    sheet.append([_cell(sheet, label), _cell(sheet, None), _cell(sheet, found.value, "0"), _cell(sheet, report.index_n, "0")])


def _feedback(book: Workbook, found: dict) -> None:
    """found: what of_days gives. The sums, and who was praised how often."""
    sheet = _sheet(book, _("Suggestions and praise"), [30, 10], [_("Received in the period"), "n"])
    named = {
        "praise": _("Praise"), "suggestions": _("Suggestions"), "adopted": _("adopted"), "not_adopted": _("not adopted"), "open": _("still open"),
    }  # fmt: skip
    for name, label in named.items():
        sheet.append([_cell(sheet, label), _cell(sheet, found[name], "0")])
    for person in found["people"]:
        sheet.append([_cell(sheet, _("Praised: %(name)s") % {"name": person["person__name"]}), _cell(sheet, person["n"], "0")])


def _plans(book: Workbook, report: Report) -> None:
    """Those made for the period or worked on in it, with the figure before and after."""
    head = [
        _("Item"), _("Found in"), _("Cause"), _("Measure"), _("Who carries it out"), _("Until"), _("State"), _("Ended on"), _("Result"),
        pgettext("improvement plan", "Before"), "n", _("After"), "n", _("Has it helped?"),
    ]  # fmt: skip
    sheet = _sheet(book, _("Improvement plans"), [34, 14, 36, 36, 14, 12, 12, 12, 36, 10, 8, 10, 8, 30], head)
    for line in plans.lines(report.store, plans.running_in(report.store, report.period), clock.now()):
        plan, effect = line["plan"], line["effect"]
        state = _("overdue") if plan.is_overdue else plan.get_status_display()
        cells = [
            line["label"],
            plan.period.code,
            plan.cause,
            plan.measure,
            str(plan.person),
            plan.due_on,
            state,
            plan.ended_on,
            plan.result,
        ]
        rates = [cell for rate in (effect.before, effect.after) for cell in (_cell(sheet, rate.value, "0.0%"), _cell(sheet, rate.n, "0"))]
        words = effect.words if effect.after_periods else ""
        sheet.append([*(_cell(sheet, value, "yyyy-mm-dd") for value in cells), *rates, _cell(sheet, words)])


def _beside(book: Workbook, report: Report) -> None:
    """Of a month: each person's own figures and the manufacturer's, different measures. Without a survey only the head."""
    head = [
        _("Asked about"), pgettext("person", "Who"), _("Carried out, manufacturer"), _("sample"), _("Satisfied, own calls"), "n", _("Gap, points"), _("100 − complaint share"),
        _("Gap, points"),
    ]  # fmt: skip
    sheet = _sheet(book, _("Beside the manufacturer's"), [12, 18, 16, 10, 16, 8, 14, 18, 14], head)
    rows = surveys(report.store, [report.period]).get(report.period, [])
    for audience in SATISFIED:
        for pair in pairs(audience, rows, report.advisors) if any(row.audience == audience for row in rows) else []:
            about = pgettext("audience", "service") if audience == "service" else pgettext("audience", "sales")
            sheet.append(
                [
                    _cell(sheet, about), _cell(sheet, str(pair.user)), _cell(sheet, pair.share, "0.00%"), _cell(sheet, pair.survey and pair.survey.n, "0"),
                    _cell(sheet, pair.satisfied.value, "0.0%"), _cell(sheet, pair.satisfied.n, "0"), _cell(sheet, pair.gap, "0.0"),
                    _cell(sheet, pair.calm, "0.0%"), _cell(sheet, pair.calm_gap, "0.0"),
                ]
            )  # fmt: skip
