"""From the cells of a sheet to rows that mean something: valid ones, rejected ones, and what is to be said about cells.

A kind of record (desk.imports.kinds) brings its layout, the meaning of each cell, and how a row is made of them.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache, partial
from itertools import compress, repeat, zip_longest
from operator import not_
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from core import clock
from core.tabular import Sheet
from core.workdays import Hours
from customers import identifiers
from desk.imports import cells, headers
from desk.imports.cells import CellError
from desk.imports.headers import Header, Layout

OPENS, CLOSES = 8 * 60 + 30, 18 * 60 + 30  # contracts.md: the default hours, also for closed days
NOTE = 200
REMEMBERED = 8192  # texts of a column
SOME_DAY = datetime(2000, 1, 1)
LEFT_OUT = _("this cell was left out")
TITLED = tuple(title + behind for title in cells.TITLES for behind in ("", ")", "）", '"'))


@dataclass(frozen=True, slots=True)
class Remark:
    """A cell about which something is to be said: a warning, a conflict, or why its row is rejected.

    reasons: (column, text, params) each; the first is about `column`, others are about further cells of the row. Texts are
    translated when they are read.
    """

    sheet: str
    row: int
    column: str
    value: str
    reasons: tuple[tuple[str, str, dict], ...]

    @property
    def reason(self) -> str:
        return "; ".join(text if column == self.column else f"{column}: {text}" for column, text in self.sentences)

    @property
    def sentences(self) -> list[tuple[str, str]]:
        """(column, reason) each, in the reader's language."""
        return [(column, gettext(text) % params) for column, text, params in self.reasons]

    def as_json(self) -> dict:
        return {"sheet": self.sheet, "row": self.row, "column": self.column, "value": self.value, "reason": self.reason}


@dataclass(frozen=True, slots=True)
class Rejected:
    """cells: the row as the file has it, to be corrected or written out again."""

    remark: Remark
    cells: list[str]


@dataclass(slots=True)
class Row:
    """A valid row. facts: field -> what its cell means; a field without anything in its cell is not there."""

    sheet: str
    row: int
    header: Header
    cells: list[str]
    facts: dict[str, Any]
    known_numbers: list[str] | None = None

    @property
    def numbers(self) -> list[str]:
        """Of its phones; asked for several times."""
        if self.known_numbers is None:
            self.known_numbers = [identifiers.parse_phone(phone).number for phone in self.facts.get("phone", ())]
        return self.known_numbers

    def get(self, name: str, otherwise=None):
        return self.facts.get(name, otherwise)

    def raw(self, name: str) -> str:
        return self.header.raw(name, self.cells)

    def remark(self, name: str, text: str, value: str | None = None, **params) -> Remark:
        column = self.header.title(name)
        return Remark(self.sheet, self.row, column, self.raw(name) if value is None else value, ((column, text, params),))


@dataclass
class Reading:
    """What the file says, before anything is written. headers: sheet -> its header. places: of each rejected row its key, if its cells
    still tell it, and how many valid rows stand above it."""

    rows: list[Row] = field(default_factory=list)
    rejects: list[Rejected] = field(default_factory=list)
    places: list[tuple[Any, int]] = field(default_factory=list)
    warnings: list[Remark] = field(default_factory=list)
    headers: dict[str, Header] = field(default_factory=dict)

    @property
    def unknown_columns(self) -> list[str]:
        """Also those without a name in which something stands, by their letters."""
        names = (header.name_at(index) for header in self.headers.values() for index in sorted({*header.unknown, *header.nameless}))
        return list(dict.fromkeys(names))


