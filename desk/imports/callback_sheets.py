"""Files kept in the layout of forms 3 and 4, 回访统计表: how their tables are found and their rows are read (S3 annexes 3 and 4,
domain §11)."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import zip_longest

from django.utils.translation import gettext_noop as _

from core.tabular import Sheet
from customers import identifiers
from desk.imports import cells, headers, orders, rows
from desk.imports.cells import CellError
from desk.imports.headers import Header, Layout
from desk.imports.rows import Draft, Reader, Row
from followups.outcomes import Outcome
from reports.forms_callback import FORMS, one_line

SALES, SERVICE = 3, 4
DETAILS = {number: [f"detail_{n}" for n, _code in enumerate(form.asked, start=1)] for number, form in FORMS.items()}

LAYOUT = Layout(
    aliases={
        "name": ("用户姓名", "客户姓名", "客户名称", "车主姓名", "姓名"),
        **{name: orders.LAYOUT.aliases[name] for name in ("model", "vin")},
        "mileage": ("里程数", "里程", "行驶里程"),
        "phone": ("电话号码", "联系电话", "联络电话", "客户电话", "电话", "手机", "手机号", "手机号码", "移动电话"),
        "on": ("回访日期", "回访时间"),
        **{f"detail_{n}": (f"回访明细{n}", f"明细{n}", str(n)) for n in range(1, 8)},
        "overall": ("总体评价", "总体满意度"),
        "words": ("反应问题建议", "反映问题建议", "反应问题提议", "反应问题及建议", "反映问题及建议"),
        "remark": ("备注",),
        "next_maintenance_on": ("预计保养时间", "估计保养时间", "预计保养日期", "下次保养日期", "下次保养时间"),
    },
    required=(("name",), ("on",), ("overall",), ("vin", "phone"), *((name,) for name in DETAILS[SERVICE])),
)

TITLES = {SALES: re.compile("(购车|新车|销售).*回访"), SERVICE: re.compile("(维修|售后|服务).*回访")}
BELOW = ("累计", "最满意项目", "最不满意项目", "报怨事项", "抱怨事项", "备注:", "制表")
NUMBERING = {"序号", "no", "no."}
DIGITS = [str(n) for n in range(1, 8)]

SCORES = {"3": 3, "2": 2, "1": 1, "满意": 3, "一般": 2, "不满意": 1}
# Of both scales, and numbers as in the details: a three-level 满意 is the five-level one (contracts.md).
OVERALL = {"很满意": 5, "非常满意": 5, "满意": 4, "一般": 3, "不满意": 2, "很不满意": 1, "非常不满意": 1, "3": 4, "2": 3, "1": 2}
# Why nobody was interviewed, the first that is found in 备注. 电话有误 does not say whether anybody answered.
OUTCOMES = [
    (re.compile(pattern), outcome.value)
    for pattern, outcome in (
        ("拒绝?接|挂断|挂机", Outcome.REJECTED),
        ("不接[受收]|不愿|不同意|不配合|拒", Outcome.REFUSED),
        ("停机|欠费|暂停服务", Outcome.OUT_OF_SERVICE),
        ("非本人|打错", Outcome.WRONG_PERSON),
        ("空号|(电话|号码).*(有误|错|不对|不正确)|错号", Outcome.NO_SUCH_NUMBER),
        ("关机", Outcome.SWITCHED_OFF),
        ("占线|忙线|正忙", Outcome.BUSY),
        ("[无未没].*接|不接|联[络系]不上|[未无].*联[络系]|不通|不在服务区", Outcome.NO_ANSWER),
    )
]


def form_of(header: Header) -> int:
    """The seven detail columns are the sales questionnaire's, the six the service links'."""
    return SALES if "detail_7" in header.columns else SERVICE


# Finding the table


def find(layout: Layout, sheet: Sheet, learned: Mapping[str, str] = {}) -> Header | None:
    """As headers.find, for a header in one row or in two: 回访明细 over 1 … 7."""
    best = None
    for at in range(min(headers.TITLE_ROWS, len(sheet.rows))):
        header = _header_at(layout, sheet, at, learned)
        if best is None or len(header.columns) > len(best.columns):
            best = header
        if not header.missing(layout):
            return _agreeing(sheet, header)
    return best if best and len(best.columns) > 1 else None


def _header_at(layout: Layout, sheet: Sheet, at: int, learned: Mapping[str, str]) -> Header:
    """The row as a header, with the one below it where that has the numbers."""
    names = sheet.rows[at][1]
    second = sheet.rows[at + 1][1] if at + 1 < len(sheet.rows) else []
    if _has_numbers(second) and headers.match(layout, at + 1, second, learned).missing(layout):
        joined = ["".join((upper + lower).split()) for upper, lower in zip_longest(names, second, fillvalue="")]
        return headers.match(layout, at + 1, joined, learned)
    return headers.match(layout, at, _numbered(names), learned)


def _has_numbers(names: list[str]) -> bool:
    plain = [headers.plain(name) for name in names]
    return "1" in plain and plain[plain.index("1") :][:6] == DIGITS[:6]


def _numbered(names: list[str]) -> list[str]:
    """A merged 回访明细 without numbers below: they are counted."""
    first = next((n for n, name in enumerate(names) if headers.plain(name) == "回访明细"), None)
    if first is None:
        return names
    last = next((n for n in range(first + 1, len(names)) if names[n]), len(names))
    return [f"回访明细{n - first + 1}" if first <= n < last else name for n, name in enumerate(names)]


def _agreeing(sheet: Sheet, header: Header) -> Header:
    """A title that says another form than the columns do: whose answers these are is not known, so none are taken."""
    said = [sheet.name, *(cell for _n, values in sheet.rows[: header.at] for cell in values if cell)]
    if _is_of_another_form(header, [headers.plain(text) for text in said]):
        for name in DETAILS[SALES]:
            header.unknown += header.columns.pop(name, [])
    return header


def _is_of_another_form(header: Header, titles: Iterable[str]) -> bool:
    forms = {number for number, title in TITLES.items() if any(title.search(text) for text in titles)}
    return len(forms) == 1 and form_of(header) not in forms


def below(header: Header, sheet: Sheet) -> Iterator[tuple[int, list[str]]]:
    """The rows of the sheet's tables, of which a year has twelve: each from its head to 累计, without the printed form's empty numbered
    lines, and the head again on the next page. Of a table with other columns or of the other form only its head is a row, which is
    rejected for all of it (_check). What is written on below 累计 without a head, as a row is, is one too."""
    numbering = {index for index, name in enumerate(header.names) if headers.plain(name) in NUMBERING}
    learned = _said_otherwise(header)
    begins = (NUMBERING | LAYOUT.by_header.keys() | learned.keys()) - {*DIGITS}  # what most heads begin with
    heads: dict[str, list[list[str]]] = {}
    for _n, values in sheet.rows[: header.at + 1]:
        plain = [headers.plain(cell) for cell in values]
        heads.setdefault(next(filter(None, plain), ""), []).append(plain)
    is_over, is_ours, titles, last = False, True, [], header.at
    for at, (n, values) in enumerate(sheet.rows):
        if at <= last:
            continue
        filled = {index for index, cell in enumerate(values) if cell.strip()}
        first = headers.plain(values[min(filled)]) if filled else ""
        if first.startswith(BELOW):
            is_over = True
            continue
        if is_over or first in begins:
            head = _header_at(LAYOUT, sheet, at, learned)
            if not head.missing(LAYOUT):
                is_ours = head.columns == header.columns and not _is_of_another_form(head, titles)
                if not is_ours:
                    yield n, [*values, *titles]  # with them it is not the sheet's own head, even where only they differ
                is_over, titles, last = False, [], head.at
                continue
        if len(filled) == 1 and "表" in first:
            titles.append(first)
        if not is_ours or (is_over and not _is_row(header, values)):
            continue
        is_head = first in heads and [headers.plain(cell) for cell in values] in heads[first]
        if not (filled <= numbering or first in headers.TOTALS or is_head):
            yield n, values


def _said_otherwise(header: Header) -> dict[str, str]:
    """Plain header -> field, '' for none: what its columns mean where the aliases say something else, because a person has."""
    known, means = LAYOUT.by_header, {index: name for name, indexes in header.columns.items() for index in indexes}
    said = {headers.plain(name): means.get(index, "") for index, name in enumerate(header.names)}
    return {text: name for text, name in said.items() if name != known.get(text, "")}


def _is_row(header: Header, values: list[str]) -> bool:
    """Whether it says who was called when, as no line of what stands below a table does."""
    return all(any(header.raw(name, values).strip() for name in group) for group in (("name",), ("on",), ("vin", "phone")))


# What the cells mean


def _score(written: str) -> int:
    text = cells.clean(written).removesuffix(".0")
    if text not in SCORES:
        raise CellError(_("write 3 (满意), 2 (一般), 1 (不满意), or — where it was not asked"))
    return SCORES[text]


def _overall(written: str) -> int:
    """On five levels."""
    text = cells.clean(written).removesuffix(".0")
    if text not in OVERALL:
        raise CellError(_("write 很满意, 满意, 一般, 不满意 or 很不满意"))
    return OVERALL[text]


def said(written: str) -> str:
    """Line by line, as the forms write it: blanks are one, signs stay as they are."""
    lines = (one_line("".join(c for c in line if c.isprintable() or c.isspace())) for line in written.split("\n"))
    return "\n".join(line for line in lines if line)


def _remark(written: str) -> str:
    return one_line(cells.clean(written))


def outcome_of(remark: str) -> str:
    """The Outcome that 备注 tells of, '' for none."""
    return next((outcome for pattern, outcome in OUTCOMES if pattern.search(remark)), "")


OTHER_TABLE = _(
    "here begins a table with other columns than the sheet's first one, or of the other form; its rows were not read: put it on a sheet of "
    "its own and import that"
)


def _check(draft: Draft) -> None:
    facts = draft.facts
    if not draft.has("on") and {"name", "on", "overall"} <= headers.match(LAYOUT, 0, draft.values).columns.keys():  # a head: see below()
        draft.errors.clear()
        return draft.reject("name", OTHER_TABLE)
    facts["form"] = form_of(draft.header)
    if not draft.has("name") and not draft.failed("name"):
        draft.reject("name", _("the customer's name is missing"))
    _check_day(draft)
    rows.check_car(draft, is_required=False)
    rows.check_phones(draft)
    if not draft.has("vin") and not draft.has("phone") and not draft.failed("vin", "phone"):
        draft.reject(draft.column_of("vin", "phone"), _("neither VIN nor phone: nobody can say who this is"))
    return _check_answers(draft)


def _check_day(draft: Draft) -> None:
    """on: the local date. at: the moment of the call, the day's closing time where the file says none."""
    facts = draft.facts
    called = facts.pop("on", None)
    if called is None:
        if not draft.failed("on"):
            draft.reject("on", _("the date is missing"))
        return None
    day = called.at.date()
    if draft.days.lies_ahead(day):
        return draft.reject("on", _("the day lies in the future"))
    facts["on"], facts["at"] = day, draft.days.utc(called, closing=True)


