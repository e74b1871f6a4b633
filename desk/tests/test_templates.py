"""The template of each kind: what it holds reads back as that kind, and its legend leaves nothing out."""

import io

import openpyxl
import pytest
from django.utils import translation

from core import tabular
from desk.imports import results, rows, runs, tables, templates
from desk.imports.kinds import KINDS
from desk.models import ImportRun

pytestmark = [pytest.mark.django_db, pytest.mark.page]
LANGUAGES = ["zh-hans", "en"]


@pytest.fixture(params=LANGUAGES)
def written(request):
    """written(kind) -> the workbook, as somebody of that language downloads it."""

    def make(kind: str) -> bytes:
        out = io.BytesIO()
        with translation.override(request.param):
            templates.write(kind, out)
        return out.getvalue()

    return make


def rewritten(data: bytes, kind: str, *, below: bool = False) -> bytes:
    """The template with another name in the example of each table; below: of a copy of it in the next row."""
    book = openpyxl.load_workbook(io.BytesIO(data))
    name = KINDS[kind].reader.layout.title("consultant" if kind == "oem_survey" else "name")
    for table in book.worksheets[:-1]:
        if below:
            table.append([cell.value for cell in table[2]])
        column = next(cell.column for cell in table[1] if cell.value.removesuffix("*") == name)
        table.cell(table.max_row, column, "王真")
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize("below", [False, True], ids=["over the example", "below it"])
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_written_into_a_template_comes_in_and_nothing_is_rejected_or_doubtful(store, written, kind, below):
    data = rewritten(written(kind), kind, below=below)
    added = runs.add(store=store, kind=kind, filename="template.xlsx", data=data, status="waiting")
    reading = runs.read(added)
    assert [reject.remark.reason for reject in reading.rejects] == []
    tables = len(templates.tables(kind))
    assert len(reading.rows) == tables and reading.unknown_columns == []
    assert [remark.reason for remark in reading.warnings] == []
    runs.work(store)
    added.refresh_from_db()
    assert (added.status, added.problem, added.rejected) == ("done", "", 0)
    assert results.of_run(added).total == tables


@pytest.mark.parametrize("kind", KINDS)
def test_a_template_as_it_is_holds_no_record(store, written, kind):
    added = runs.add(store=store, kind=kind, filename="template.xlsx", data=written(kind))
    with translation.override("en"), pytest.raises(tables.NoTable, match="There is a header row, but no row below it"):
        runs.read(added)


def test_the_example_is_known_in_what_excel_makes_of_it_as_text_and_with_columns_left_out(store):
    head = "工单号*,进店日期*,客户姓名*,车牌号*,结算金额,我的列"
    lines = ["RO20260105001,2026/1/5 9:30,张示例,渝A12345,400.50,x", "RO20260105001,2026/1/5 9:30,张示例,渝A12345,400.51,"]
    data = "\n".join([head, *lines]).encode()
    reading = runs.read(runs.add(store=store, kind="service_orders", filename="template.csv", data=data))
    assert [row.row for row in reading.rows] == [3] and not reading.rejects


@pytest.mark.parametrize("kind", KINDS)
def test_every_column_is_there_is_explained_and_understood(written, kind):
    layout = KINDS[kind].reader.layout
    *tables, legend = openpyxl.load_workbook(io.BytesIO(written(kind))).worksheets
    titles = list(dict.fromkeys(cell.value for table in tables for cell in table[1]))
    assert {title.removesuffix("*") for title in titles} == {layout.title(name) for name in layout.aliases}
    starred = {title.removesuffix("*") for title in titles if title.endswith("*")}
    assert starred == {layout.title(name) for group in layout.required for name in group}
    explained = list(legend.iter_rows(min_row=2, max_row=1 + len(titles), values_only=True))
    assert [row[0] for row in explained] == [layout.title(name) for name in layout.aliases]
    for (name, aliases), row in zip(layout.aliases.items(), explained, strict=True):
        assert row[2], name
        assert bool(row[1]) == (row[0] in starred)
        assert (row[4] or "").split("、") == list(aliases[1:]) or not aliases[1:]


@pytest.mark.parametrize("kind", KINDS)
def test_the_legend_is_not_taken_for_a_table(tmp_path, written, kind):
    path = tmp_path / "template.xlsx"
    path.write_bytes(written(kind))
    reader = KINDS[kind].reader
    *_tables, legend = tabular.read(path)
    header = reader.find(reader.layout, legend, {})
    assert header is None or header.missing(reader.layout)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_typed_below_the_example_keeps_its_digits(written, kind):
    table = openpyxl.load_workbook(io.BytesIO(written(kind))).worksheets[0]
    formats = {cell.value.removesuffix("*"): table.column_dimensions[cell.column_letter].number_format for cell in table[1]}
    layout = KINDS[kind].reader.layout
    for name in {"phone", "vin"} & set(layout.aliases):
        assert formats[layout.title(name)] == "@"


def test_every_kind_offers_its_template_and_others_are_not_there(signed_in):
    client = signed_in("care_manager")
    for kind in KINDS:
        assert f"/imports/templates/{kind}/" in client.get("/imports/").content.decode()
        answer = client.get(f"/imports/templates/{kind}/")
        assert openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content))).worksheets
        assert f"{kind}.xlsx" in answer["Content-Disposition"]
    assert client.get("/imports/templates/nonsense/").status_code == 404


def test_the_kinds_that_can_be_imported_have_names():
    assert set(KINDS) <= set(ImportRun.Kind.values)
    assert all(rows.Reader is type(kind.reader) for kind in KINDS.values())
