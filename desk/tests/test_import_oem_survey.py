"""manage.py import_records oem_survey: the manufacturer's survey, person by person and month by month (contracts.md, domain §6, §12)."""

import json
from datetime import date
from io import StringIO

import openpyxl
import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from csi.models import OemSurvey
from csi.statistics import mean_of_rates
from desk.imports import results, runs
from desk.models import ImportRemark
from desk.tests.importing import bring_in, counts, reasons
from staff.actions import create_user
from staff.models import User

pytestmark = pytest.mark.django_db
# S0, the manufacturer's calls of 2010 (domain §12).
TOYOTA = {
    "100003": "88.04%", "100004": "85.98%", "100005": "94.05%", "100007": "92.08%", "100008": "89.31%", "100009": "92.31%", "100011": "77.64%",
    "100012": "94.71%",
}  # fmt: skip


@pytest.fixture
def file(tmp_path):
    """file(header, row, …) -> the path of a new .xlsx file."""

    def make(*lines, name="survey.xlsx"):
        book = openpyxl.Workbook()
        for line in lines:
            book.active.append(line)
        book.save(tmp_path / name)
        return str(tmp_path / name)

    return make


def run(path, *options):
    return bring_in("oem_survey", path, *options)


def stored():
    rows = OemSurvey.objects.order_by("month", "audience", "person__name", "person__username")
    return [(f"{row.month:%Y-%m}", row.audience, row.person.name, row.n, row.rate, row.answers) for row in rows]


def test_the_manufacturers_figures_of_2010_come_out_as_they_are(store, file):
    head = ["调查月份", "销售顾问", "样本量", "落实率"]
    told = run(
        file(["丰田电话调查"], head, *([date(2010, 12, 1), who, 20, rate] for who, rate in TOYOTA.items()), ["合计", None, 160, "89.24%"])
    )
    assert counts(told) == (8, 0, 0, 0)
    surveys = OemSurvey.objects.filter(store=store, month=date(2010, 12, 1), audience="sales").select_related("person")
    assert mean_of_rates(one.share for one in surveys) == pytest.approx(0.89265)  # 89.27 %; S0 prints 89.24
    assert {one.person.name for one in surveys if one.share >= 0.93} == {"100005", "100012"}


def test_the_same_file_again_changes_nothing_and_a_newer_one_overwrites(store, file):
    create_user(username="chen", name="陈静", store=store, role="advisor")
    head = ["月份", "服务顾问", "有效样本", "落实率", "是否主动迎接您?", "维修质量满意度"]
    lines = [head, ["2026-10", "陈静", 24, 0.9123, "是", 8.75], ["2026年9月", "陈静", 21, "90%", "否", 9]]
    assert counts(run(file(*lines))) == (2, 0, 0, 0)
    october = ("2026-10", "service", "陈静", 24, 9123, [["是否主动迎接您?", "yes"], ["维修质量满意度", 8.75]])
    assert stored() == [("2026-09", "service", "陈静", 21, 9000, [["是否主动迎接您?", "no"], ["维修质量满意度", 9.0]]), october]
    assert counts(run(file(*lines))) == (0, 0, 2, 0)
    lines[2][3] = "91%"
    assert counts(run(file(*lines))) == (0, 1, 1, 0)
    assert stored()[0][4] == 9100 and stored()[1] == october


def test_without_a_rate_it_is_yes_of_yes_and_no_from_five_items_on(store, file):
    head = ["调查月份", "服务顾问", *(f"题目{n}" for n in range(1, 7))]
    told = run(
        file(head, ["2026-10", "甲", "是", "是", "是", "否", "不适用", "是"], ["2026-10", "乙", "是", "是", "是", "否", "不适用", "—"])
    )
    assert counts(told) == (2, 0, 0, 0)
    assert {name: rate for _month, _audience, name, _n, rate, _answers in stored()} == {"甲": 8000, "乙": None}


def test_a_person_is_found_by_number_or_name_and_an_unknown_one_becomes_named(store, file):
    number = create_user(username="100003", name="赵敏", store=store, role="sales")
    name = create_user(username="qian", name="钱进", store=store, role="sales")
    advisor = create_user(username="sa", name="钱进", store=store, role="advisor")
    head = ["调查月份", "销售顾问", "服务顾问", "落实率"]
    told = run(
        file(head, ["202610", 100003, None, 88], ["202610", "钱进", None, 90], ["202610", None, "钱进", 91], ["202610", "新人", None, 92])
    )
    assert counts(told) == (4, 0, 0, 0)
    assert reasons(told) == {"unknown sales consultant; added as a named person"}
    found = dict(OemSurvey.objects.values_list("person", "rate"))
    assert (found[number.pk], found[name.pk], found[advisor.pk]) == (8800, 9000, 9100)
    assert not User.objects.get(name="新人").has_usable_password()


