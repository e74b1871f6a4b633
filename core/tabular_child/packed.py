"""What a packed workbook (.xlsx, .xlsm) is looked through for before anything of it is believed, and what has to be spelt out in it.

A module of its own, because it is loaded while calamine already takes the workbook in."""

import io
import re
import struct
import zipfile
import zlib

import limits
from out import Refused

CHUNK = 1024**2
SHEETS = "xl/worksheets/"
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


def look(data: bytes) -> tuple[bool, bool]:
    """(days count from 1904, cells hold errors or formulas without a result). Raises Refused."""
    try:
        return _look_into(data)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError, struct.error):
        raise Refused("damaged") from None


def _look_into(data: bytes) -> tuple[bool, bool]:
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


def spelt_out(data: bytes) -> bytes:
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
