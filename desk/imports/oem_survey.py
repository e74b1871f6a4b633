"""The manufacturer's survey (落实率, S0, S3 1.3): a row for each month and advisor or consultant, with as many questions as the file has."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.utils.translation import gettext_noop as _

from core import bulk
from core.tabular import Sheet
from csi.models import OemSurvey, Questionnaire
from csi.statistics import carried_out
from desk.imports import cells, headers, rows
from desk.imports.archive import Chunk
from desk.imports.cells import CellError
from desk.imports.customers import NO, YES
from desk.imports.headers import Header, Layout
from desk.imports.rows import Draft, Reader, Row
from staff.models import Membership
from staff.roles import Role

QUESTIONS = [f"question_{n}" for n in range(1, 25)]  # S3 1.3 has 18 for sales and 21 for service
ROLES = {"consultant": Role.SALES, "advisor": Role.ADVISOR}
AUDIENCES = {"consultant": Questionnaire.Audience.SALES.value, "advisor": Questionnaire.Audience.SERVICE.value}
NOT_ASKED = {"不适用", "NA", "N.A.", "未涉及", "未答"}
MOST = 1_000_000

LAYOUT = Layout(
    aliases={
        "month": ("调查月份", "月份", "调查月", "调查年月", "调研月份"),
        "consultant": ("销售顾问", "销售员", "销售顾问姓名", "销售顾问编号"),
        "advisor": ("服务顾问", "SA", "维修顾问", "服务顾问姓名", "服务顾问编号"),
        "sample": ("样本量", "样本数", "有效样本", "有效样本量", "调查人数"),
        "rate": ("落实率", "平均落实率", "实施率", "执行率"),
        **{name: (f"题目{n}", f"题{n}", f"问题{n}", f"Q{n}") for n, name in enumerate(QUESTIONS, start=1)},
    },
    required=(("month",), ("consultant", "advisor")),
    several=frozenset(),
)


# What cells mean

_MONTH = re.compile(r"^(\d{4})\s*[-/.年]?\s*(\d{1,2})\s*月?(?:份)?$")


def month(written: str, is_1904: bool) -> date:
    """The month's first day: 2026-10, 2026年10月, 202610, or any date in it. Raises CellError."""
    text = cells.clean(written)
    if found := _MONTH.match(text.removesuffix(".0")):
        year, number = int(found[1]), int(found[2])
        if year in cells.YEARS and 1 <= number <= 12:
            return date(year, number, 1)
    try:
        return cells.moment(written, is_1904).at.date().replace(day=1)
    except CellError:
        raise CellError(_("no month; write one such as 2026-10")) from None


month.wants_epoch = True  # type: ignore[attr-defined]


def person(written: str) -> str:
    """A name or a number: 100003, also where a spreadsheet has made 100003.0 of it."""
    return re.sub(r"^(\d+)\.0+$", r"\1", rows.text(60)(written))


def sample(written: str) -> int:
    value = cells.number(re.sub(r"[人份个]$", "", cells.clean(written)))
    if value != int(value) or not 1 <= value <= MOST:
        raise CellError(_("a sample size is a whole number from 1 on"))
    return int(value)


