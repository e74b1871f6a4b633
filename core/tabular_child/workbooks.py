"""Excel's workbooks (.xlsx, .xlsm, .xls), read by calamine after a look at what it would have to swallow."""

import io
import struct
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from functools import partial
from itertools import chain, islice
from typing import Any

import limits
from out import Out, Refused

SMALL = 1024**2  # bytes of a packed workbook: of a larger one calamine takes longer than the look does
BOOKS = ("Workbook", "Book")  # the stream of a .xls: since Excel 97, before
# Records of a .xls and what its errors are called ([MS-XLS] 2.3, 2.5.10).
FORMULA, EOF, DATEMODE, FILEPASS, BOUNDSHEET, BOOLERR = 0x06, 0x0A, 0x22, 0x2F, 0x85, 0x205
ERRORS = {
    0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A", 0x2B: "#GETTING_DATA",
}  # fmt: skip
Errors = dict[int, dict[int, str]]  # row number -> index of the column -> what stands in the cell


def read_zip(data: bytes, out: Out) -> None:
    look, sheets = _Look(data), _sheets(data)
    try:
        first = list(islice(sheets, 1))  # what takes calamine long, while the look is still being taken
    except BaseException:  # calamine's panics are no Exception
        look.say()  # may know better
        raise
    is_1904, has_errors = look.say()
    if has_errors:
        from packed import spelt_out

        sheets = _sheets(spelt_out(data))
    _write(sheets if has_errors else chain(first, sheets), is_1904, out)


class _Look:
    """packed.look() in a thread of its own, for a large workbook; of a small one it is over before calamine begins, which would
    have to fill whatever a single cell spans."""

    def __init__(self, data: bytes):
        self.data, self.found = data, (False, False)
        self.problem: BaseException | None = None
        self.thread = threading.Thread(target=self._take)
        self.thread.start()
        if len(data) < SMALL:
            self.say()

    def _take(self) -> None:
        try:
            from packed import look

            self.found = look(self.data)
        except BaseException as problem:  # that there was no memory for it, too: else nothing of it would be known, nor that
            self.problem = problem

    def say(self) -> tuple[bool, bool]:
        self.thread.join()
        if self.problem:
            raise self.problem
        return self.found


def read_ole(data: bytes, out: Out) -> None:
    """The container of .xls, of .doc, and of a .xlsx with a password."""
    try:
        streams = _streams(data)
        workbook = next((streams[name] for name in BOOKS if name in streams), None)
        is_1904, is_encrypted, sheets = _globals(workbook or b"")
    except (struct.error, IndexError, ValueError, OverflowError):
        raise Refused("damaged") from None
    if "EncryptedPackage" in streams or is_encrypted:
        raise Refused("encrypted")
    if not streams:
        raise Refused("damaged")  # cut off before its directory
    if workbook is None:
        raise Refused("no_table_kind")
    _write(_sheets(data), is_1904, out, [partial(_errors, workbook, at) for at in sheets])


