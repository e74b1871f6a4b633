"""Files as other systems write them become sheets of text cells."""

import openpyxl
import pytest

from core import tabular

pytestmark = pytest.mark.pure


@pytest.mark.parametrize(
    ("encoding", "mark"),
    [("utf-8", b""), ("utf-8", b"\xef\xbb\xbf"), ("gb18030", b""), ("utf-16-le", b"\xff\xfe"), ("utf-16-be", b"\xfe\xff")],
)
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_a_text_file_is_read_whatever_its_encoding_and_delimiter(tmp_path, encoding, mark, delimiter):
    path = tmp_path / "orders.csv"
    path.write_bytes(mark + f"工单号{delimiter}姓名\r\n1{delimiter}龙凯刚\r\n".encode(encoding))
    sheet = tabular.read(path)[0]
    assert sheet.name == ""
    assert sheet.rows == [(1, ["工单号", "姓名"]), (2, ["1", "龙凯刚"])]


def test_rows_carry_the_line_number_also_after_blank_lines_and_quoted_line_breaks(tmp_path):
    path = tmp_path / "orders.csv"
    path.write_text('标题\n\n工单号,备注\n1,"两\n行"\n2,x\n', encoding="utf-8")
    assert [number for number, _cells in tabular.read(path)[0].rows] == [1, 3, 4, 6]


def test_a_workbooks_phones_and_numbers_come_out_without_a_fraction(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["13812345678", 13812345678.0, 2.5, None, True])
    book.create_sheet("二")["B3"] = "x"
    book.save(tmp_path / "book.xlsx")
    first, second = tabular.read(tmp_path / "book.xlsx")
    assert first.rows[0][1][:4] == ["13812345678", "13812345678", "2.5", ""]
    assert (second.name, second.rows[0]) == ("二", (3, ["", "x"]))


def test_the_epoch_of_1904_is_noticed(tmp_path):
    book = openpyxl.Workbook()
    book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    book.active.append(["x"])
    book.save(tmp_path / "mac.xlsx")
    assert tabular.read(tmp_path / "mac.xlsx")[0].is_1904


@pytest.mark.parametrize("name", ["none.xlsx", "folder.csv", "a.doc"])
def test_what_cannot_be_read_is_one_sentence(tmp_path, name):
    if name == "folder.csv":
        (tmp_path / name).mkdir()
    if name == "a.doc":
        (tmp_path / name).write_bytes(b"x")
    with pytest.raises(tabular.UnreadableFile) as problem:
        tabular.read(tmp_path / name)
    assert str(problem.value).endswith(".")


def test_an_archive_that_unpacks_into_too_much_is_refused(tmp_path, monkeypatch):
    book = openpyxl.Workbook()
    book.save(tmp_path / "bomb.xlsx")
    monkeypatch.setattr(tabular, "MAX_UNPACKED", 100)
    with pytest.raises(tabular.UnreadableFile, match="unpacks"):
        tabular.read(tmp_path / "bomb.xlsx")
