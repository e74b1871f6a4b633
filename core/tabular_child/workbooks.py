"""Excel's workbooks (.xlsx, .xlsm, .xls), read by calamine after a look at what it would have to swallow."""

import io
import re
import struct
import threading
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from functools import partial
from itertools import chain, islice
from typing import Any

import limits
from out import Out, Refused

CHUNK = 1024**2
SMALL = 1024**2  # bytes of a packed workbook: of a larger one calamine takes longer than the look does
SHEETS = "xl/worksheets/"
BOOKS = ("Workbook", "Book")  # the stream of a .xls: since Excel 97, before
OVERLAP = 512
# A cell with something in it right of column SF (500): calamine would fill the whole rectangle up to it.
_FAR = re.compile(rb'<(?:\w+:)?c\s[^>]*?\br="(?:([A-Z]{3}|S[G-Z]|[T-Z][A-Z])\d+)"[^>]*(?<!/)>(?!</)')
_FAR_PLACE = re.compile(rb'r="(?:[A-Z]{3}|S[G-Z]|[T-Z][A-Z])\d')  # without it there is none: eight times as fast to look for
_1904 = re.compile(rb"""\bdate1904\s*=\s*["'](?:1|true)""")
_DECLARED = (b"<!DOCTYPE", b"<!ENTITY")
_ELEMENT = re.compile(rb"<\w")
# What calamine gives as it gives an empty cell: an error, and a formula without a value and a type, which nobody has calculated.
_ERROR_TYPE = b't="e"'
_ERROR = re.compile(rb't="e"(?=[^<>]*>)')
_NO_VALUE = re.compile(rb"f>\s*(?:<((?:\w+:)?)v\s*/>|<((?:\w+:)?)v>\s*</\2v>)?\s*(</((?:\w+:)?)c>)")
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
    _write(chain(first, sheets) if not has_errors else _sheets(_spelt_out(data)), is_1904, out)


class _Look:
    """_look_into() in a thread of its own, for a large workbook; of a small one it is over before calamine begins, which would
    have to fill whatever a single cell spans."""

    def __init__(self, data: bytes):
        self.data, self.found, self.problem = data, (False, False), None
        self.thread = threading.Thread(target=self._take)
        self.thread.start()
        if len(data) < SMALL:
            self.say()

    def _take(self) -> None:
        try:
            self.found = _look_into(self.data)
        except Refused as refused:
            self.problem = refused
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError, struct.error):
            self.problem = Refused("damaged")

    def say(self) -> tuple[bool, bool]:
        self.thread.join()
        if self.problem:
            raise self.problem
        return self.found


def _look_into(data: bytes) -> tuple[bool, bool]:
    """(days count from 1904, cells hold errors or formulas without a result). Raises Refused, and what zipfile raises."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        entries = archive.infolist()
        if any(entry.flag_bits & 1 for entry in entries):
            raise Refused("encrypted")
        if sum(entry.file_size for entry in entries) > limits.UNPACKED_BYTES:
            raise Refused("bomb", limit=limits.UNPACKED_BYTES // 1024**2)
        parts = {entry.filename.lower().lstrip("/"): entry for entry in entries}
        if "xl/workbook.xml" not in parts:
            raise Refused("no_table_kind")
        is_1904 = has_errors = False
        for name, entry in parts.items():
            # Also proves the declared sizes: zipfile reads no further than declared, and then the sum does not fit.
            if name.startswith("xl/") and name.endswith(".xml"):
                says_1904, has = _look_at(archive, entry, name)
                is_1904 |= says_1904 and name == "xl/workbook.xml"
                has_errors |= has
    return is_1904, has_errors


def _look_at(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str) -> tuple[bool, bool]:
    """(date1904 is set in it, it is a sheet with errors or formulas without a result). Raises Refused."""
    is_sheet, is_1904, has_errors, is_begun, tail = name.startswith(SHEETS), False, False, False, b""
    with archive.open(entry) as part:
        while chunk := part.read(CHUNK):
            window = tail + chunk
            if not is_begun and any(word in window for word in _DECLARED):
                raise Refused("entities")
            is_begun = is_begun or bool(_ELEMENT.search(window))  # behind its first element XML declares nothing
            if is_sheet and _FAR_PLACE.search(window) and _FAR.search(window):
                raise Refused("columns", limit=limits.COLUMNS)
            is_1904 |= not is_sheet and bool(_1904.search(window))
            if is_sheet and not has_errors:
                has_errors = _ERROR_TYPE in window or any(map(_is_uncalculated, _NO_VALUE.finditer(window)))
            tail = window[-OVERLAP:]
    return is_1904, has_errors


def _spelt_out(data: bytes) -> bytes:
    """The workbook with its errors as texts (#REF!); a formula without a result is #CALC!, as in Excel."""
    held = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as archive, zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as copy:
        for entry in archive.infolist():
            is_sheet, rest = entry.filename.lower().lstrip("/").startswith(SHEETS), b""
            with archive.open(entry) as part, copy.open(entry.filename, "w") as written:
                while chunk := part.read(CHUNK):
                    rest += chunk
                    whole = (max(rest.rfind(b"</c>"), rest.rfind(b":c>")) + 4) if is_sheet else len(rest)  # no cell is cut in two
                    written.write(_as_text(rest[:whole]) if is_sheet else rest)
                    rest = rest[whole:]
                written.write(_as_text(rest) if is_sheet else rest)
    return held.getvalue()


def _as_text(cells: bytes) -> bytes:
    cells = _ERROR.sub(b't="str"', cells)
    return _NO_VALUE.sub(lambda end: rb"f><%bv>#CALC!</%bv>%b" % (end[4], end[4], end[3]) if _is_uncalculated(end) else end[0], cells)


def _is_uncalculated(end: re.Match[bytes]) -> bool:
    """A formula that gives an empty text has no value either, but its cell has a type."""
    begin = max(end.string.rfind(sign, 0, end.start()) for sign in (b"<c ", b":c "))
    return b' t="' not in end.string[begin : end.string.find(b">", begin)]


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
