"""Text files: their encoding, then CSV, or a table in HTML or XML under whatever name (many systems write that as .xls)."""

import codecs
import csv
import io
import re

import limits
from out import Out, Refused

_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_META = re.compile(rb"<meta[^>]{1,200}charset\s*=\s*[\"']?\s*(gb2312|gbk|gb18030|utf-8|big5)", re.I)
_CUT = {"unexpected end of data", "incomplete multibyte sequence", "truncated data"}  # what the codecs say of a last character
_DELIMITERS = "\t,;|"
HEAD = 64 * 1024  # characters that the delimiter is decided by


def read(data: bytes, out: Out) -> None:
    encoding = _encoding(data)
    with io.TextIOWrapper(io.BytesIO(data), encoding, newline="") as text:
        head = text.read(HEAD)
    start = head.lstrip()[:8192].lower()
    if start.startswith("<") and "urn:schemas-microsoft-com:office:spreadsheet" in start and "<html" not in start:
        import markup

        markup.read_xml(data, encoding, out)
    elif start.startswith("<") and re.search(r"<(table|html|!doctype html)\b", start):
        import markup

        markup.read_html(data, encoding, out)
    else:
        _read_csv(data, encoding, head, out)


def _encoding(data: bytes) -> str:
    """A byte order mark decides; else what HTML says of itself, if it is true; else strict UTF-8; else GB18030 (guessers took Chinese lists for Korean)."""
    marked = [encoding for mark, encoding in _MARKS if data.startswith(mark)]
    if marked:
        candidates = marked
    else:
        if b"\0" in data:
            raise Refused("nul")
        said = _META.search(data[:4096])
        charset = said[1].decode().lower() if said else ""
        candidates = ["gb18030" if charset.startswith("gb") else charset] * bool(charset) + ["utf-8", "gb18030"]
    is_cut = False
    for encoding in candidates:
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            has_nul = any("\0" in decoder.decode(data[at : at + 2**20], at + 2**20 >= len(data)) for at in range(0, len(data), 2**20))
        except UnicodeDecodeError as problem:
            is_cut |= problem.reason in _CUT and not data[: problem.start - problem.end].isascii()
            if is_cut and encoding == "utf-8":
                break  # all of it but the last character is, which no GB18030 is by chance
            continue
        if has_nul:
            raise Refused("nul")
        return encoding
    raise Refused("damaged" if is_cut else "encoding")


def _read_csv(data: bytes, encoding: str, head: str, out: Out) -> None:
    """A row's number is the line on which its record begins."""
    csv.field_size_limit(limits.CELL_CHARACTERS)
    delimiter = _delimiter(head)
    out.sheet("")
    begins, record = 1, []

    def lines(text):
        for line in text:
            record.append(line)
            yield line

    with io.TextIOWrapper(io.BytesIO(data), encoding, newline="") as text:
        reader = csv.reader(lines(text), delimiter=delimiter)
        try:
            for cells in reader:
                if len(record) > 1 and not _is_sound(record, delimiter):
                    raise Refused("quote", line=begins)
                out.row(begins, cells)
                begins, last = reader.line_num + 1, record[:]
                record.clear()
            if begins > 1 and not _is_ended(last, delimiter):
                raise Refused("quote", line=begins - len(last))
        except csv.Error:  # the only one that is left: a field above the limit
            if len(record) > 1:
                raise Refused("quote", line=begins) from None
            raise Refused("long_cell", row=begins, limit=limits.CELL_CHARACTERS) from None


def _is_sound(record: list[str], delimiter: str) -> bool:
    """A record of several lines is none by mistake: a quotation mark that never closes would swallow rows up to the next one."""
    try:
        return len(list(csv.reader(record, delimiter=delimiter, strict=True))) == 1
    except csv.Error:
        return False


def _is_ended(record: list[str], delimiter: str) -> bool:
    """The file does not end within quotation marks; a quotation mark inside a cell is forgiven."""
    try:
        list(csv.reader(record, delimiter=delimiter, strict=True))
    except csv.Error as problem:
        return "unexpected end" not in str(problem)
    return True


def _delimiter(head: str) -> str:
    """The one that splits the rows from the header on.

    Others split some rows, too: an amount's comma, two phones with a semicolon, a tab that shall keep Excel from shortening a number. But they do not
    split the header, or only a title above it.
    """
    whole = head if len(head) < HEAD else head[: max(head.rfind("\n"), head.rfind("\r")) + 1] or head
    candidates = []
    for place, delimiter in enumerate(_DELIMITERS):
        try:
            rows = [row for row in csv.reader(io.StringIO(whole, newline=""), delimiter=delimiter) if any(cell.strip() for cell in row)]
        except csv.Error:
            continue
        widths = [len(row) for row in rows]
        several = [width for width in widths if width > 1]
        if several:
            start = next((at for at, width in enumerate(widths) if width > 1 and (widths[at + 1 : at + 2] or [2])[0] > 1), len(widths))
            usual = max(several, key=lambda width: (several.count(width), width)) if len(set(several)) < 50 else max(several)
            candidates.append((len(several), -start, usual, -place, delimiter))
    most = max((candidate[0] for candidate in candidates), default=0)
    return max((candidate[1:] for candidate in candidates if candidate[0] * 2 > most), default=("",) * 3 + (",",))[-1]
