"""Hostile and odd files, each made by code: name(folder) -> its path."""

import io
import struct
import zipfile
from datetime import date, datetime
from pathlib import Path

import openpyxl
import xlwt
from openpyxl.utils.datetime import CALENDAR_MAC_1904

HEADER = ["工单号", "姓名", "电话"]
ROW = ["RO1", "龙凯刚", "13812345678"]
NAMESPACE = b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
SHEET = "xl/worksheets/sheet1.xml"


def put(folder: Path, name: str, content: bytes | str) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def xlsx(rows=(HEADER, ROW), epoch=None) -> bytes:
    book = openpyxl.Workbook()
    if epoch:
        book.epoch = epoch
    for row in rows:
        book.active.append(row)
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def changed(parts: dict[str, bytes], base: bytes | None = None) -> bytes:
    """A workbook with these parts in place of its own."""
    held = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(base or xlsx())) as old, zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as new:
        for name in {*old.namelist(), *parts}:
            new.writestr(name, parts[name] if name in parts else old.read(name))
    return held.getvalue()


def sheet_xml(rows: bytes, before: bytes = b"", dimension: bytes = b"A1:C2") -> bytes:
    return before + b"<worksheet " + NAMESPACE + b'><dimension ref="' + dimension + b'"/><sheetData>' + rows + b"</sheetData></worksheet>"


def inline(reference: str, text: str) -> bytes:
    return f'<c r="{reference}" t="inlineStr"><is><t>{text}</t></is></c>'.encode()


TWO_ROWS = b"".join(
    b'<row r="%d">' % n + b"".join(inline(f"{letter}{n}", text) for letter, text in zip("ABC", row, strict=True)) + b"</row>"
    for n, row in enumerate((HEADER, ROW), start=1)
)


def cells(folder: Path, rows: bytes, **how) -> Path:
    return put(folder, "book.xlsx", changed({SHEET: sheet_xml(rows, **how)}))


def far_cell(folder):
    return cells(folder, TWO_ROWS + b'<row r="1048576">' + inline("XFD1048576", "x") + b"</row>")


def far_cell_hidden_from_the_look(folder):
    return cells(folder, TWO_ROWS + b'<row r="1048576">' + inline("XFD1048576", "x").replace(b'"XFD1048576"', b"'XFD1048576'") + b"</row>")


def far_row(folder):
    return cells(folder, TWO_ROWS + b'<row r="1048576">' + inline("SA1048576", "x") + b"</row>")


def empty_rows(folder):
    rows = b"".join(b'<row r="%d"><c r="A%d" s="0"/><c r="B%d" s="0"/></row>' % (n, n, n) for n in range(3, 1_000_003))
    return cells(folder, TWO_ROWS + rows + b'<row r="1048576"><c r="XFD1048576" s="0"/></row>')


def stale_dimension(folder):
    return cells(folder, TWO_ROWS, dimension=b"A1:XFD1048576")


def dimension_too_small(folder):
    return cells(folder, TWO_ROWS, dimension=b"A1")


def thousands_of_columns(folder):
    return put(folder, "book.xlsx", xlsx([[f"c{n}" for n in range(3000)]]))


def entities(folder):
    entity = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    return cells(folder, TWO_ROWS.replace(b"RO1", b"&b;"), before=entity)


def bomb(folder):
    return put(folder, "book.xlsx", changed({"xl/media/image1.bin": bytes(301 * 1024**2)}))


def lying_bomb(folder):
    """Says 100 bytes, unpacks into 280 MB."""
    data = bytearray(changed({SHEET: sheet_xml(b" " * (280 * 1024**2))}))
    directory = data.rindex(b"PK\x01\x02", 0, data.rindex(SHEET.encode()))
    struct.pack_into("<I", data, directory + 24, 100)
    return put(folder, "book.xlsx", bytes(data))


def truncated(folder):
    return put(folder, "book.xlsx", xlsx()[:-200])


def damaged_part(folder):
    return put(folder, "book.xlsx", changed({SHEET: sheet_xml(TWO_ROWS)[:-40]}))


def long_cell(folder):
    return cells(folder, TWO_ROWS.replace(b"RO1", b"x" * 10_000_000))


def long_cell_in_text(folder):
    return put(folder, "a.csv", "工单号,姓名\n" + "x" * 10_000_000 + ",y\n")


def xls(folder, is_1904=False):
    book = xlwt.Workbook()
    book.dates_1904 = is_1904
    sheet = book.add_sheet("单")
    for column, text in enumerate(["a", "b", "c"]):
        sheet.write(2, column, text)
    sheet.write(3, 0, 13812345678)
    sheet.write(3, 1, datetime(2026, 1, 5, 14, 30), xlwt.easyxf(num_format_str="yyyy-mm-dd hh:mm"))
    sheet.write(3, 2, 46027)
    book.save(str(folder / "old.xls"))
    return folder / "old.xls"


