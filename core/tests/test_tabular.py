"""Files as other systems write them become sheets of text cells; hostile ones become one sentence."""

import csv
import io
import shutil
import threading
import time

import openpyxl
import pytest
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from core import tabular
from tests import corpus

pytestmark = pytest.mark.pure


@pytest.fixture(autouse=True)
def in_english():
    with translation.override("en"):
        yield


TWO = [(1, corpus.HEADER), (2, corpus.ROW)]


def text(content, encoding="utf-8", name="a.csv"):
    return lambda folder: corpus.put(folder, name, content.encode(encoding) if isinstance(content, str) else content)


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
@pytest.mark.parametrize(
    ("encoding", "mark"),
    [("utf-8", b""), ("utf-8", b"\xef\xbb\xbf"), ("gb18030", b""), ("utf-16-le", b"\xff\xfe"), ("utf-16-be", b"\xfe\xff")],
)
def test_a_text_file_is_read_whatever_its_encoding_and_delimiter(tmp_path, encoding, mark, delimiter):
    path = tmp_path / "orders.csv"
    path.write_bytes(mark + f"工单号{delimiter}姓名\r\n1{delimiter}龙凯刚\r\n".encode(encoding))
    assert tabular.read(path) == [tabular.Sheet("", [(1, ["工单号", "姓名"]), (2, ["1", "龙凯刚"])])]