@dataclass(frozen=True)
class Reader:
    """How the rows of a kind are read. meanings: field -> what its cell's text means, may raise CellError. check(draft) looks at the
    cells of a row together. key(row): what identifies the record within a file, None where rows cannot repeat each other.
    spared: fields whose cell is left out with a warning when it is wrong, where the others reject the row.
    find(sheet, learned): the header, which stands in the first TITLE_ROWS rows; the default looks for one row. below(header, sheet): the
    rows of the table, total rows included; None: all below the header. example: field -> cell, of the row that the kind's template
    shows."""

    layout: Layout
    meanings: Mapping[str, Callable[[str], Any]]
    check: Callable[["Draft"], None]
    key: Callable[[Row], Any]
    repeated: str = "number"  # the field that a repeated row is rejected for
    spared: frozenset[str] = frozenset()
    doubt: Callable[[Row, Row], str] = lambda dropped, kept: ""  # a sentence, where a repeated row may not be an older one of the same
    find: Callable[[Layout, Sheet, Mapping[str, str]], Header | None] = headers.find
    below: Callable[[Header, Sheet], Iterable[tuple[int, list[str]]]] | None = None
    example: Mapping[str, str] = field(default_factory=dict)


class Draft:
    """A row while it is being read: its facts, and what is wrong with it. further: see drafts()."""

    __slots__ = ("days", "errors", "facts", "further", "header", "n", "sheet", "values", "warnings")

    def __init__(
        self, sheet: Sheet, n: int, header: Header, values: list[str], days: "Days", facts: dict[str, Any], further: tuple["Plan", tuple]
    ):
        self.sheet, self.n, self.header, self.values, self.days = sheet, n, header, values, days
        self.facts, self.further = facts, further
        self.errors: list[tuple[str, str, str, dict]] = []  # field, value, text, params
        self.warnings: list[Remark] = []

    def has(self, name: str) -> bool:
        return name in self.facts

    def raw(self, name: str) -> str:
        return self.header.raw(name, self.values)

    def reject(self, name: str, text: str, value: str | None = None, **params) -> None:
        self.errors.append((name, self.raw(name) if value is None else value, text, params))

    def warn(self, name: str, text: str, value: str | None = None, **params) -> None:
        self._warn(name, value, (text, params))

    def leave_out(self, name: str, text: str, value: str | None = None, **params) -> None:
        self.facts.pop(name, None)
        self._warn(name, value, (text, params), (LEFT_OUT, {}))

    def _warn(self, name: str, value: str | None, *said: tuple[str, dict]) -> None:
        column, value = self.header.title(name), self.raw(name) if value is None else value
        self.warnings.append(Remark(self.sheet.name, self.n, column, value, tuple((column, *reason) for reason in said)))

    def failed(self, *names: str) -> bool:
        return bool(self.errors) and any(name in names for name, _value, _text, _params in self.errors)

    def column_of(self, *names: str) -> str:
        """The first of these fields that has a column: where something is missing."""
        return next((name for name in names if name in self.header.columns), names[0])

    def rejected(self) -> Rejected:
        """One remark a row: the first wrong cell, and the others named in its reason."""
        reasons = tuple((self.header.title(name), text, params) for name, _value, text, params in self.errors)
        return Rejected(Remark(self.sheet.name, self.n, reasons[0][0], self.errors[0][1], reasons), self.values)


class Days:
    """Local dates and times of the file as moments: a date alone means opening or closing time of that day (contracts.md)."""

    def __init__(self, opening: Hours):
        self.tz, self.opening = opening.tz, opening
        self.edge = lru_cache(4096)(self._edge)
        self.beginning = lru_cache(4096)(self._beginning)
        self.lies_ahead = lru_cache(4096)(self._lies_ahead)

    def _edge(self, day: date, closing: bool) -> datetime:
        ranges = self.opening.ranges(day)
        minute = (ranges[-1][1] if closing else ranges[0][0]) if ranges else (CLOSES if closing else OPENS)
        return self.opening.moment(day, minute)

    def utc(self, moment: cells.Moment, *, closing: bool) -> datetime:
        at, has_time = moment
        if not has_time:
            return self.edge(at.date(), closing)
        beginning = self.beginning(at.date())
        return at.replace(tzinfo=self.tz).astimezone(UTC) if beginning is None else beginning + (at - SOME_DAY)

    def _beginning(self, day: date) -> datetime | None:
        """The UTC moment of SOME_DAY's beginning as the clocks go on that day; None where they change. (To ask the zone about each moment
        takes ten times as long.)"""
        local = datetime.combine(day, time(), self.tz)
        offset, after = local.utcoffset(), (local + timedelta(days=1)).utcoffset()
        return (SOME_DAY - offset).replace(tzinfo=UTC) if offset == after else None

    def _lies_ahead(self, day: date) -> bool:
        """By days: a date without a time means closing time, and today's list may be brought in before."""
        return day > clock.now().astimezone(self.tz).date()


