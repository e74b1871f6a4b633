"""From the cells of a sheet to rows that mean something: valid ones, rejected ones, and what is to be said about cells.

A kind of record (desk.imports.kinds) brings its layout, the meaning of each cell, and how a row is made of them.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import lru_cache, partial
from itertools import zip_longest
from typing import Any

from django.conf import settings
from django.utils import translation
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
REPEATED = _("repeated below")
LEFT_OUT = _("this cell was left out")
TITLED = tuple(title + behind for title in cells.TITLES for behind in ("", ")", "）", '"'))
LEGEND = _("legend")  # the sheet of a template that holds no table
TOO_MANY = _(
    "this row has %(cells)d cells, the header %(heads)d: a cell that holds the delimiter has fallen into two; join its parts, or put it "
    "in quotation marks (if it is the last column that has no name, give it one)"
)
PRINTED = _("a line that was printed round the table, no record; passed over")
SAID_SO = _("the cell under %(column)s still says that a row below repeats this one; empty it, and this one comes in")


class NoTable(Exception):
    """No sheet has the columns that are needed, or there is no row below them; str() is a sentence."""


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
    """A row while it is being read: its facts, and what is wrong with it."""

    __slots__ = ("days", "errors", "facts", "header", "n", "sheet", "values", "warnings")

    def __init__(self, sheet: Sheet, n: int, header: Header, values: list[str], days: "Days"):
        self.sheet, self.n, self.header, self.values, self.days = sheet, n, header, values, days
        self.facts: dict[str, Any] = {}
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
        self.lies_ahead = lru_cache(4096)(self._lies_ahead)

    def _edge(self, day: date, closing: bool) -> datetime:
        ranges = self.opening.ranges(day)
        minute = (ranges[-1][1] if closing else ranges[0][0]) if ranges else (CLOSES if closing else OPENS)
        return self.opening.moment(day, minute)

    def utc(self, moment: cells.Moment, *, closing: bool) -> datetime:
        if not moment.has_time:
            return self.edge(moment.at.date(), closing)
        return moment.at.replace(tzinfo=self.tz).astimezone(UTC)

    def _lies_ahead(self, day: date) -> bool:
        """By days: a date without a time means closing time, and today's list may be brought in before."""
        return day > clock.now().astimezone(self.tz).date()


def read(reader: Reader, sheets: Sequence[Sheet], opening: Hours, learned: Mapping[str, str] = {}) -> Reading:
    """Every sheet whose header matches; of rows with one key the last valid one wins. Raises NoTable."""
    return Unfinished(reader, opening, learned).end(sheets)


