"""Tables in HTML and in Excel 2003's XML."""

import io
import re
from datetime import datetime
from html.parser import HTMLParser
from xml.parsers import expat

import limits
from out import Out, Refused
from workbooks import moment, number

CHUNK = 64 * 1024
# "<" that begins nothing: the parser takes each for a text of its own, and ten seconds for five million of them.
_STRAY = re.compile(r"<(?=[^a-zA-Z/!?])")


class Grid:
    """Cells put one after another, left to right, leave out the places that a cell above or beside them covers. A merged cell's value stands top left."""

    def __init__(self):
        self.row = 0
        self.cells: list[str] = []
        self.covered: dict[int, int] = {}  # column -> the last row that is covered

    def next_row(self) -> None:
        self.row += 1
        self.cells = []

    def put(self, text: str, rowspan: int = 1, colspan: int = 1) -> None:
        if self.covered:
            while self.covered.get(len(self.cells), 0) >= self.row:
                self.cells.append("")
        if rowspan > 1:
            for column in range(len(self.cells), len(self.cells) + colspan):
                self.covered[column] = self.row + rowspan - 1
        self.cells += [text] + [""] * (colspan - 1)
        if len(self.cells) > limits.COLUMNS:
            raise Refused("columns", limit=limits.COLUMNS)


def _span(text: str | None, most: int) -> int:
    return min(max(int(text), 1), most) if text and text.isdecimal() and len(text) < 9 else 1


class _Table:
    def __init__(self):
        self.grid, self.rows = Grid(), []
        self.in_cell, self.pieces, self.spans = False, [], (1, 1)


class _Html(HTMLParser):
    """Each table is a sheet, also one within a cell of another."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open: list[_Table] = []
        self.tables: list[_Table] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self.open.append(_Table())
            self.tables.append(self.open[-1])
            if len(self.open) > 50:
                raise Refused("damaged")
        elif self.open and tag == "tr":
            self._end_row()
            self.open[-1].grid.next_row()
        elif self.open and tag in {"td", "th"}:
            self._end_cell()
            table, given = self.open[-1], dict(attrs)
            table.in_cell = True
            table.spans = _span(given.get("rowspan"), limits.ROWS), _span(given.get("colspan"), limits.COLUMNS)
            if not table.grid.row:
                table.grid.next_row()
        elif self.open and tag in {"br", "p", "div", "li"}:
            self.open[-1].pieces.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if self.open and tag in {"td", "th"}:
            self._end_cell()
        elif self.open and tag == "tr":
            self._end_row()
        elif self.open and tag == "table":
            self._end_row()
            self.open.pop()

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1].in_cell and self.cdata_elem is None:
            self.open[-1].pieces.append(data)

    def close(self) -> None:
        super().close()
        while self.open:
            self.handle_endtag("table")

    def _end_cell(self) -> None:
        table = self.open[-1]
        if table.in_cell:
            parts = (" ".join(part.split()) for part in _lines(table.pieces))
            table.grid.put("\n".join(part for part in parts if part), *table.spans)
        table.in_cell, table.pieces = False, []

    def _end_row(self) -> None:
        self._end_cell()
        table = self.open[-1]
        if table.grid.cells:
            table.rows.append((table.grid.row, table.grid.cells))
            table.grid.cells = []


def _lines(pieces: list[str]) -> list[str]:
    """A line break in the source is a blank, one that <br> makes is one."""
    return "".join(piece if piece == "\n" else piece.replace("\n", " ").replace("\r", " ") for piece in pieces).split("\n")


def read_html(data: bytes, encoding: str, out: Out) -> None:
    parser = _Html()
    with io.TextIOWrapper(io.BytesIO(data), encoding) as text:
        while chunk := text.read(CHUNK):
            parser.feed(_STRAY.sub("&lt;", chunk))
    parser.close()
    tables = [table for table in parser.tables if any(any(cells) for _row, cells in table.rows)]
    if not tables:
        raise Refused("no_table")
    for n, table in enumerate(tables, start=1):
        out.sheet("" if len(tables) == 1 else f"Table {n}")
        for row, cells in table.rows:
            out.row(row, cells)


def read_xml(data: bytes, encoding: str, out: Out) -> None:
    """SpreadsheetML 2003. Declared entities are refused before they can be used."""
    parser = expat.ParserCreate(namespace_separator=" ")
    reader = _SpreadsheetML(out)
    parser.StartDoctypeDeclHandler = reader.doctype
    parser.StartElementHandler, parser.EndElementHandler = reader.start, reader.end
    parser.CharacterDataHandler = reader.text
    parser.buffer_text = True
    try:
        with io.TextIOWrapper(io.BytesIO(data), encoding) as text:
            beginning = text.read(CHUNK).lstrip("\ufeff \r\n\t")
            parser.Parse(beginning)  # as text: what the declaration says of the encoding no longer counts
            while chunk := text.read(CHUNK):
                parser.Parse(chunk)
        parser.Parse("", True)
    except expat.ExpatError:
        raise Refused("damaged") from None
    if not out.n_sheets:
        raise Refused("no_table")


_SS = "urn:schemas-microsoft-com:office:spreadsheet "


class _SpreadsheetML:
    def __init__(self, out: Out):
        self.out, self.grid = out, Grid()
        self.in_data, self.kind, self.pieces, self.spans = False, "", [], (1, 1)

    def doctype(self, *_args) -> None:
        raise Refused("entities")

    def start(self, tag: str, attrs: dict[str, str]) -> None:
        name = tag.removeprefix(_SS)
        if name == "Worksheet":
            self.out.sheet(attrs.get(_SS + "Name", ""))
            self.grid = Grid()
        elif name == "Row":
            self.grid.next_row()
            self.grid.row = max(self.grid.row, _span(attrs.get(_SS + "Index"), 10**7))
        elif name == "Cell":
            index = _span(attrs.get(_SS + "Index"), limits.COLUMNS + 2) - 1
            if index > limits.COLUMNS:
                raise Refused("columns", limit=limits.COLUMNS)
            self.grid.cells += [""] * (index - len(self.grid.cells))
            down, across = attrs.get(_SS + "MergeDown", "0"), attrs.get(_SS + "MergeAcross", "0")
            self.spans = (_plus_one(down, limits.ROWS), _plus_one(across, limits.COLUMNS))
            self.pieces, self.kind = [], ""
        elif name == "Data":
            self.in_data, self.kind = True, attrs.get(_SS + "Type", "String")

    def end(self, tag: str) -> None:
        name = tag.removeprefix(_SS)
        if name == "Data":
            self.in_data = False
        elif name == "Cell":
            self.grid.put(_value("".join(self.pieces), self.kind), *self.spans)
        elif name == "Row":
            self.out.row(self.grid.row, self.grid.cells)

    def text(self, data: str) -> None:
        if self.in_data:
            self.pieces.append(data)


def _plus_one(text: str, most: int) -> int:
    return min(_span(text, most) + 1, most) if text != "0" else 1


def _value(text: str, kind: str) -> str:
    try:
        if kind == "Number":
            return number(float(text))
        if kind == "DateTime":
            return moment(datetime.fromisoformat(text))
    except ValueError:
        return text
    return {"1": "TRUE", "0": "FALSE"}.get(text, text) if kind == "Boolean" else text