class Memory(dict):
    """text of a cell -> what it means: the meaning, None where it says nothing, a CellError where it is wrong. The same text means the
    same, so each is asked for once (as long as there are few). has_errors: some cell so far was wrong."""

    def __init__(self, meaning: Callable[[str], Any]):
        super().__init__()
        self.meaning, self.has_errors = meaning, False

    def __missing__(self, text: str):
        if len(self) > REMEMBERED:
            self.clear()
        try:
            if text[:1].isalnum():
                value = None if text in cells.NOTHING else self.meaning(text)
            else:
                said = cells.behind_sign(text)
                value = None if cells.is_nothing(said) else self.meaning(said)
        except CellError as problem:
            value, self.has_errors = problem, True
        self[text] = value = None if value == "" else value
        return value


ONLY, SEVERAL, SPARE = 0, 1, 2  # columns of a field: all that count, one of several, one that counts where those before it are empty
Plan = list[tuple[str, int, Memory, int]]


def make_plan(reader: Reader, header: Header, is_1904: bool) -> Plan:
    """(field, index, meanings of its cells, ONLY, SEVERAL or SPARE) for each known column."""
    plan = []
    for name, indexes in header.columns.items():
        meaning = reader.meanings[name]
        if getattr(meaning, "wants_epoch", False):
            meaning = partial(meaning, is_1904=is_1904)
        for n, index in enumerate(indexes):
            factor = headers.factor(header.names[index]) if meaning in cells.MEASURES else 1
            memory = Memory(cells.scaled(meaning, factor) if factor > 1 else meaning)
            plan.append((name, index, memory, SEVERAL if name in reader.layout.several else SPARE if n else ONLY))
    return plan


def in_columns(rows: Iterable[list[str]]) -> list[tuple[str, ...]]:
    return list(zip_longest(*rows, fillvalue=""))


def understand(plan: Plan, columns: Sequence[tuple[str, ...]], n_rows: int) -> list[Sequence]:
    """What the cells of each column of the plan mean; column by column, which takes a third of the time that row by row does."""
    nothing = [None] * n_rows
    return [list(map(memory.__getitem__, columns[index])) if index < len(columns) else nothing for _n, index, memory, _role in plan]


def drafts(
    plan: Plan, sheet: Sheet, header: Header, records: list[tuple[int, list[str]]], days: Days, understood: list[Sequence]
) -> Iterator[Draft]:
    """Each row with the facts out of columns in which nothing is wrong or empty and which are the only ones of their fields: many are,
    and they are quickly done with. The other columns, and what its cells in them mean, are left to fill()."""
    is_plain = [
        role == ONLY and not memory.has_errors and None not in column
        for (_name, _index, memory, role), column in zip(plan, understood, strict=True)
    ]
    names = [column[0] for column in compress(plan, is_plain)]
    others = list(compress(plan, map(not_, is_plain)))
    plain = _across(list(compress(understood, is_plain)), len(records))
    further = _across(list(compress(understood, map(not_, is_plain))), len(records))
    for (n, values), told, rest in zip(records, plain, further, strict=True):
        yield Draft(sheet, n, header, values, days, dict(zip(names, told, strict=True)), (others, rest))


def _across(columns: list[Sequence], n_rows: int) -> Iterator[tuple]:
    return zip(*columns, strict=True) if columns else repeat((), n_rows)