def _streams(data: bytes) -> dict[str, bytes]:
    """Name -> content, of a compound file ([MS-CFB]); b'' for all but the workbook, and for one in the mini stream (a workbook is longer)."""
    size = 1 << struct.unpack_from("<H", data, 30)[0]
    if size not in (512, 4096):
        raise ValueError(size)
    sector = lambda n: data[(n + 1) * size : (n + 2) * size]  # noqa: E731
    n_fat, first, further = (struct.unpack_from("<I", data, at)[0] for at in (44, 48, 68))
    places = list(struct.unpack_from(f"<{min(n_fat, 109)}I", data, 76))
    while len(places) < min(n_fat, len(data) // size):  # of a file of more than 7 MB: each such sector ends with the number of the next
        *more, further = struct.unpack(f"<{size // 4}I", sector(further))
        places += more
    fat = b"".join(sector(n) for n in places)
    following = struct.unpack(f"<{len(fat) // 4}I", fat[: len(fat) // 4 * 4])

    def chain(n: int, most: int) -> bytes:
        pieces = []
        while n < len(following) and len(pieces) * size < most:
            pieces.append(sector(n))
            n = following[n]
        return b"".join(pieces)

    found, folder = {}, chain(first, 64 * 1024)
    for at in range(0, len(folder) - 127, 128):
        length, kind = struct.unpack_from("<HB", folder, at + 64)
        start, n_bytes = struct.unpack_from("<II", folder, at + 116)
        if kind == 2 and 2 <= length <= 64:
            name = folder[at : at + length - 2].decode("utf-16-le", "replace")
            found[name] = chain(start, min(n_bytes, len(data))) if name in BOOKS and n_bytes >= 4096 else b""
    return found


def _records(workbook: bytes, at: int) -> Iterator[tuple[int, int, int]]:
    """(kind, where its content begins, length) of each until the end of the sheet; the content of a damaged one may lie outside."""
    while at + 4 <= len(workbook):
        kind, length = struct.unpack_from("<HH", workbook, at)
        at += 4
        if kind == EOF:
            return
        yield kind, at, length
        at += length


def _globals(workbook: bytes) -> tuple[bool, bool, list[int]]:
    """(days count from 1904, encrypted, where each sheet begins) by the workbook's first records."""
    is_1904 = is_encrypted = False
    sheets = []
    for kind, at, length in _records(workbook, 0):
        is_1904 |= kind == DATEMODE and length >= 2 and struct.unpack_from("<H", workbook, at)[0] == 1
        is_encrypted |= kind == FILEPASS
        if kind == BOUNDSHEET and length >= 4:
            sheets.append(struct.unpack_from("<I", workbook, at)[0])
    return is_1904, is_encrypted, sheets


def _errors(workbook: bytes, sheet: int) -> Errors:
    """Of the sheet that begins there; calamine gives an error as it gives an empty cell."""
    found: Errors = {}
    for kind, at, length in _records(workbook, sheet):
        if kind == BOOLERR and length >= 8 and workbook[at + 7] == 1:
            code = workbook[at + 6]
        elif kind == FORMULA and length >= 14 and workbook[at + 6] == 2 and workbook[at + 12 : at + 14] == b"\xff\xff":
            code = workbook[at + 8]
        else:
            continue
        row, column = struct.unpack_from("<HH", workbook, at)
        found.setdefault(row + 1, {})[column] = ERRORS[code]
    return found


def _sheets(data: bytes) -> Iterator[tuple[int, str, bool, Any]]:
    """(index, name, whether it is hidden, sheet as calamine has it) of each that is a table."""
    import python_calamine as calamine

    try:
        book = calamine.load_workbook(io.BytesIO(data))
        for index, about in enumerate(book.sheets_metadata):
            if about.typ == calamine.SheetTypeEnum.WorkSheet:  # no chart, no macro sheet
                yield index, about.name, about.visible != calamine.SheetVisibleEnum.Visible, book.get_sheet_by_index(index)
    except calamine.PasswordError:
        raise Refused("encrypted") from None
    except calamine.CalamineError:
        raise Refused("damaged") from None


def _write(sheets: Iterable[tuple[int, str, bool, Any]], is_1904: bool, out: Out, errors: Sequence[Callable[[], Errors]] = ()) -> None:
    """errors: of each sheet, those that are not spelt out in it."""
    for index, name, is_hidden, sheet in sheets:
        out.sheet(name, is_1904, is_hidden)
        left = [""] * (
            sheet.start[1] if sheet.start else 0
        )  # calamine begins at the first row, but at the first column with something in it
        if len(left) + sheet.width > limits.COLUMNS:
            raise Refused("columns", limit=limits.COLUMNS)
        spelt = errors[index]() if index < len(errors) else {}
        for number, row in enumerate(sheet.iter_rows(), start=1):
            cells = left + [value if type(value) is str else _text(value) for value in row]
            for column, error in spelt.get(number, {}).items():
                cells[column] = cells[column] or error
            out.row(number, cells)


def _text(value) -> str:
    """A value as calamine gives it, as people write it: 13812345678.0 -> '13812345678', midnight of a day -> '2026-01-05'."""
    if isinstance(value, float):
        return number(value)
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, date | time):
        return value.replace(microsecond=0).isoformat() if isinstance(value, time) else value.isoformat()
    if isinstance(value, timedelta):
        minutes, seconds = divmod(round(value.total_seconds()), 60)
        return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
    return "" if value is None else str(value)


def number(value: float) -> str:
    return str(int(value)) if value.is_integer() else repr(value)


def moment(value: datetime) -> str:
    """To the nearest second: Excel keeps a time as a fraction of a day, so 14:30 may arrive as 14:29:59.999."""
    if value.microsecond:
        value = value.replace(microsecond=0) + timedelta(seconds=value.microsecond >= 500_000)
    return str(value).removesuffix(" 00:00:00")