def xls_1904(folder):
    return xls(folder, is_1904=True)


def xls_far_cell(folder):
    book = xlwt.Workbook()
    sheet = book.add_sheet("a")
    sheet.write(0, 0, "x")
    sheet.write(65535, 255, "x")
    book.save(str(folder / "old.xls"))
    return folder / "old.xls"


XLS_ERRORS = {"#NULL!": 0, "#DIV/0!": 7, "#VALUE!": 15, "#REF!": 23, "#NAME?": 29, "#NUM!": 36, "#N/A": 42}


def xls_errors(folder):
    """A sheet without an error, then one with them: as values in B3:H3, as a formula's result in B4, and what looks like one."""
    book = xlwt.Workbook()
    book.add_sheet("一").write(0, 0, "x")
    sheet = book.add_sheet("二")
    for column, code in enumerate(XLS_ERRORS.values(), start=1):
        sheet.row(2).set_cell_error(column, code)
    sheet.write(3, 1, xlwt.Formula("1/0"))
    sheet.write(3, 2, xlwt.Formula('""'))
    sheet.row(3).set_cell_boolean(3, 1)
    sheet.write(3, 4, "\x05\x02\x08")
    held = io.BytesIO()
    book.save(held)
    empty, error = struct.pack("<Q", 0xFFFF_0000_0000_0003), struct.pack("<Q", 0xFFFF_0000_0007_0002)  # xlwt calculates nothing
    return put(folder, "old.xls", held.getvalue().replace(empty, error, 1))


def xls_large(folder, further: int | None = None):
    """Larger than what its header alone leads to (7 MB). further: where it goes on, in place of the true sector."""
    book = xlwt.Workbook()
    sheet = book.add_sheet("单")
    for row in range(120):
        sheet.write(row, 0, f"{row:03}" + "长" * 32_000)
    sheet.row(120).set_cell_error(1, "#REF!")
    held = io.BytesIO()
    book.save(held)
    data = bytearray(held.getvalue())
    if further is not None:
        struct.pack_into("<I", data, 68, further)
    return put(folder, "old.xls", bytes(data))


def xls_truncated(folder):
    return put(folder, "old.xls", xls(folder).read_bytes()[:1500])


def encrypted(folder):
    """The container of a .xlsx with a password, by its directory alone: nobody gets further without the password."""
    return put(folder, "book.xlsx", xls(folder).read_bytes().replace("Workbook".encode("utf-16-le").ljust(64, b"\0") + b"\x12\0", "EncryptedPackage".encode("utf-16-le").ljust(64, b"\0") + b"\x22\0"))  # fmt: skip


def dates_1904(folder):
    return put(folder, "mac.xlsx", xlsx([["d", "n"], [datetime(2026, 1, 5, 14, 30), 44565], [date(2026, 1, 5), None]], CALENDAR_MAC_1904))


def docx(folder):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", "<x/>")
    return put(folder, "book.xlsx", held.getvalue())


HTML = """<html><head><meta charset="{charset}"><style>td {{ color: red }}</style></head><body>
<table><tr><td colspan=3>维修<b>工单</b>明细</td></tr><tr><th>工单号<th>姓名<th>电话</tr>
<tr><td rowspan="2">RO1</td><td>龙&nbsp;凯刚<br>先生</td><td>13812345678</td></tr><tr><td>王</td><td>&lt;1&gt;</td></tr></table>{more}</body></html>"""


def html(folder, charset="gb2312", more=""):
    return put(folder, "export.xls", HTML.format(charset=charset, more=more).encode("gb18030" if charset == "gb2312" else charset))


def html_of_two_tables(folder):
    return html(folder, "utf-8", "<table><tr><td>b</td></tr></table>")


XML = """<?xml version="1.0" encoding="utf-8"?>{doctype}<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">
<Worksheet ss:Name="单"><Table><Row ss:Index="3"><Cell><Data ss:Type="String">电话</Data></Cell><Cell ss:Index="3"><Data ss:Type="String">日期</Data></Cell></Row>
<Row><Cell><Data ss:Type="Number">1.3812345678E10</Data></Cell><Cell ss:Index="3"><Data ss:Type="DateTime">2026-01-05T00:00:00.000</Data></Cell></Row></Table></Worksheet></Workbook>"""


def xml_2003(folder):
    return put(folder, "export.xls", XML.format(doctype=""))


def xml_2003_with_entities(folder):
    return put(folder, "export.xls", XML.format(doctype='<!DOCTYPE x [<!ENTITY a "b">]>'))