def rate(written: str) -> int:
    """In hundredths of a percent: 88.04%, 88.04, or 0.8804 as a cell shown in percent holds it. Raises CellError."""
    text = cells.clean(written)
    value = cells.number(text.removesuffix("%"))
    percent = value if text.endswith("%") or value > 1 else value * 100
    if not 0 <= percent <= 100:
        raise CellError(_("a share lies between 0 and 100 percent"))
    return int((percent * 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def answer(written: str) -> float | str | None:
    """1–10 (a mean may have decimals), 'yes', 'no'; None where it was not asked. Raises CellError."""
    text = cells.clean(written).upper()
    if text in NOT_ASKED:
        return None
    if text in YES - {"1"}:
        return "yes"
    if text in NO - {"0"}:
        return "no"
    try:
        value = cells.number(text.removesuffix("分"))
    except CellError:
        value = Decimal(0)
    if not 1 <= value <= 10:
        raise CellError(_("write a score from 1 to 10, 是 or 否"))
    return float(value)


# Finding the table: what a question is called is the manufacturer's matter

_NO_QUESTION = re.compile("排名|名次|编号|工号|序|数$|量$|人数|日期|时间|电话|姓名")
_MEAN = re.compile("(全店|本店|店面|店均|大区|区域|全国)?(平均值?|均值|店均)|全店|本店")
LOOKED_AT = 50


def find(layout: Layout, sheet: Sheet, learned: Mapping[str, str] = {}) -> Header | None:
    """As headers.find; then every column that nobody knows, and that holds nothing but answers, is a question."""
    header = headers.find(layout, sheet, learned)
    if header is None:
        return None
    free = iter([name for name in QUESTIONS if name not in header.columns])
    below = [values for _n, values in sheet.rows[header.at + 1 :][:LOOKED_AT]]
    for index in list(header.unknown):
        title = header.names[index]
        if len(headers.plain(title)) > 2 and not _NO_QUESTION.search(headers.plain(title)) and _holds_answers(below, index):
            if (name := next(free, None)) is None:
                break
            header.columns[name] = [index]
            header.unknown.remove(index)
    return header


def below(header: Header, sheet: Sheet) -> list[tuple[int, list[str]]]:
    """Without the lines that are about nobody: the store's mean, the region's."""
    return [
        (n, values) for n, values in sheet.rows[header.at + 1 :] if not any(_MEAN.fullmatch(headers.plain(cell)) for cell in values if cell)
    ]


def _holds_answers(below: list[list[str]], index: int) -> bool:
    texts = [values[index] for values in below if index < len(values) and values[index].strip() and not cells.is_nothing(values[index])]
    try:
        return bool([answer(text) for text in texts])
    except CellError:
        return False


# A row


def _check(draft: Draft) -> None:
    facts = draft.facts
    if not draft.has("month") and not draft.failed("month"):
        draft.reject("month", _("the month is missing"))
    elif draft.has("month") and draft.days.lies_ahead(facts["month"]):
        draft.reject("month", _("the month lies in the future"))
    named = [name for name in ROLES if draft.has(name)]
    if len(named) == 2:
        draft.reject("advisor", _("a row is about one person: leave one of the two empty"))
    elif not named and not draft.failed(*ROLES):
        draft.reject(draft.column_of(*ROLES), _("nobody is named"))
    asked = [name for name in QUESTIONS if name in draft.header.columns and draft.has(name)]
    facts["answers"] = [[draft.header.title(name), facts[name]] for name in asked]
    if "rate" not in facts and not asked and not draft.failed("rate", *QUESTIONS):
        draft.reject(draft.column_of("rate", *QUESTIONS), _("neither 落实率 nor an answer"))


def _key(row: Row) -> tuple:
    name = "consultant" if "consultant" in row.facts else "advisor"
    return row.facts["month"], name, row.facts[name]


MEANINGS: dict[str, Callable[..., Any]] = {
    "month": month, "consultant": person, "advisor": person, "sample": sample, "rate": rate, **dict.fromkeys(QUESTIONS, answer),
}  # fmt: skip
READER = Reader(layout=LAYOUT, meanings=MEANINGS, check=_check, key=_key, repeated="month", find=find, below=below)

WHAT_IT_SAYS = ("n", "rate", "answers")


class Surveys(Chunk):
    """Nothing of the archive is touched: only who is named must be known, or becomes a named person."""

    writes = OemSurvey
    is_silent = False

    def load(self) -> None:
        months = {row.facts["month"] for row in self.rows}
        self.known = {(one.month, one.audience, one.person_id): one for one in OemSurvey.objects.filter(store=self.store, month__in=months)}
        members = Membership.objects.filter(store=self.store, role__in=ROLES.values()).values_list("role", "user__username", "user")
        self.numbered = {(role, username): user for role, username, user in members if username.isdigit()}
        self.new: list[OemSurvey] = []
        self.changed: dict[int, OemSurvey] = {}

    def take(self, row: Row) -> None:
        facts = row.facts
        field = next(name for name in ROLES if name in facts)
        role, name = ROLES[field], facts[field]
        user = self.numbered.get((role, name)) or self.person(row, field, name, role)
        assert user is not None
        key = facts["month"], AUDIENCES[field], user
        share = facts["rate"] if "rate" in facts else carried_out([said for _question, said in facts["answers"]])
        values = {"n": facts.get("sample"), "rate": share, "answers": facts["answers"]}
        known = self.known.get(key)
        if known is None:
            survey = OemSurvey(store=self.store, month=key[0], audience=key[1], person_id=user, **values)
            self.known[key] = survey
            self.new.append(survey)
            return self.count("created")
        if all(getattr(known, name) == value for name, value in values.items()):
            return self.count("unchanged")
        for name, value in values.items():
            setattr(known, name, value)
        if known.pk:
            self.changed[known.pk] = known
        return self.count("updated")

    def prepare(self) -> None:
        self.is_prepared = True

    def write(self) -> None:
        bulk.insert(OemSurvey, ["store_id", "month", "audience", "person_id", *WHAT_IT_SAYS], self.new)
        changed = [(one.pk, one.n, one.rate, one.answers) for one in self.changed.values()]
        bulk.update_values(OemSurvey, list(WHAT_IT_SAYS), changed)


def in_order_of_time(read: list[Row]) -> list[Row]:
    return sorted(read, key=lambda row: (row.facts["month"], row.sheet, row.row))