def fill(draft: Draft, reader: Reader) -> None:
    facts, (columns, meanings) = draft.facts, draft.further
    for value, (name, index, _memory, role) in zip(meanings, columns, strict=True):
        if value is None:
            continue
        if value.__class__ is CellError:
            if role != SPARE or name not in facts:
                say = draft.warn if not value.refuses else draft.leave_out if name in reader.spared else draft.reject
                say(name, value.text, draft.values[index], **value.params)
        elif not role:
            facts[name] = value
        elif role == SEVERAL:
            facts[name] = (*facts.get(name, ()), *value)
        else:
            facts.setdefault(name, value)
    reader.check(draft)


def read_again(reader: Reader, sheet: Sheet, header: Header, records: list[tuple[int, list[str]]], days: Days) -> Iterator[Draft]:
    """Rows that were rejected, whose cells are kept."""
    plan = make_plan(reader, header, header.is_1904)
    understood = understand(plan, in_columns([values for _n, values in records]), len(records))
    for draft in drafts(plan, sheet, header, records, days, understood):
        fill(draft, reader)
        yield draft


def key_of(reader: Reader, draft: Draft):
    """None where a cell of the key is wrong or empty."""
    try:
        return reader.key(Row(draft.sheet.name, draft.n, draft.header, draft.values, draft.facts))
    except KeyError:
        return None


# What cells mean that several kinds have


def text(limit: int) -> Callable[[str], str]:
    def meaning(written: str) -> str:
        cleaned = " ".join(cells.clean(written).split())
        if len(cleaned) > limit:
            raise CellError(_("longer than %(n)d characters"), n=limit)
        return cleaned

    return meaning


def name(limit: int) -> Callable[[str], str]:
    """Of a person or a company."""
    within = text(limit)
    return lambda written: within(cells.name(written))


moment = cells.moment


def day(written: str, is_1904: bool) -> date:
    return cells.moment(written, is_1904).at.date()


moment.wants_epoch = day.wants_epoch = True  # type: ignore[attr-defined]  # a serial number counts from the workbook's epoch


def check_title(draft: Draft, name: str = "name") -> None:
    """gender: what a title behind the name tells, unless a cell tells it. It does not stay in the name, so it is not to be lost."""
    values = draft.values
    for index in draft.header.columns.get(name, ()):
        if index < len(values) and values[index].endswith(TITLED):
            draft.facts.setdefault("gender", cells.title(cells.bare(values[index])))


def check_phones(draft: Draft) -> None:
    """phone: only what has digits stays, in its order, each once; no phone and no valid phone are warnings (contracts.md)."""
    said = draft.facts.get("phone", ())
    if len(said) == 1 and identifiers.parse_phone(said[0]).is_valid:
        return  # nearly always
    found = tuple(dict.fromkeys(phone for phone in said if identifiers.parse_phone(phone).number))
    if not found:
        draft.facts.pop("phone", None)
        draft.warn(draft.column_of("phone", "name"), _("no phone"), value=draft.raw("phone"))
        return
    draft.facts["phone"] = found
    for phone in found:
        if identifiers.parse_phone(phone).is_valid:
            continue
        if phone.startswith(cells.EXTENSION):
            draft.facts["phone"] = tuple(other for other in draft.facts["phone"] if other != phone)
            draft.warn("phone", _("the extension was left out; write it into the note"), value=phone)
        else:
            draft.warn("phone", _("not a phone number; kept as invalid"), value=phone)
    if not draft.facts["phone"]:
        del draft.facts["phone"]  # an extension alone


def check_car(draft: Draft, *, is_required: bool = True) -> None:
    if is_required and not draft.has("plate") and not draft.has("vin") and not draft.failed("plate", "vin"):
        draft.reject(draft.column_of("plate", "vin"), _("neither plate nor VIN"))
    if draft.has("vin") and not identifiers.vin_check_digit_fits(draft.facts["vin"]):
        draft.warn("vin", _("the VIN's check digit does not fit"))


def check_note(draft: Draft) -> None:
    note = draft.facts.get("note", "")
    if len(note) > NOTE:
        draft.warn("note", _("cut off after 200 characters"))
        draft.facts["note"] = note[:NOTE]
