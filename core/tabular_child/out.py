"""What the reading process says: records that RECORD ends, of fields that FIELD parts: of a sheet nothing, its name, 1 if its days
count from 1904, and 1 if it is hidden; below it of each row its number and its cells. (JSON takes three times as long to be read.)"""

import json
import os
from typing import NoReturn

import limits

RECORD, FIELD = "\x1e", "\x1f"  # what ASCII has for that; no text needs them, and those in cells go
_PARTING = str.maketrans(dict.fromkeys(RECORD + FIELD))


class Refused(Exception):
    """code: a key of core.tabular.SENTENCES; numbers: what its sentence names. Never anything that the file says."""

    def __init__(self, code: str, **numbers: int):
        super().__init__(code)
        self.code, self.numbers = code, numbers


class Out:
    def __init__(self, stream):
        self.stream, self.n_sheets, self.n_rows, self.n_cells = stream, 0, 0, 0

    def sheet(self, name: str, is_1904: bool = False, is_hidden: bool = False) -> None:
        self.n_sheets += 1
        self._write(["", name, "1" if is_1904 else "", "1" if is_hidden else ""])

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
        self._write([str(number), *cells])

    def flush(self) -> None:
        self.stream.flush()

    def refuse(self, refused: Refused, status: int) -> NoReturn:
        """In place of all that was said, and the end: what is still in the buffer may not fit any more, so it is left there."""
        fd = self.stream.fileno()
        os.ftruncate(fd, 0)
        os.lseek(fd, 0, os.SEEK_SET)
        os.write(fd, json.dumps([refused.code, refused.numbers]).encode())
        os._exit(status)

    def _write(self, fields: list[str]) -> None:
        record = FIELD.join(fields)
        if record.count(FIELD) >= len(fields) or RECORD in record:
            record = FIELD.join([field.translate(_PARTING) for field in fields])
        self.stream.write((record + RECORD).encode("utf-8", "replace"))