class Unfinished:
    """A reading that begins while rows still come: opening a large file takes one process as long as asking what its cells mean takes
    another. end() gives what it says; until then nothing of it is to be used."""

    def __init__(self, reader: Reader, opening: Hours, learned: Mapping[str, str] = {}):
        self.reader, self.opening, self.learned = reader, opening, learned
        self.reading = Reading()
        self.unread: dict[str, Header | None] = {}  # sheets on which no header was found, or one that lacks a column
        self.hidden: list[Sheet] = []
        self.done = 0  # sheets
        self.is_begun, self.table = False, None  # of the sheet after those
        self.at = 0  # the next row of it

    def go_on(self, sheets: Sequence[Sheet]) -> None:
        """All sheets but the last are whole. Of the last one what has come so far, as soon as its header must have been among it; where
        rows are told by what stands below them, nothing yet."""
        for sheet in sheets[self.done : -1]:
            self._finish(sheet)
        if self.reader.below is None and len(sheets[-1].rows) > headers.TITLE_ROWS and not sheets[-1].is_hidden:
            self._take(sheets[-1])

    def end(self, sheets: Sequence[Sheet]) -> Reading:
        """Raises NoTable."""
        for sheet in sheets[self.done :]:
            self._finish(sheet)
        reading, layout = self.reading, self.reader.layout
        is_hidden_read = not reading.headers
        for sheet in self.hidden if is_hidden_read else ():
            self._read(sheet)
        misfit = next((header for header in self.unread.values() if header), None)
        if not reading.headers and misfit:
            names = "、".join(misfit.missing(layout))
            raise NoTable(gettext("The header row has no column for: %(names)s.") % {"names": names})
        if not reading.headers:
            usual = "、".join(layout.title(group[0]) for group in layout.required)
            raise NoTable(gettext("No sheet has a header row that is known here, with columns such as %(names)s.") % {"names": usual})
        _drop_repeated(reading, self.reader)
        if not reading.rows and not reading.rejects:
            raise NoTable(gettext("There is a header row, but no row below it."))
        for sheet in sheets:
            if sheet.name in self.unread:
                self._say_unread(sheet, self.unread[sheet.name])
        for sheet in () if is_hidden_read else self.hidden:
            header = self._header(sheet)
            if header and not header.missing(layout):
                self._say_unread(sheet, header)
        return reading

    def _say_unread(self, sheet: Sheet, header: Header | None) -> None:
        at = header.at + 1 if header else 0
        if len(sheet.rows) <= at or sheet.name in in_every_language(LEGEND):
            return
        n, names = (sheet.rows[header.at][0], header.names) if header else sheet.rows[0]
        params: dict[str, str | int] = {"n": len(sheet.rows) - at}
        if header is None:
            text = _("no header that is known here, so nothing of this sheet was read; its rows: %(n)d")
        elif missing := header.missing(self.reader.layout):
            text = _("without a column for %(names)s nothing of this sheet was read; its rows: %(n)d")
            params["names"] = "、".join(missing)
        else:
            text = _(
                "this sheet is hidden and was not read; its rows: %(n)d; if they are wanted, unhide it in Excel and give the file again"
            )
        value = "、".join(name for name in names if name)
        self.reading.warnings.append(Remark(sheet.name, n, "", value, (("", text, params),)))

    def _finish(self, sheet: Sheet) -> None:
        if sheet.is_hidden:
            self.hidden.append(sheet)  # read only where no other sheet has the columns: nobody sees what it holds
        else:
            self._read(sheet)
        self.done += 1

    def _read(self, sheet: Sheet) -> None:
        self._take(sheet)
        if self.table:
            self.table.end(sheet)
        self.is_begun, self.table = False, None

    def _take(self, sheet: Sheet) -> None:
        if not self.is_begun:
            self.is_begun, self.table = True, self._begin(sheet)
        if self.table is None:
            return
        below = self.reader.below
        self.table.take(below(self.table.header, sheet) if below else sheet.rows[self.at :])
        self.at = len(sheet.rows)

    def _header(self, sheet: Sheet) -> Header | None:
        return self.reader.find(self.reader.layout, sheet, self.learned)

    def _begin(self, sheet: Sheet) -> "_Table | None":
        header = self._header(sheet)
        if header is None or header.missing(self.reader.layout):
            self.unread[sheet.name] = header
            return None
        header.is_1904 = sheet.is_1904
        self.reading.headers[sheet.name], self.at = header, header.at + 1
        return _Table(self.reading, self.reader, sheet, header, Days(self.opening))


