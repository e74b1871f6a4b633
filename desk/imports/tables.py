"""A sheet's table from its header to its last row: which sheets and which of their lines are read at all, and what is said of the others.
What a row's cells mean is asked in desk.imports.rows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from core.tabular import Sheet
from core.workdays import Hours
from desk.imports import cells, headers
from desk.imports.headers import Header
from desk.imports.rows import (
    Days,
    Draft,
    Reader,
    Reading,
    Rejected,
    Remark,
    Row,
    drafts,
    fill,
    in_columns,
    key_of,
    make_plan,
    understand,
)

REPEATED = _("repeated below")
LEGEND = _("legend")  # the sheet of a template that holds no table
PRINTED = _("a line that was printed round the table, no record; passed over")
SAID_SO = _("the cell under %(column)s still says that a row below repeats this one; empty it, and this one comes in")
TOO_MANY = _(
    "this row has %(cells)d cells, the header %(heads)d: a cell that holds the delimiter has fallen into two; join its parts, or put it "
    "in quotation marks (if it is the last column that has no name, give it one)"
)


class NoTable(Exception):
    """No sheet has the columns that are needed, or there is no row below them; str() is a sentence."""


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
        understood = understand(self.plan, columns, len(records))
        examples = self._examples(understood)
        for at, draft in enumerate(drafts(self.plan, self.sheet, header, records, self.days, understood)):
            if at in examples:
                continue
            n, values = draft.n, draft.values
            if beyond and n in beyond:
                self._say_beyond(draft, beyond[n])
            fill(draft, self.reader)
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

    def _examples(self, understood: list[Sequence]) -> set[int]:
        """Rows that somebody has left in the template."""
        return {at for at, meanings in enumerate(zip(*understood, strict=True)) if meanings == self.example} if self.example else set()

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