@pytest.mark.parametrize(
    ("values", "column", "reason"),
    [
        ((None, "甲", None, 20, 90), "调查月份", "the month is missing"),
        (("十月", "甲", None, 20, 90), "调查月份", "no month; write one such as 2026-10"),
        (("2199-01", "甲", None, 20, 90), "调查月份", "no month; write one such as 2026-10"),
        (("2099-01", "甲", None, 20, 90), "调查月份", "the month lies in the future"),
        (("2026-10", None, None, 20, 90), "销售顾问", "nobody is named"),
        (("2026-10", "甲", "乙", 20, 90), "服务顾问", "a row is about one person: leave one of the two empty"),
        (("2026-10", "甲", None, 0, 90), "样本量", "a sample size is a whole number from 1 on"),
        (("2026-10", "甲", None, 20, 101), "落实率", "a share lies between 0 and 100 percent"),
        (("2026-10", "甲", None, 20, None), "落实率", "neither 落实率 nor an answer"),
    ],
)
def test_a_row_that_cannot_be_right_is_rejected_whole_and_says_why(store, file, values, column, reason):
    told = run(file(["调查月份", "销售顾问", "服务顾问", "样本量", "落实率"], values, ("2026-09", "丙", None, 20, 90)))
    assert counts(told) == (1, 0, 0, 1)
    (reject,) = told["rejects"]
    assert (reject["row"], reject["column"]) == (2, column)
    assert reject["reason"] == reason
    assert [row[2] for row in stored()] == ["丙"]


def test_a_wrong_answer_names_its_own_column_and_a_month_twice_counts_once(store, file):
    head = ["调查月份", "服务顾问", "落实率", "题目1", "题目2"]
    told = run(file(head, ["2026-10", "甲", 90, 9, 11], ["2026-10", "乙", 80, 9, 8], ["2026-10", "乙", 85, 9, 8]))
    assert counts(told) == (1, 0, 0, 2)
    assert [(r["row"], r["column"], r["reason"]) for r in told["rejects"]] == [
        (2, "题目2", "write a score from 1 to 10, 是 or 否"), (3, "调查月份", "repeated below"),
    ]  # fmt: skip
    assert stored()[0][4] == 8500


def test_columns_that_hold_no_answers_are_listed_and_the_stores_mean_is_nobody(store, file):
    head = ["调查月份", "服务顾问", "落实率", "交车时是否讲解了项目", "排名", "备注说明"]
    told = run(file(head, ["2026-10", "甲", 90, "是", 1, "好"], ["2026-10", "平均", 90, None, None, None]))
    assert counts(told) == (1, 0, 0, 0) and told["unknown_columns"] == ["排名", "备注说明"]
    assert stored()[0][5] == [["交车时是否讲解了项目", "yes"]]


def test_the_command_says_two_for_rejected_rows_and_one_for_a_file_without_the_columns(store, file, tmp_path):
    path, out = file(["调查月份", "销售顾问", "落实率"], ["2026-10", "甲", 300]), tmp_path / "rejects.xlsx"
    with pytest.raises(CommandError) as problem:
        call_command("import_records", "oem_survey", path, "--store", "S1", "--json", "--rejects", str(out), stdout=StringIO())
    assert problem.value.returncode == 2
    (row,) = list(openpyxl.load_workbook(out).active.iter_rows(min_row=2, values_only=True))
    assert row[:3] == ("2026-10", "甲", "300") and "0" in row[3]
    with pytest.raises(CommandError) as problem:
        call_command("import_records", "oem_survey", file(["月份", "姓名"], ["2026-10", "甲"]), "--store", "S1", stdout=StringIO())
    assert problem.value.returncode == 1 and "销售顾问" in str(problem.value)


def test_a_dry_run_writes_nothing(store, file):
    out = StringIO()
    path = file(["调查月份", "销售顾问", "落实率"], ["2026-10", "甲", 90])
    call_command("import_records", "oem_survey", path, "--store", "S1", "--json", "--dry-run", stdout=out)
    assert json.loads(out.getvalue())["created"] == 1 and not OemSurvey.objects.exists() and not User.objects.filter(name="甲").exists()


def test_in_the_browser_it_is_looked_at_started_and_a_rejected_row_corrected(signed_in, store, file):
    client = signed_in("care_manager")
    path = file(["调查月份", "销售顾问", "落实率", "展厅是否有背景音乐"], ["2026-10", "甲", 300, "是"], ["2026-10", "乙", 91, "否"])
    with open(path, "rb") as upload:
        answer = client.post(reverse("desk:imports"), {"kind": "oem_survey", "file": upload})
    page = client.get(answer.url)
    assert "展厅是否有背景音乐" in page.content.decode() and page.context["preview"].can_start
    run_pk = int(answer.url.rstrip("/").rsplit("/", 1)[1])
    client.post(reverse("desk:import_start", args=[run_pk]))
    done = runs.work(store)
    assert (done.created, done.rejected) == (1, 1)
    remark = ImportRemark.objects.get(run=done, what="reject")
    index = results.of_run(done).names["Sheet"].index("落实率")
    client.post(reverse("desk:import_row", args=[run_pk, remark.pk]), {f"cell-{index}": "93%"})
    remark.refresh_from_db()
    assert (remark.status, {row[2]: row[4] for row in stored()}) == ("mended", {"甲": 9300, "乙": 9100})


def test_another_store_has_its_own_survey(store, file):
    from staff.actions import create_store

    create_store(code="S2", name="别的店")
    path = file(["调查月份", "销售顾问", "落实率"], ["2026-10", "甲", 90])
    run(path)
    call_command("import_records", "oem_survey", path, "--store", "S2", "--json", stdout=StringIO())
    assert sorted(OemSurvey.objects.values_list("store__code", flat=True)) == ["S1", "S2"]