class _Table:
    """The rows below a header."""

    def __init__(self, reading: Reading, reader: Reader, sheet: Sheet, header: Header, days: Days):
        self.reading, self.reader, self.sheet, self.header, self.days = reading, reader, sheet, header, days
        self.key = header.key(reader.layout)
        self.is_again = headers.repeats(header, sheet, self.key)
        self.plan = make_plan(reader, header, sheet.is_1904)
        self.said_at = next((index for index, name in enumerate(header.names) if headers.plain(name) in headers.REASON), None)
        self.repeated = in_every_language(REPEATED)
        self.width = header.width
        read = {index for indexes in header.columns.values() for index in indexes}
        self.nameless = [index for index in range(self.width) if index not in read and not headers.plain(header.names[index])]
        self.most = self._most_cells()
        example = tuple(memory[reader.example.get(name, "")] for name, _index, memory, _role in self.plan)
        self.example = example if any(said is not None for said in example) else None

    def _most_cells(self) -> int:
        """How many a row of a text file may have. Some writers end every row with a delimiter, but not the header: as many as each of
        the first rows has are no mistake. (A total alone in its row is none of these.)"""
        head = len(self.header.names)
        first = [len(values) for _n, values in self.sheet.rows[self.header.at + 1 : headers.TITLE_ROWS + 1]]
        return min((n for n in first if n >= head), default=head)

    def take(self, rows: Iterable[tuple[int, list[str]]]) -> None:
        reading, header, key, said_at = self.reading, self.header, self.key, self.said_at
        records = [(n, values) for n, values in rows if not headers.is_total(values, key) and not self.is_again(values)]
        columns = in_columns([values for _n, values in records])
        beyond = self._beyond(records, columns)
        header.nameless |= {n for n in self.nameless if n < len(columns) and not cells.NOTHING.issuperset(columns[n])}
        for (n, values), meanings in zip(records, understand(self.plan, columns, len(records)), strict=True):
            if meanings == self.example:
                continue  # somebody has left it in the template
            draft = Draft(self.sheet, n, header, values, self.days)
            if beyond and n in beyond:
                self._say_beyond(draft, beyond[n])
            fill(draft, self.plan, meanings, self.reader)
            if draft.errors and set(values) <= {"", cells.NOT_FOUND}:
                continue  # below the table, where formulas have been copied down further than there are rows
            if draft.errors and self._is_printed(draft):
                said = Remark(self.sheet.name, n, "", " ".join(filter(None, values)), (("", PRINTED, {}),))
                reading.warnings.append(said)
                continue
            if said_at is not None and said_at < len(values) and values[said_at].endswith(self.repeated):
                # A download of rejected rows comes back: this one is still not the newest, unless a person says so.
                draft.reject(self.reader.repeated, SAID_SO, column=self.header.names[said_at])
                draft.reject(self.reader.repeated, REPEATED)
            if draft.errors:
                reading.rejects.append(draft.rejected())
                reading.places.append((key_of(self.reader, draft), len(reading.rows)))
            else:
                reading.rows.append(Row(self.sheet.name, n, header, values, draft.facts))
                reading.warnings += draft.warnings

    def _is_printed(self, draft: Draft) -> bool:
        """A line round the table, no record: never a row with a key, or with two more of the things that every record has."""
        if not headers.is_printed(next(filter(None, draft.values))):
            return False
        key, *others = [
            any(name in draft.facts and not headers.is_printed(draft.raw(name)) for name in group) for group in self.reader.layout.required
        ]
        return not key and sum(others) < 2

    def _beyond(self, records: list[tuple[int, list[str]]], columns: list[tuple[str, ...]]) -> dict[int, list[int]]:
        """Row -> the indexes of its cells right of the last heading that say something. In a text file also a row with more cells than
        it may have, whatever they say: of '1,234.50' and an empty cell behind it the last one says nothing."""
        found: dict[int, list[int]] = {}
        if not self.sheet.name:
            found = {n: [] for n, values in records if len(values) > self.most}
        for index, column in enumerate(columns[self.width :], start=self.width):
            if any(column):
                for (n, _values), text in zip(records, column, strict=True):
                    if text not in cells.NOTHING:
                        found.setdefault(n, []).append(index)
        return found

    def _say_beyond(self, draft: Draft, indexes: list[int]) -> None:
        """A row of a text file was cut in the wrong place, and its amounts are others; so was one that comes back in a download of
        rejected rows. In a workbook it is a remark beside the table."""
        values = draft.values
        if not self.sheet.name or self.said_at is not None:
            n_cells = len(values) if not self.sheet.name else indexes[-1] + 1
            further = ", ".join(text for text in values[self.width - 1 :] if text)
            return draft.reject("", TOO_MANY, further, cells=n_cells, heads=self.width)
        self.header.nameless.update(indexes)
        for index in indexes:
            column, text = headers.letter(index), _("stands right of the table and is not read")
            draft.warnings.append(Remark(self.sheet.name, draft.n, column, values[index], ((column, text, {}),)))

    def end(self, sheet: Sheet) -> None:
        """sheet: the whole of it. In a text file whose rows have all their cells a last one that has not was cut off with the file."""
        below, width, read = sheet.rows[self.header.at + 1 :], self.width, self.reading.rows
        if sheet.name or len(below) < 2 or not read or read[-1].row != below[-1][0]:
            return
        n, values = below[-1]
        if len(values) < width and all(len(others) >= width for _n, others in below[:-1]):
            column, text = self.header.name_at(len(values) - 1), _("the last row ends here, with %(cells)d of %(heads)d cells: cut off?")
            remark = Remark("", n, column, values[-1], ((column, text, {"cells": len(values), "heads": width}),))
            self.reading.warnings.append(remark)