def _check_answers(draft: Draft) -> None:
    """scores: question code -> 3, 2, 1 of a customer who was reached; else outcome: why there are none."""
    facts, form = draft.facts, FORMS[draft.facts["form"]]
    details = DETAILS[form.number]
    asked = [*details, "overall"]
    if draft.failed(*asked):
        return
    if any(draft.has(name) for name in asked):
        for name in asked:
            if not cells.clean(draft.raw(name)):
                draft.reject(name, _("empty, though the customer was reached; write — where it was not asked"))
        facts["scores"] = {code: facts[name] for code, name in zip(form.asked, details, strict=True) if draft.has(name)}
    elif outcome := outcome_of(facts.get("remark", "")):
        facts["outcome"] = outcome
    else:
        draft.reject(
            draft.column_of("remark", "overall"), _("neither answers nor why there are none; fill them in, or write 联络不上 or 电话有误")
        )


def who(row: Row) -> tuple:
    """Whose row it is: the VIN, else phone and model."""
    if "vin" in row.facts:
        return (row.facts["vin"],)
    return identifiers.parse_phone(row.facts["phone"][0]).number, row.get("model", "")


def _key(row: Row) -> tuple:
    """One call may serve two visits of a car on the same day: the mileage tells them apart."""
    return row.facts["form"], who(row), row.facts["on"], row.get("mileage")


READER = Reader(
    layout=LAYOUT,
    meanings={
        "name": rows.text(80), "model": rows.text(80), "vin": cells.vin, "mileage": cells.mileage, "phone": cells.phones,
        "on": rows.moment, **dict.fromkeys(DETAILS[SALES], _score), "overall": _overall, "words": said, "remark": _remark,
        "next_maintenance_on": rows.day,
    },
    check=_check,
    key=_key,
    repeated="on",
    find=find,
    below=below,
)  # fmt: skip


def in_order_of_time(read: list[Row]) -> list[Row]:
    """Each row learns how many of its kind about the same car and day stand before it (nth): whichever chunk it falls into."""
    ordered = sorted(read, key=lambda row: (row.facts["at"], row.sheet, row.row))
    seen: Counter[tuple] = Counter()
    for row in ordered:
        alike = row.facts["form"], who(row)[0], row.facts["on"], "scores" in row.facts
        row.facts["nth"] = seen[alike]
        seen[alike] += 1
    return ordered
