"""Which column is which: headers match by alias, ignoring blanks, full-width forms, asterisks and bracketed units (contracts.md)."""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import zip_longest

from core.tabular import Sheet
from desk.imports.cells import NOTHING

TITLE_ROWS = 30  # how far down a header row is looked for
REASON = {"原因", "reason"}  # the column that a download of rejected rows adds
IGNORED = {"", "序号", "no", "no.", *REASON}
_UNIT = re.compile(r"[(\[【](?:单位:?)?(万)[)\]】]|(万|千)(?:元|公里|千米|km)")
TOTALS = {
    of + word for of in ("", "本页", "本日", "本周", "本月", "本季", "本年", "当日", "当月") for word in ("合计", "总计", "小计", "累计")
}
_PERIOD = re.compile(r"^[\d年月日至~./-]+")  # 2026年9月合计
# What is printed round a table: 制表人：…, 打印时间：…, 第1页 共2页, 说明：…
_PRINTED = re.compile(
    r"[\u4e00-\u9fff]{1,12}:|第\d+页|共\d+页|(制表|制单|填表|打印|导出|审核|复核)(人|员|时间|日期)|(说明|备注|注|以下空白)$"
)


@dataclass(frozen=True)
class Layout:
    """aliases: field -> what its column may be called, the usual name first. required: of each group at least one column must be
    there; the first group is the key that a row of totals lacks. several: fields that may stand in more than one column."""

    aliases: Mapping[str, tuple[str, ...]]
    required: tuple[tuple[str, ...], ...]
    several: frozenset[str] = frozenset({"phone", "technician"})

    @cached_property
    def by_header(self) -> dict[str, str]:
        return {plain(alias): name for name, aliases in self.aliases.items() for alias in aliases}

    def title(self, name: str) -> str:
        return self.aliases[name][0]


def _bare(header: str) -> str:
    """='工单号' stands where a system protects every cell of a CSV."""
    return re.sub(r"[\s*'\"]|^=(?=\")", "", unicodedata.normalize("NFKC", header)).lower()


def factor(header: str) -> int:
    """Of the unit that a header says: '车价（万元）', '里程(万公里)' -> 10,000; '工时费（千元）' -> 1,000; '里程(千米)' -> 1."""
    unit = _UNIT.search(_bare(header))
    return {"万": 10_000, "千": 1_000}[unit[1] or unit[2]] if unit else 1


def plain(header: str) -> str:
    """'＊车架号（VIN）' -> '车架号vin'; '里程(km)' -> '里程'. A bracketed word of letters that names the thing stays."""
    text = _bare(header).rstrip(":")
    text = re.sub(r"[(\[【](?!vin[)\]】])[^)\]】]*[)\]】]", "", text)
    return re.sub(r"[(\[【]vin[)\]】]", "vin", text)


def letter(index: int) -> str:
    """What spreadsheets call a column: 0 is A. (openpyxl's own function brings numpy with it: 17 MB in each worker.)"""
    above, this = divmod(index, 26)
    return (letter(above - 1) if above else "") + chr(ord("A") + this)


def place(index: int) -> str:
    """What stands for a column whose header cell says nothing: '[F]'. No header is plainly so, for what is in brackets goes."""
    return f"[{letter(index)}]"


def is_place(text: str) -> bool:
    return text.startswith("[")


@dataclass
class Header:
    """at: the index of the (last) header row among the sheet's rows. names: the header cells as the file has them.
    columns: field -> the indexes of its columns; where the first one's cell is empty, the next one's counts (or all, of several).
    unknown: indexes of columns that nobody knows. nameless: of those without a name in which something stands, once rows have been read.
    is_1904: the sheet's epoch."""

    at: int
    names: list[str]
    columns: dict[str, list[int]] = field(default_factory=dict)
    unknown: list[int] = field(default_factory=list)
    nameless: set[int] = field(default_factory=set)
    is_1904: bool = False

    @property
    def width(self) -> int:
        """Up to the last column that has a name, or has been said to be something."""
        named = [index for index, name in enumerate(self.names) if name]
        return 1 + max([*named, *(index for indexes in self.columns.values() for index in indexes)], default=-1)

    def raw(self, name: str, cells: list[str]) -> str:
        """The cell that counts, as the file has it."""
        texts = [cells[index] for index in self.columns.get(name, ()) if index < len(cells)]
        return next((text for text in texts if text not in NOTHING), texts[0] if texts else "")

    def title(self, name: str) -> str:
        return self.name_at(self.columns[name][0]) if name in self.columns else ""

    def name_at(self, index: int) -> str:
        """As the file has it; a column without a name goes by its letter."""
        return "".join(self.names[index : index + 1]) or letter(index)

    @cached_property
    def keys(self) -> list[str]:
        """By what people say which column it is: its plain header, of several of that name each with its number; without one its place."""
        counted: Counter[str] = Counter()
        keys = []
        for index, text in enumerate(map(plain, self.names)):
            counted[text] += 1
            keys.append(place(index) if not text else text if counted[text] == 1 else f"{text}#{counted[text]}")
        return keys

    def key(self, layout: Layout) -> int | None:
        """The column that a row of totals lacks."""
        return next((self.columns[name][0] for name in layout.required[0] if name in self.columns), None)

    def missing(self, layout: Layout) -> list[str]:
        """The usual name of each required group without a column."""
        return [layout.title(group[0]) for group in layout.required if not any(name in self.columns for name in group)]