def in_every_language(text: str) -> tuple[str, ...]:
    said = []
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            said.append(gettext(text))
    return tuple(said)


class Memory(dict):
    """text of a cell -> what it means: the meaning, None where it says nothing, a CellError where it is wrong. The same text means the
    same, so each is asked for once (as long as there are few)."""

    def __init__(self, meaning: Callable[[str], Any]):
        super().__init__()
        self.meaning = meaning

    def __missing__(self, text: str):
        if len(self) > REMEMBERED:
            self.clear()
        try:
            said = text if text[:1].isalnum() else cells.behind_sign(text)
            value = None if cells.is_nothing(said) else self.meaning(said)
        except CellError as problem:
            value = problem
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


def understand(plan: Plan, columns: Sequence[tuple[str, ...]], n_rows: int) -> Iterator[tuple]:
    """What the cells of each row mean, in the order of the plan; column by column, which takes a third of the time that cell by cell
    does."""
    nothing = [None] * n_rows
    return zip(
        *[list(map(memory.__getitem__, columns[index])) if index < len(columns) else nothing for _n, index, memory, _r in plan], strict=True
    )


def fill(draft: Draft, plan: Plan, meanings: tuple, reader: Reader) -> None:
    facts = draft.facts
    for value, (name, index, _memory, role) in zip(meanings, plan, strict=True):
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


def draft(reader: Reader, sheet: Sheet, n: int, header: Header, values: list[str], days: Days) -> Draft:
    """A single row, read again."""
    made, plan = Draft(sheet, n, header, values, days), make_plan(reader, header, header.is_1904)
    fill(made, plan, *understand(plan, in_columns([values]), 1), reader)
    return made


def key_of(reader: Reader, draft: Draft):
    """None where a cell of the key is wrong or empty."""
    try:
        return reader.key(Row(draft.sheet.name, draft.n, draft.header, draft.values, draft.facts))
    except KeyError:
        return None


def _drop_repeated(reading: Reading, reader: Reader) -> None:
    keys = [reader.key(row) for row in reading.rows]
    last = {key: n for n, key in enumerate(keys) if key is not None}
    kept, dropped, doubts = [], set(), {}
    for at, ((key, above), rejected) in enumerate(zip(reading.places, reading.rejects, strict=True)):
        remark = rejected.remark
        if key is not None and last.get(key, -1) >= above and not any(text == REPEATED for _column, text, _params in remark.reasons):
            too = reading.headers[remark.sheet].title(reader.repeated), REPEATED, {}  # mended, it is still not the newest
            reading.rejects[at] = replace(rejected, remark=replace(remark, reasons=(*remark.reasons, too)))
    for n, (key, row) in enumerate(zip(keys, reading.rows, strict=True)):
        if key is None or last[key] == n:
            kept.append(row)
        else:
            dropped.add((row.sheet, row.row))
            reading.rejects.append(Rejected(row.remark(reader.repeated, REPEATED), row.cells))
            if doubt := reader.doubt(row, reading.rows[last[key]]):
                doubts[last[key], doubt] = reading.rows[last[key]].remark(reader.repeated, doubt)
    if dropped:
        reading.rows = kept
        reading.warnings = [remark for remark in reading.warnings if (remark.sheet, remark.row) not in dropped] + [*doubts.values()]
    reading.rejects.sort(key=lambda rejected: (rejected.remark.sheet, rejected.remark.row))


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


def moment(written: str, is_1904: bool) -> cells.Moment:
    return cells.moment(written, is_1904)


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
    found = tuple(dict.fromkeys(phone for phone in draft.facts.pop("phone", ()) if identifiers.parse_phone(phone).number))
    if not found:
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
