"""What the reading process says: JSON lines, a sheet as [name, is_1904], below it its rows as [number, [cells]]."""

import json
import os
from typing import NoReturn

import limits

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class Refused(Exception):
    """code: a key of core.tabular.SENTENCES; numbers: what its sentence names. Never anything that the file says."""

    def __init__(self, code: str, **numbers: int):
        super().__init__(code)
        self.code, self.numbers = code, numbers


class Out:
    def __init__(self, stream):
        self.stream, self.n_sheets, self.n_rows, self.n_cells = stream, 0, 0, 0

    def sheet(self, name: str, is_1904: bool = False) -> None:
        self.n_sheets += 1
        self._write([name, is_1904])

    def row(self, number: int, cells: list[str]) -> None:
        """Outer blanks of a cell go, a row of empty cells too. Raises Refused."""
        cells = [cell.strip() for cell in cells]
        if not any(cells):
            return
        if len(cells) > limits.COLUMNS:
            raise Refused("columns", limit=limits.COLUMNS)
        if max(map(len, cells)) > limits.CELL_CHARACTERS:
            raise Refused("long_cell", row=number, limit=limits.CELL_CHARACTERS)
        self.n_rows += 1
        self.n_cells += len(cells)
        if self.n_rows > limits.ROWS:
            raise Refused("rows", limit=limits.ROWS)
        if self.n_cells > limits.CELLS:
            raise Refused("too_much")
        self._write([number, cells])

    def flush(self) -> None:
        self.stream.flush()

    def refuse(self, refused: Refused, status: int) -> NoReturn:
        """In place of all that was said, and the end: what is still in the buffer may not fit any more, so it is left there."""
        fd = self.stream.fileno()
        os.ftruncate(fd, 0)
        os.lseek(fd, 0, os.SEEK_SET)
        os.write(fd, _encode([refused.code, refused.numbers]).encode())
        os._exit(status)

    def _write(self, line: list) -> None:
        self.stream.write(_encode(line).encode("utf-8", "replace") + b"\n")