@pytest.mark.parametrize(
    ("make", "rows"),
    [
        (text('标题\n\n工单号,备注\n1,"两\n行"\n2,x\n'), [(1, ["标题"]), (3, ["工单号", "备注"]), (4, ["1", "两\n行"]), (6, ["2", "x"])]),
        (text("a,b\r1,2\r"), [(1, ["a", "b"]), (2, ["1", "2"])]),
        (text('a,b\n"好"的,2\n'), [(1, ["a", "b"]), (2, ["好的", "2"])]),
        (text("号\t额\n1\t1,990.00\n2\t2,990.00\n"), [(1, ["号", "额"]), (2, ["1", "1,990.00"]), (3, ["2", "2,990.00"])]),
        (text("号,电话\n1,138;139\n2,1;2\n"), [(1, ["号", "电话"]), (2, ["1", "138;139"]), (3, ["2", "1;2"])]),
        (text("号,电话\n1,\t138\n2,\t139\n"), [(1, ["号", "电话"]), (2, ["1", "138"]), (3, ["2", "139"])]),
        (text("号,电话\n1,138|139\n2,1|2\n"), [(1, ["号", "电话"]), (2, ["1", "138|139"]), (3, ["2", "1|2"])]),
        (text("报表;2026\n号,电话\n1,2\n"), [(1, ["报表;2026"]), (2, ["号", "电话"]), (3, ["1", "2"])]),
        (text("号\t话\n1\ta,b,c\n2\td,e,f\n"), [(1, ["号", "话"]), (2, ["1", "a,b,c"]), (3, ["2", "d,e,f"])]),
        (text("工单号,姓名,电话\nRO1,龙凯刚,13812345678\n", name="book.xlsx"), TWO),
        (lambda folder: corpus.put(folder, "book.xls", corpus.xlsx()), TWO),
        (lambda folder: corpus.put(folder, "book.csv", corpus.xlsx()), TWO),
        (corpus.empty_rows, TWO),
        (corpus.stale_dimension, TWO),
        (corpus.dimension_too_small, TWO),
        (corpus.xls, [(3, ["a", "b", "c"]), (4, ["13812345678", "2026-01-05 14:30:00", "46027"])]),
        (corpus.html, [(1, ["维修工单明细", "", ""]), (2, corpus.HEADER), (3, ["RO1", "龙 凯刚\n先生", "13812345678"]), (4, ["", "王", "<1>"])]),
        (corpus.xml_2003, [(3, ["电话", "", "日期"]), (4, ["13812345678", "", "2026-01-05"])]),
    ],
)  # fmt: skip
def test_an_odd_file_is_read_right(tmp_path, make, rows):
    assert tabular.read(make(tmp_path))[0].rows == rows


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (text(b""), "is empty"),
        (text(" \r\n"), "is empty"),
        (text(b"a,b\n\0\0"), "NUL bytes"),
        (text(b"\xff\xff\x81\x20"), "neither UTF-8"),
        (text(b"a,b\n1,\xd6"), "neither UTF-8"),
        (text("工单号,姓名\n1,龙凯刚".encode()[:-1]), "damaged or cut off"),
        (text("工单号,姓名\n1,龙凯刚".encode("utf-8-sig")[:-2]), "damaged or cut off"),
        (text("a,b\n1,龙凯刚好".encode()[:-2]), "damaged or cut off"),  # GB18030 would read that, as 榫欏嚡
        (text(("工单号,姓名\n1,龙凯刚\n" * 50_000).encode()[:-2]), "damaged or cut off"),
        (text("工单号,姓名\n1,龙凯刚".encode("gb18030")[:-1]), "damaged or cut off"),
        (text("工单号,姓名\n1,龙凯刚".encode("utf-16")[:-1]), "damaged or cut off"),
        (text("<table><tr><td>" + "<" * 6_000_000, name="a.xls"), "more than 32767 characters in row 1"),
        (text('a,b\n1,2\n3,"open\n4,5\n'), "on line 3"),
        (text('a,b\n1,"open'), "on line 2"),
        (text('a,b\n1,"open,2\n3,"4",5\n'), "on line 2"),
        (text("a\n" * 200_001), "more than 200000 rows"),
        (text("a," * 600), "beyond column 500"),
        (text("<html><p>x</p></html>"), "no table"),
        (text(b"%PDF-1.4 x", name="a.xlsx"), "neither a workbook"),
        (text(b"\x89PNG\r\n\x1a\n", name="a.xls"), "neither a workbook"),
        (corpus.docx, "neither a workbook"),
        (corpus.encrypted, "password"),
        (corpus.truncated, "damaged"),
        (corpus.damaged_part, "damaged"),
        (corpus.xls_truncated, "damaged"),
        (lambda folder: corpus.xls_large(folder, further=0xFFFF_FFFE), "damaged"),
        (lambda folder: corpus.xls_large(folder, further=0), "damaged"),
        (corpus.bomb, "unpacks into more than 300 MB"),
        (corpus.lying_bomb, "damaged"),
        (corpus.entities, "entities"),
        (corpus.xml_2003_with_entities, "entities"),
        (corpus.far_cell, "beyond column 500"),
        (corpus.far_cell_hidden_from_the_look, "book.xlsx"),
        (corpus.far_row, "memory"),
        (corpus.xls_far_cell, "memory"),
        (corpus.thousands_of_columns, "beyond column 500"),
        (corpus.long_cell, "more than 32767 characters in row 2"),
        (corpus.long_cell_in_text, "more than 32767 characters in row 2"),
        (lambda folder: folder / "none.xlsx", "no such file"),
        (lambda folder: folder, "cannot be opened"),
    ],
)
def test_a_hostile_file_ends_soon_with_one_sentence(tmp_path, make, says):
    path = make(tmp_path)
    begun = time.monotonic()
    with pytest.raises(tabular.UnreadableFile) as problem:
        tabular.read(path)
    sentence = str(problem.value)
    assert says in sentence
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert str(tmp_path) not in sentence
    assert time.monotonic() - begun < 10


def test_a_sign_that_begins_no_tag_is_text(tmp_path):
    filler = " " * (64 * 1024 - len("<html><table><tr><"))  # so that a tag lies across the end of what is read at once
    path = corpus.put(
        tmp_path, "a.xls", f"<html><table>{filler}<tr><td>1<2</td><td>a < b</td><td>&lt;c&gt;<<</td></tr></table></html>".encode()
    )
    assert tabular.read(path)[0].rows == [(1, ["1<2", "a < b", "<c><<"])]


def test_a_file_above_the_limit_is_not_opened_at_all(tmp_path, monkeypatch):
    monkeypatch.setattr(tabular, "MAX_BYTES", 1024**2)
    with pytest.raises(tabular.UnreadableFile, match="larger than 1 MB"):
        tabular.read(corpus.put(tmp_path, "a.csv", b"a" * (1024**2 + 1)))


