"""What a file would be understood as, before anything is written: its sheets and columns, and what would become of its rows."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from django.utils.translation import gettext

from core.tabular import Sheet
from core.workdays import Hours
from customers import identifiers
from desk.imports import cells, headers, tables
from desk.imports.headers import Header, Layout
from desk.imports.rows import Reader

UNKNOWN, UNWANTED = "?", "-"  # what a column's select holds besides the names of fields
TRIED = 5000  # rows that are read to say what would become of them
SAMPLES, SAMPLED, SAMPLE_LENGTH = 3, 200, 30
REASONS = 10
_MOBILE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")
_LONG = re.compile(r"(?<![A-Z0-9])(?:[A-HJ-NPR-Z0-9]{17}|\d{17}[0-9X])(?![A-Z0-9])", re.I)


@dataclass
class Column:
    """header: its name, else its letter. key: Header.keys. means: a field, UNKNOWN or UNWANTED. is_first: the first of its key in the
    file, where it can be corrected. spare_for: the column of the same field that goes before it."""

    header: str
    has_name: bool
    key: str
    samples: list[str]
    means: str
    title: str
    is_first: bool
    is_remembered: bool
    spare_for: str = ""


@dataclass
class SheetView:
    """header_row: as the spreadsheet shows it. missing: what each required group without a column may be called; () = it is read."""

    name: str
    is_hidden: bool
    header_row: int
    columns: list[Column]
    missing: list[str]
    rows: int

    @property
    def unknown(self) -> int:
        return sum(column.means == UNKNOWN for column in self.columns)


@dataclass
class Trial:
    """What would become of the rows. read: how many were looked at, of `total`. reasons: (column, reason, count), the most frequent
    first. more: how many reasons are not among them."""

    read: int = 0
    rejected: int = 0
    warned: int = 0
    total: int = 0
    problem: str = ""
    reasons: list[tuple[str, str, int]] = field(default_factory=list)
    more: int = 0

    @property
    def accepted(self) -> int:
        return self.read - self.rejected

    @property
    def is_cut(self) -> bool:
        return self.read < self.total and self.total > TRIED


@dataclass
class Preview:
    """sheets: those with something like a header. others: the names of those without. hidden: of those that are not read because a
    sheet that is to be seen has their columns. clashes: fields that two columns were set to.
    corrections: what the store is to remember; places: what was said of columns without a name, for this file only."""

    sheets: list[SheetView]
    others: list[str]
    hidden: list[str]
    corrections: dict[str, str]
    places: dict[str, str]
    clashes: list[str]
    trial: Trial
    options: list[tuple[str, str]]

    @property
    def can_start(self) -> bool:
        return not self.clashes and not self.trial.problem

    @property
    def lacks_columns(self) -> bool:
        """Nothing can be read before somebody says which column is which."""
        return bool(self.sheets) and all(sheet.missing for sheet in self.sheets)


def look(reader: Reader, sheets: list[Sheet], opening: Hours, learned: Mapping[str, str], chosen: Mapping[str, str] = {}) -> Preview:
    """learned: what the store has said before. chosen: Header.keys -> what its select says now."""
    before = _meanings(find(reader, sheets, learned)[0])
    corrections = _corrections(reader.layout, before, chosen)
    now = {**learned, **corrections}
    found, hidden = find(reader, sheets, now)
    after = _meanings(found)
    corrections = {text: name for text, name in corrections.items() if text in after}
    clashes = [name for text, name in corrections.items() if name and after[text] != name]
    seen: set[str] = set()
    return Preview(
        sheets=[_view(reader.layout, sheet, header, learned, seen) for sheet, header in found if header],
        others=[sheet.name for sheet, header in found if not header],
        hidden=hidden,
        corrections={text: name for text, name in corrections.items() if not headers.is_place(text)},
        places={text: name for text, name in corrections.items() if headers.is_place(text)},
        clashes=[reader.layout.title(name) for name in dict.fromkeys(clashes)],
        trial=_try(reader, found, opening, now),
        options=[(name, reader.layout.title(name)) for name in reader.layout.aliases],
    )


def find(reader: Reader, sheets: list[Sheet], learned: Mapping[str, str]) -> tuple[list[tuple[Sheet, Header | None]], list[str]]:
    """Each sheet's header, and the names of the hidden sheets that have one and are not read (tables.Unfinished). If no sheet has a column
    that is known, the fullest row of the first sheet is taken for one: a person may say what its columns are."""
    found = [(sheet, reader.find(reader.layout, sheet, learned)) for sheet in sheets]
    if sheets and not any(header for _sheet, header in found):
        first = next((sheet for sheet in sheets if sheet.rows and not sheet.is_hidden), sheets[0])
        guessed = _guess(reader.layout, first, learned)
        return [(sheet, guessed if sheet is first else None) for sheet in sheets], []
    whole = [sheet for sheet, header in found if header and not header.missing(reader.layout)]
    if all(sheet.is_hidden for sheet in whole):
        return found, []
    return [(sheet, header) for sheet, header in found if not sheet.is_hidden], [sheet.name for sheet in whole if sheet.is_hidden]


def _guess(layout: Layout, sheet: Sheet, learned: Mapping[str, str]) -> Header | None:
    top = sheet.rows[: headers.TITLE_ROWS]
    if not top:
        return None
    at = max(range(len(top)), key=lambda n: (sum(1 for cell in top[n][1] if cell), -n))
    return headers.match(layout, at, top[at][1], learned)


def _meaning(header: Header, index: int) -> str:
    name = next((name for name, indexes in header.columns.items() if index in indexes), None)
    return name or (UNKNOWN if index in header.unknown else UNWANTED)


def _meanings(found: list[tuple[Sheet, Header | None]]) -> dict[str, str]:
    """Header.keys -> what it is understood as; the first column of that key counts."""
    meanings: dict[str, str] = {}
    for _sheet, header in found:
        for index in range(len(header.names) if header else 0):
            meanings.setdefault(header.keys[index], _meaning(header, index))
    return meanings


def _corrections(layout: Layout, before: Mapping[str, str], chosen: Mapping[str, str]) -> dict[str, str]:
    """Only what differs from what was understood anyway: Header.keys -> field, '' for not wanted."""
    known = layout.by_header
    return {
        text: "" if means == UNWANTED else means
        for text, means in chosen.items()
        if text and (means == UNWANTED or means in layout.aliases) and means != before.get(text, known.get(text, UNKNOWN))
    }


def _view(layout: Layout, sheet: Sheet, header: Header, learned: Mapping[str, str], seen: set[str]) -> SheetView:
    below, key = sheet.rows[header.at + 1 :], header.key(layout)
    is_again = headers.repeats(header, sheet, key)
    records = [
        values
        for _n, values in below[:SAMPLED]
        if not (headers.is_total(values, key) or is_again(values) or headers.is_printed(next(filter(None, values), "")))
    ]
    columns = []
    for index, name in enumerate(header.names):
        key, has_name = header.keys[index], bool(headers.plain(name))
        samples = _samples(records, index)
        if not has_name and not samples:
            continue
        means = _meaning(header, index)
        title = layout.title(means) if means in layout.aliases else ""
        if title and (factor := headers.factor(name)) > 1:
            samples = [f"{sample} × {factor:,}" if sample[-1].isdigit() else sample for sample in samples]
        is_spare = title and means not in layout.several and header.columns[means][0] != index
        spare_for = header.title(means) if is_spare else ""
        shown = header.name_at(index)
        columns.append(Column(shown, has_name, key, samples, means, title, key not in seen, key in learned, spare_for))
        seen.add(key)
    return SheetView(sheet.name, sheet.is_hidden, sheet.rows[header.at][0], columns, header.missing(layout), len(below))


def _samples(records: list[list[str]], index: int) -> list[str]:
    found: dict[str, None] = {}
    for values in records:
        text = cells.clean(cells.bare(values[index])) if index < len(values) else ""
        if text:
            found.setdefault(text)
            if len(found) == SAMPLES:
                break
    return [masked(text)[:SAMPLE_LENGTH] for text in found]


def masked(text: str) -> str:
    """Phones, VINs and identity numbers are not shown whole, in whichever column they stand."""
    text = _LONG.sub(lambda number: identifiers.mask_vin(number[0]), _MOBILE.sub(lambda number: identifiers.mask_phone(number[0]), text))
    number = identifiers.parse_phone(text) if re.fullmatch(r"[\d\s+()\-.]{7,20}", text) else None
    return identifiers.mask_phone(number.number) if number and number.is_valid else text


def _try(reader: Reader, found: list[tuple[Sheet, Header | None]], opening: Hours, learned: Mapping[str, str]) -> Trial:
    cut, left, trial = [], TRIED, Trial()
    for sheet, header in found:
        if header is None or header.missing(reader.layout):
            continue
        part = sheet.rows[: header.at + 1 + left]
        left -= len(part) - header.at - 1
        trial.total += len(sheet.rows) - header.at - 1
        cut.append(replace(sheet, rows=part))
    try:
        reading = tables.read(reader, cut or [sheet for sheet, _header in found], opening, learned)
    except tables.NoTable as problem:
        trial.problem = str(problem)
        return trial
    trial.read, trial.rejected = len(reading.rows) + len(reading.rejects), len(reading.rejects)
    trial.warned = len({(remark.sheet, remark.row) for remark in reading.warnings})
    counted = Counter((column, gettext(text) % params) for reject in reading.rejects for column, text, params in reject.remark.reasons)
    trial.reasons = [(column, reason, count) for (column, reason), count in counted.most_common(REASONS)]
    trial.more = len(counted) - len(trial.reasons)
    return trial