def match(layout: Layout, at: int, cells: list[str], learned: Mapping[str, str] = {}) -> Header:
    """learned: Header.keys -> field ('' for: not wanted), what the store's people have said; it goes before the aliases. What was said
    of a name holds for all columns of that name, of which nothing else was said."""
    header, known = Header(at, cells), layout.by_header
    for index, (cell, key) in enumerate(zip(cells, header.keys, strict=True)):
        text = plain(cell)
        said = None if is_place(key) else learned.get(key, learned.get(text))
        name = known.get(text) if said is None else said
        if name and (name not in header.columns or name in layout.several or said is None):
            header.columns.setdefault(name, []).append(index)
        elif text not in IGNORED and name != "":
            header.unknown.append(index)
    if header.columns and any(map(is_place, learned)):  # a row that is no header has cells without a text, too
        for index, key in enumerate(header.keys):
            name = learned.get(key) if is_place(key) else ""
            if name and (name not in header.columns or name in layout.several):
                header.columns.setdefault(name, []).append(index)
    return header


def find(layout: Layout, sheet: Sheet, learned: Mapping[str, str] = {}) -> Header | None:
    """The header row of a sheet, also below title rows; the best candidate when none is complete, None when nothing matches.

    What a report was asked for may stand above it, '工单号: … 车牌号: …', in the same words: of rows that name columns, one below the
    other, the one that names the most of them is the header. (A row below others is that of another table.)"""
    best = None
    top = [cells for _row, cells in sheet.rows[:TITLE_ROWS]]
    for at in range(len(top)):
        header = _match_merged(layout, at, top, learned)
        is_found = best is not None and not best.missing(layout)
        if is_found and not header.columns:
            return best
        if best is None or len(header.columns) > len(best.columns) or not (is_found or header.missing(layout)):
            best = header
    return best if best and len(best.columns) > 1 else None


def _match_merged(layout: Layout, at: int, top: list[list[str]], learned: Mapping[str, str]) -> Header:
    """The row as a header; or with the next one, where more is known so than in either: of cells merged over two rows the name
    stands in the upper one, of those below a common name in the lower one, or in both: 客户 over 姓名 and 电话."""
    upper = match(layout, at, top[at], learned)
    if at + 1 == len(top):
        return upper
    lower = match(layout, at + 1, top[at + 1], learned)
    known, names, common = {*layout.by_header, *learned}, [], ""
    for above, below in zip_longest(top[at], top[at + 1], fillvalue=""):
        common = above or common  # a merged cell's text stands in its first column
        joined = common + below
        names.append(joined if common and below and plain(joined) in known else below or above)
    both = match(layout, at + 1, names, learned)
    return both if len(both.columns) > max(len(upper.columns), len(lower.columns)) else upper


def is_total(cells: list[str], key: int | None) -> bool:
    """A row that says 合计 (总计, 小计, 累计) instead of a key."""
    if key is not None and key < len(cells) and cells[key] and (cells[key].isascii() or not _says_total(cells[key])):
        return False
    return any(map(_says_total, cells))


def _says_total(cell: str) -> bool:
    return "计" in cell and _PERIOD.sub("", plain(cell)) in TOTALS


def repeats(header: Header, sheet: Sheet, key: int | None) -> Callable[[list[str]], bool]:
    """Says whether a row is the header, or one of those above it, once more: so the next printed page begins. key: the column that tells
    most other rows at once."""
    above, at = [cells for _n, cells in sheet.rows[: header.at + 1]], key or 0
    first = {"".join(cells[at : at + 1]) for cells in above}
    rows = [_said(cells) for cells in above]
    return lambda cells: "".join(cells[at : at + 1]) in first and _said(cells) in rows


def _said(cells: list[str]) -> list[str]:
    return [plain(cell) for cell in cells if cell]


def is_printed(cell: str) -> bool:
    """Such as stands round a printed table, and in no record's key."""
    return bool(_PRINTED.match(_bare(cell)))


def header_of(run, sheet: str) -> Header:
    """The header row of a sheet as it was understood when an ImportRun's file was read."""
    known = next((about for name, about in run.sheets.items() if name[:200] == sheet), None) or {"names": [], "columns": {}}
    return Header(0, known["names"], known["columns"], is_1904=known.get("is_1904", False))