def test_a_sentence_uses_the_files_own_name_and_never_a_line_break_in_it(tmp_path):
    with pytest.raises(tabular.UnreadableFile, match=r"^我的 表\.csv is empty"):
        tabular.read(corpus.put(tmp_path, "tmp123", b""), name="我的\n表.csv")


def test_numbers_dates_and_truth_come_out_as_people_write_them(tmp_path):
    from datetime import date, datetime
    from datetime import time as clock_time

    row = ["13812345678", 13812345678.0, 2.5, None, True, datetime(2026, 1, 5, 14, 30), date(2026, 1, 5), clock_time(8, 30), " x "]
    path = corpus.put(tmp_path, "a.xlsx", corpus.xlsx([row]))
    assert tabular.read(path)[0].rows == [
        (1, ["13812345678", "13812345678", "2.5", "", "TRUE", "2026-01-05 14:30:00", "2026-01-05", "08:30:00", "x"])
    ]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (b'<c r="B2" t="e"><v>#REF!</v></c>', "#REF!"),
        (b'<c r="B2" s="1" t="e"><f>1/0</f><v>#DIV/0!</v></c>', "#DIV/0!"),
        (b'<c r="B2"><f>100+200</f></c>', "#CALC!"),
        (b'<c r="B2" s="1"><f>100+200</f><v /></c>', "#CALC!"),
        (b'<c r="B2"><f>100+200</f><v></v></c>', "#CALC!"),
        (b'<c r="B2"><f>100+200</f><v>300</v></c>', "300"),
        (b'<c r="B2" t="str"><f>IF(A2="","c ","")</f><v></v></c>', ""),
        (b'<c r="B2" t="inlineStr"><is><t>t="e"</t></is></c>', 't="e"'),
    ],
)
@pytest.mark.parametrize("fill", [0, 1], ids=["small", "across a mebibyte"])
def test_an_error_and_a_formula_that_nobody_has_calculated_are_no_empty_cells(tmp_path, cell, text, fill):
    others = b"".join(b'<row r="%d"><c r="A%d" t="e"><v>#NUM!</v></c></row>' % (n, n) for n in range(3, 3 + 30_000 * fill))
    path = corpus.cells(tmp_path, b'<row r="2">' + corpus.inline("A2", "x") + cell + corpus.inline("C2", "y") + b"</row>" + others)
    rows = tabular.read(path)[0].rows
    assert rows[0] == (2, ["x", text, "y"])
    assert len(rows) == 1 + 30_000 * fill and all(values[0] == "#NUM!" for _n, values in rows[1:])


def test_an_error_in_an_old_workbook_is_no_empty_cell(tmp_path):
    one, two = tabular.read(corpus.xls_errors(tmp_path))
    assert one.rows == [(1, ["x"])]
    assert two.rows == [
        (3, ["", *corpus.XLS_ERRORS]),
        (4, ["", "#DIV/0!", "", "TRUE", "\x05\x02\x08", "", "", ""]),
    ]


def test_an_old_workbook_of_more_than_seven_megabytes_is_read_to_its_end(tmp_path):
    (sheet,) = tabular.read(corpus.xls_large(tmp_path))
    assert len(sheet.rows) == 121
    assert sheet.rows[119] == (120, ["119" + "长" * 32_000, ""])
    assert sheet.rows[120] == (121, ["", "#REF!"])


@pytest.mark.parametrize("keep", range(600, 5632, 367))
def test_an_old_workbook_cut_off_anywhere_is_read_as_far_as_its_reader_goes_or_ends_with_a_sentence(tmp_path, keep):
    path = corpus.xls_errors(tmp_path)
    corpus.put(tmp_path, "cut.xls", path.read_bytes()[:keep])
    with pytest.raises(tabular.UnreadableFile, match=r"damaged|holds no table"):
        tabular.read(tmp_path / "cut.xls")


@pytest.mark.parametrize("state", ["hidden", "veryHidden"])
def test_hidden_sheets_are_read_and_said_to_be_hidden_chart_sheets_are_not(tmp_path, state):
    book = openpyxl.Workbook()
    book.active["A1"] = 1
    book.create_chartsheet("图")
    hidden = book.create_sheet("二")
    hidden.sheet_state = state
    hidden["B3"] = "x"
    book.save(tmp_path / "book.xlsx")
    assert [(sheet.name, sheet.rows, sheet.is_hidden) for sheet in tabular.read(tmp_path / "book.xlsx")] == [
        ("Sheet", [(1, ["1"])], False),
        ("二", [(3, ["", "x"])], True),
    ]


