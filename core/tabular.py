"""Reading tables that other systems wrote: .xlsx, .xls, .csv, .txt. Every cell comes out as text; what it means is asked later."""

import csv
import io
import zipfile
from dataclasses import dataclass
from pathlib import Path

MAX_UNPACKED = 600 * 1024 * 1024
WORKBOOKS = {".xlsx", ".xlsm", ".xls"}
TEXTS = {".csv", ".txt", ".tsv"}


class UnreadableFile(Exception):
    """The file cannot be read as a table; str() is a sentence for the person who gave it."""


@dataclass(frozen=True)
class Sheet:
    """name: '' for a text file. rows: (row number as the spreadsheet shows it, or the line, cells). is_1904: the workbook's epoch."""

    name: str
    rows: list[tuple[int, list[str]]]
    is_1904: bool = False


def read(path: str | Path) -> list[Sheet]:
    """All sheets of a file, blank rows left out. Raises UnreadableFile."""
    path = Path(path)
    if not path.is_file():
        raise UnreadableFile(f"There is no file {path}.")
    suffix = path.suffix.lower()
    try:
        if suffix in WORKBOOKS:
            return _read_workbook(path)
        if suffix in TEXTS:
            return [_read_text(path.read_bytes())]
    except OSError as problem:
        raise UnreadableFile(f"{path.name} cannot be read: {problem.strerror or problem}.") from None
    raise UnreadableFile(f"{path.name} is no table that can be read here: give a .xlsx, .xls, .csv or .txt file.")


def _read_workbook(path: Path) -> list[Sheet]:
    import pandas  # half a second: only those who read a workbook pay for it

    is_1904 = False
    if zipfile.is_zipfile(path):
        is_1904 = _look_into(path)
    try:
        with pandas.ExcelFile(path, engine="calamine") as book:
            frames = pandas.read_excel(book, sheet_name=None, header=None, dtype=str, keep_default_na=False, na_filter=False)
    except Exception as problem:  # calamine raises whatever its format readers raise
        raise UnreadableFile(f"{path.name} is not a workbook that can be read ({type(problem).__name__}).") from None
    return [Sheet(str(name), _numbered(frame.values.tolist()), is_1904) for name, frame in frames.items()]


def _look_into(path: Path) -> bool:
    """Refuses an archive that unpacks into too much; returns whether the workbook counts its days from 1904."""
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > MAX_UNPACKED:
                raise UnreadableFile(f"{path.name} unpacks into more than {MAX_UNPACKED // 1024**2} MB.")
            if "xl/workbook.xml" not in archive.namelist():
                return False
            head = archive.read("xl/workbook.xml")
    except zipfile.BadZipFile:
        raise UnreadableFile(f"{path.name} is damaged.") from None
    return b'date1904="1"' in head or b'date1904="true"' in head


def _numbered(rows: list[list]) -> list[tuple[int, list[str]]]:
    numbered = []
    for n, row in enumerate(rows, start=1):
        cells = ["" if cell is None else str(cell).strip() for cell in row]
        if any(cells):
            numbered.append((n, cells))
    return numbered


def decode(data: bytes) -> str:
    """A byte order mark decides; else strict UTF-8; else GB18030 (guessers took Chinese customer lists for Korean). Raises UnreadableFile."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            encodings = [encoding]
            break
    else:
        encodings = ["utf-8", "gb18030"]
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UnreadableFile("The text is neither UTF-8 nor GB18030.")


def _read_text(data: bytes) -> Sheet:
    text = decode(data)
    if "\x00" in text:
        raise UnreadableFile("This is not a text file.")
    head = text[:20_000]
    delimiter = max("\t;,", key=head.count)
    rows, reader = [], csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    begins = 1
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            if any(cells):
                rows.append((begins, cells))
            begins = reader.line_num + 1
    except csv.Error as problem:
        raise UnreadableFile(f"Line {reader.line_num} cannot be read: {problem}.") from None
    return Sheet("", rows)
