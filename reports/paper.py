"""A form as rows of cells: the same on the screen, on paper and in Excel. Forms 1, 2, 5–9 and the departments' weekly sheets are such.

The words of a form are Chinese in every language of the interface, as those of forms 3 and 4 are.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple

from customers.identifiers import mask_phone, mask_vin
from reports.forms_callback import NOTHING, national, period_text
from reports.periods import Period
from staff.models import Access, Store

CHINESE = "zh-hans"


class Cell(NamedTuple):
    """kind: its look (reports.paper_workbook). span, rows: over how many columns and rows it reaches; a row that one from
    above reaches into leaves it out. url: where a number leads on the screen."""

    value: str | int | float | date | None = None
    kind: str = "centre"
    span: int = 1
    rows: int = 1
    url: str = ""
    is_bad: bool = False

    @property
    def shown(self) -> str:
        value = self.value
        if value is None:
            return NOTHING if self.kind.endswith("share") else ""
        return f"{value:.1%}" if self.kind.endswith("share") else str(value)

    @property
    def is_head(self) -> bool:
        return self.kind in ("head", "label")


Row = list[Cell]


@dataclass
class Block:
    """caption: over the full width. heads: again on every sheet of paper where the block is the form's only one. is_page: begins a
    sheet of paper."""

    caption: str = ""
    heads: list[Row] = field(default_factory=list)
    rows: Iterable[Row] = ()
    totals: list[Row] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    is_page: bool = False


class Sheet:
    """A form of a store and period. widths: of its columns, in characters; the cells of every row cover all of them.

    access: who looks; nobody reads a complaint about themselves (当事人回避). None: the whole store, as the command writes it.
    """

    title: str
    widths: Sequence[float]
    notes: Sequence[str] = ()
    is_portrait = False
    per_page = 200
    left_out: Sequence[str] = ()  # what is missing for this reader, in words

    def __init__(self, store: Store, period: Period, access: Access | None = None):
        self.store, self.period, self.access = store, period, access

    def __len__(self) -> int:
        """Of the rows (or cases) that a page of the screen has `per_page` of."""
        raise NotImplementedError

    def blocks(self, *, whole: bool, first: int = 0, count: int | None = None) -> Iterator[Block]:
        """whole: with whole phone numbers and VINs. first, count: which of the rows; sums are over all of them."""
        raise NotImplementedError

    @property
    def period_text(self) -> str:
        return period_text(self.period)

    def moment(self, at: datetime | None) -> str:
        return f"{at.astimezone(self.store.tz):%Y-%m-%d %H:%M}" if at else NOTHING


def heads(names: Sequence[str | tuple[str, Sequence[str]]]) -> list[Row]:
    """Of a table: a name, or (name, the columns below it)."""
    if all(isinstance(name, str) for name in names):
        return [[Cell(name, "head") for name in names]]
    top: Row = []
    below: Row = []
    for name in names:
        if isinstance(name, str):
            top.append(Cell(name, "head", rows=2))
        else:
            top.append(Cell(name[0], "head", span=len(name[1])))
            below += [Cell(part, "head") for part in name[1]]
    return [top, below]


def phone(number: str, whole: bool) -> str:
    return national(number) if whole else (mask_phone(number) if number else NOTHING)


def vin(number: str, whole: bool) -> str:
    return (number if whole else mask_vin(number)) or NOTHING


def share(part: int, of: int) -> float | None:
    return part / of if of else None


def change(now: int, before: int) -> str:
    return f"{now - before:+d}".replace("-", "−") if now != before else "±0"