def test_several_tables_of_a_page_are_several_sheets(tmp_path):
    assert [sheet.name for sheet in tabular.read(corpus.html_of_two_tables(tmp_path))] == ["Table 1", "Table 2"]


@pytest.mark.parametrize(("make", "day"), [(corpus.dates_1904, "2026-01-05 14:30:00"), (corpus.xls_1904, "2026-01-05 14:30:00")])
def test_the_epoch_of_1904_is_noticed_and_dates_are_right(tmp_path, make, day):
    sheet = tabular.read(make(tmp_path))[0]
    assert sheet.is_1904
    assert day in sheet.rows[1][1]


def test_other_workbooks_count_from_1900(tmp_path):
    assert not tabular.read(corpus.xls(tmp_path))[0].is_1904
    assert not tabular.read(corpus.put(tmp_path, "a.xlsx", corpus.xlsx()))[0].is_1904


def test_it_reads_from_a_thread_by_a_relative_path(tmp_path, monkeypatch):
    corpus.put(tmp_path, "-a.csv", "a,b\n")
    monkeypatch.chdir(tmp_path)
    found = []
    thread = threading.Thread(target=lambda: found.append(tabular.read("-a.csv")[0].rows))
    thread.start()
    thread.join()
    assert found == [[(1, ["a", "b"])]]


def reader(tmp_path, monkeypatch, body: str) -> None:
    """In place of the child, with its limits and its way of speaking."""
    child = tmp_path / "core" / "tabular_child"
    child.mkdir(parents=True)
    real = tabular.Path(tabular.__file__).with_name("tabular_child")
    for module in ("limits.py", "out.py"):
        (child / module).write_text((real / module).read_text())
    (child / "__main__.py").write_text(f"import limits; {body}")
    monkeypatch.setattr(tabular, "__file__", str(tmp_path / "core" / "tabular.py"))


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("limits.set_all(); bytearray(450 * 1024**2)", "damaged"),
        ("limits.set_all(); import os, signal; os.kill(os.getpid(), signal.SIGABRT)", "too much memory"),
        ("limits.set_all(); import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "damaged"),
        ("limits.set_all(); import os, signal; os.kill(os.getpid(), signal.SIGXCPU)", "too long"),
        ("import time; time.sleep(20)", "too long"),
    ],
)
def test_a_reader_that_dies_is_a_sentence(tmp_path, monkeypatch, body, says):
    """A child that does nothing but break: without RLIMIT_AS the first of them would end well, and the answer would be no sheets."""
    reader(tmp_path, monkeypatch, body)
    monkeypatch.setattr(tabular, "WALL_SECONDS", 1)
    with pytest.raises(tabular.UnreadableFile, match=says):
        tabular.read(corpus.put(tmp_path, "a.csv", "a,b\n"))


@pytest.mark.parametrize("small", ["1024**2", "0"])
def test_a_workbook_is_not_read_without_the_look_for_which_there_was_no_memory(tmp_path, monkeypatch, small):
    """A large one is looked at while it is read."""
    real = tabular.Path(tabular.__file__).with_name("tabular_child")
    child = shutil.copytree(real, tmp_path / "core" / "tabular_child", ignore=shutil.ignore_patterns("__pycache__"))
    path = corpus.put(tmp_path, "a.xlsx", corpus.xlsx())
    for module, before, after in (
        ("packed.py", "        return _look_into(data)", "        raise MemoryError"),
        ("workbooks.py", "SMALL = 1024**2", f"SMALL = {small}"),
    ):
        text = (child / module).read_text()
        assert text.count(before) == 1
        (child / module).write_text(text.replace(before, after))
    monkeypatch.setattr(tabular, "__file__", str(tmp_path / "core" / "tabular.py"))
    with pytest.raises(tabular.UnreadableFile, match="too much memory"):
        tabular.read(path)


HALF = """
import os, sys, time
from out import Out, Refused
out = Out(sys.stdout.buffer)
out.sheet("一")
for n in range(1, 3000):
    out.row(n, ["王伟", str(n)])
out.flush()
time.sleep(0.3)
"""


@pytest.mark.parametrize(
    ("end", "says"),
    [
        ("out.row(3000, ['x' * 40000])", "damaged"),
        ("out.refuse(Refused('long_cell', row=3000, limit=32767), 3)", "more than 32767 characters in row 3000"),
        ("os.kill(os.getpid(), 9)", "too much memory"),
        ("time.sleep(20)", "too long"),
    ],
)
def test_of_a_file_that_is_refused_after_half_its_rows_nothing_is_used(tmp_path, monkeypatch, end, says):
    """The first half has been taken in by then."""
    reader(tmp_path, monkeypatch, f"{HALF}{end}")
    monkeypatch.setattr(tabular, "WALL_SECONDS", 2)
    with pytest.raises(tabular.UnreadableFile, match=says):
        tabular.read(corpus.put(tmp_path, "a.csv", "a,b\n"))


def test_what_is_written_slowly_and_in_odd_pieces_comes_in_whole(tmp_path, monkeypatch):
    reader(tmp_path, monkeypatch, HALF + "out.row(3000, ['赵', '完'])\nout.flush()")
    monkeypatch.setattr(tabular, "PIECE", 7)  # in the midst of lines and of characters
    (sheet,) = tabular.read(corpus.put(tmp_path, "a.csv", "a,b\n"))
    assert (sheet.name, len(sheet.rows), sheet.rows[0], sheet.rows[-1]) == ("一", 3000, (1, ["王伟", "1"]), (3000, ["赵", "完"]))


WORDS = st.text(st.characters(codec="gb18030", exclude_categories=["Cc", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"]), min_size=1, max_size=8)
CELLS = st.one_of(WORDS, st.sampled_from(["a,b", "1;2", "x\ty", '说"好"', "两\n行", ""]))


@settings(max_examples=25, deadline=None)
@given(
    table=st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=5),
    delimiter=st.sampled_from(",;\t"),
    encoding=st.sampled_from(["utf-8-sig", "utf-16"]),
    ending=st.sampled_from(["\r\n", "\n"]),
)
def test_any_table_written_as_csv_comes_back_equal(tmp_path_factory, table, delimiter, encoding, ending):
    rows = [["工单号", "姓名", "电话"], *table]
    held = io.StringIO(newline="")
    csv.writer(held, delimiter=delimiter, lineterminator=ending, quoting=csv.QUOTE_ALL).writerows(rows)
    path = corpus.put(tmp_path_factory.mktemp("csv"), "a.csv", held.getvalue().encode(encoding))
    assert [cells for _line, cells in tabular.read(path)[0].rows] == [row for row in rows if any(row)]


def test_what_has_come_so_far_is_told_while_the_rest_is_read(tmp_path):
    """Each time more of it, and at the end what read() gives; a file that breaks off is refused whatever was told."""
    path, told = tmp_path / "a.csv", []
    lines = "".join(f"RO{n},{'王伟' * 20}\n" for n in range(60_000))
    path.write_text("号,姓名\n" + lines)
    (whole,) = tabular.read(path, meanwhile=lambda sheets: told.append([list(sheet.rows) for sheet in sheets]))
    assert len(told) > 1 and len(told[0][0]) < len(whole.rows)
    for (before,), (after,) in zip(told, [*told[1:], [whole.rows]], strict=True):
        assert after[: len(before)] == before
    path.write_text("号,姓名\n" + lines + 'RO1,"王')
    told.clear()
    with pytest.raises(tabular.UnreadableFile):
        tabular.read(path, meanwhile=lambda sheets: told.append(1))
    assert told


def test_a_large_file_is_not_kept_from_ending_in_time_by_what_is_done_meanwhile(tmp_path, monkeypatch):
    path, told = tmp_path / "a.csv", []
    path.write_text("号,姓名\n" + "".join(f"RO{n},{'王伟' * 20}\n" for n in range(60_000)))
    monkeypatch.setattr(tabular, "MEANWHILE_SECONDS", 0)
    (whole,) = tabular.read(path, meanwhile=told.append)
    assert not told and len(whole.rows) == 60_001
