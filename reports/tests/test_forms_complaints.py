"""Forms 6–8 and the departments' weekly sheets: which complaints stand on them, what is said of each, what they come to."""

from collections import Counter
from datetime import date, timedelta

import pytest

from complaints.models import Clock, Complaint, Entry
from customers.models import Phone
from reports.forms_complaints import MajorSheet, MonthlySheet, StatisticsSheet
from reports.forms_department import SalesWeek, ServiceWeek
from reports.periods import parse
from reports.tests.complaining import KEPT, LATE, PAUSED, RUNS, Complaining
from staff.access import accesses
from staff.actions import create_store

OCTOBER, WEEK = parse("2026-10"), parse("2026-W42")
DAY = date(2026, 10, 13)  # in both
SEEDS = range(4)


@pytest.fixture
def history(store):
    return Complaining(store)


def values(rows) -> list[list]:
    return [[cell.value for cell in row] for row in rows]


def named(sheet, **options) -> list[dict]:
    """Form 6's rows by the names of their columns."""
    names = []
    for name, width in sheet.columns:
        names += ["首次答复", "部门答复", "回访"] if isinstance(width, tuple) else [name]
    (block,) = sheet.blocks(whole=options.pop("whole", False), **options)
    return [dict(zip(names, row, strict=True)) for row in values(block.rows)]


def block_of(sheet, caption: str):
    return next(block for block in sheet.blocks(whole=False) if caption in block.caption)


def in_october(rows) -> list[Complaint]:
    return [row for row in rows if OCTOBER.first <= row.received_on <= OCTOBER.last]


def test_form_6_says_of_a_complaint_what_was_said_done_and_kept(store, history):
    row = history.complained(
        DAY,
        words="喷的漆\n有色差",
        standard="repair",
        severity="major",
        clocks={"first_reply": KEPT, "department_reply": LATE, "revisit": RUNS},
    )
    Phone.objects.create(store=store, customer=row.customer, number="+8613812345678", tail="")
    (found,) = named(StatisticsSheet(store, OCTOBER))
    assert found == {
        "序号": 1, "投诉编号": row.number, "受理时间": "2026-10-13 10:00", "用户姓名": "客户0", "车牌号": "渝A00000", "车型": "逸动",
        "电话号码": "138****5678", "投诉渠道": "电话", "责任部门": "售后", "投诉环节": "质量：维修能力（重大）", "投诉内容": "喷的漆 有色差",
        "原因分析": "派工不及时", "处理办法及结果": "返工；已修好", "改善措施": "交车前复检", "处理人": "顾问0", "首次答复": "守时", "部门答复": "超时",
        "回访": "计时中", "处理状态": "客户满意",
    }  # fmt: skip
    assert named(StatisticsSheet(store, OCTOBER), whole=True)[0]["电话号码"] == "13812345678"


def test_whoever_has_no_file_is_named_as_they_named_themselves_and_masked(store, history):
    history.complained(DAY, end="received", customer=None, complainant="李四", contact="13900001111")
    (found,) = named(StatisticsSheet(store, OCTOBER))
    assert (found["用户姓名"], found["车牌号"], found["电话号码"], found["原因分析"]) == ("李四", "—", "139****1111", "—")


@pytest.mark.parametrize(("contact", "masked"), [("139 0000 1111", "139****1111"), ("wx:lisi_cq1", "**"), ("", "—")])
def test_what_such_a_person_wrote_as_their_phone_is_masked_whatever_it_is(store, history, contact, masked):
    history.complained(DAY, end="received", customer=None, complainant="李四", contact=contact)
    assert named(StatisticsSheet(store, OCTOBER))[0]["电话号码"] == masked
    assert named(StatisticsSheet(store, OCTOBER), whole=True)[0]["电话号码"] == (contact or "—")


@pytest.mark.parametrize(
    ("ways", "verdict"),
    [([KEPT, LATE], "超时"), ([KEPT, RUNS], "计时中"), ([KEPT, KEPT], "守时"), ([PAUSED], "—"), ([PAUSED, KEPT], "守时"), ([], "—")],
)
def test_one_late_clock_of_a_kind_is_late_and_a_paused_one_says_nothing(store, history, ways, verdict):
    history.complained(DAY, clocks={"revisit": " ".join(ways)})
    assert named(StatisticsSheet(store, OCTOBER))[0]["回访"] == verdict


def verdict_slowly(row, kind) -> str:
    clocks = [clock for clock in Clock.objects.all() if clock.complaint_id == row.pk and clock.kind == kind]
    if any(clock.breached_at for clock in clocks):
        return "超时"
    if any(not (clock.met_at or clock.paused_at) for clock in clocks):
        return "计时中"
    return "守时" if any(clock.met_at for clock in clocks) else "—"


@pytest.mark.parametrize("seed", SEEDS)
def test_form_6_lists_what_was_received_in_order_and_its_sums_are_those_of_its_rows(store, history, seed):
    history.many(seed, date(2026, 9, 25), 45, 40)
    Complaining(create_store(code="S2", name="别的店")).many(seed, date(2026, 10, 5), 5, 3)
    mine = sorted(in_october(Complaint.objects.filter(store=store)), key=lambda row: (row.received_at, row.pk))
    sheet = StatisticsSheet(store, OCTOBER)
    rows = named(sheet)
    assert [row["投诉编号"] for row in rows] == [row.number for row in mine]
    for name, kind in (("首次答复", "first_reply"), ("部门答复", "department_reply"), ("回访", "revisit")):
        assert [row[name] for row in rows] == [verdict_slowly(row, kind) for row in mine]
    (block,) = sheet.blocks(whole=False)
    ended = {name: [row[name] for row in rows if row[name] in ("守时", "超时")] for name in ("首次答复", "部门答复", "回访")}
    majors = sum(row.severity == "major" or row.is_product_quality for row in mine)
    assert values(block.totals) == [
        ["累计", f"{len(mine)} 件，其中重大 {majors} 件", *(f"{kept.count('守时')}/{len(kept)}" for kept in ended.values()), None]
    ]
    links = Counter(row["投诉环节"].removesuffix("（重大）").partition("：")[0] for row in rows)
    line = next(line for line in block.lines if line.startswith("按投诉环节"))
    assert dict(part.split(" ") for part in line.partition("：")[2].split("、")) == {link: str(n) for link, n in links.items()}


@pytest.mark.parametrize("seed", SEEDS)
def test_form_7_counts_what_a_plain_count_counts(store, history, seed):
    history.many(seed, date(2026, 8, 25), 70, 60)
    rows = list(Complaint.objects.all())
    mine, before = in_october(rows), [row for row in rows if row.received_on.month == 9]
    sheet = MonthlySheet(store, OCTOBER)
    names = {"service": "服务", "quality": "质量", "price": "收费", "timeliness": "及时性", "environment": "环境", "other": "其它"}

    def line(condition) -> list:
        these, those = [row for row in mine if condition(row)], [row for row in before if condition(row)]
        difference = len(these) - len(those)
        return [
            len(these), len(these) / len(mine), len(those), f"{difference:+d}".replace("-", "−") if difference else "±0",
            sum(row.department == "service" for row in these), sum(row.department == "sales" for row in these), sum(row.is_major for row in these),
            sum(row.resolved_at is not None for row in these), sum(row.closing == "satisfied" for row in these),
            sum(row.closed_at is None for row in these),
        ]  # fmt: skip

    block = block_of(sheet, "受理与处理")
    found = {row[0]: row[1:] for row in values([*block.rows, *block.totals])}
    assert found == {name: line(lambda row, link=link: row.link == link) for link, name in names.items()} | {"合计": line(lambda row: True)}

    channels = {row[0]: row[1] for row in values(block_of(sheet, "渠道").rows)}
    assert sum(channels.values()) == len(mine)
    assert (channels["媒体"], channels["电话"]) == tuple(sum(row.channel == channel for row in mine) for channel in ("media", "phone"))

    standards = {(row[0], row[1]): row[2:4] for row in values(block_of(sheet, "MOT").rows)}
    for key, (link, standard) in {("质量", "维修能力"): ("quality", "repair"), ("其它", "未指明"): ("other", "")}.items():
        counted = [sum((row.link, row.standard) == (link, standard) for row in month) for month in (mine, before)]
        assert standards.get(key, [0, 0]) == counted
    assert sum(counted[0] for counted in standards.values()) == len(mine)

    clocks = {row[0]: row[1:3] for row in values(block_of(sheet, "211").rows)}
    for name, kind in (("首次答复", "first_reply"), ("回访", "revisit"), ("下次联系", "next_contact"), ("批示", "instruction")):
        due = [
            c
            for c in Clock.objects.filter(kind=kind)
            if OCTOBER.first <= store.local_date(c.due_at) <= OCTOBER.last and (c.met_at or c.breached_at)
        ]
        assert clocks[name] == [len(due), sum(not c.breached_at for c in due)]

    measures = {row[0] for row in values(block_of(sheet, "改善措施").rows)}
    assert measures == {row.number for row in mine if row.measure}


def test_form_7_of_a_month_without_complaints_is_a_report_of_none(store):
    sheet = MonthlySheet(store, OCTOBER)
    assert sheet.title == "2026年10月份用户投诉处理统计月报表"
    assert values(block_of(sheet, "受理与处理").totals) == [["合计", 0, None, 0, "±0", 0, 0, 0, 0, 0, 0]]
    assert all(row[1:4] == [0, 0, None] for row in values(block_of(sheet, "211").rows))
    assert block_of(sheet, "MOT").lines == block_of(sheet, "改善措施").lines == ["无"]


def test_form_7_counts_the_hand_overs_that_were_complained_about(store, history):
    orders = [history.order(history.vehicle(), DAY) for _n in range(4)]
    history.complained(DAY, order=orders[0])
    car = history.delivery(history.vehicle(), DAY)
    history.complained(DAY, order=None, delivery=car, department="sales")
    assert [row[1:4] for row in values(block_of(MonthlySheet(store, OCTOBER), "投诉率").rows)] == [[1, 4, 0.25], [1, 1, 1.0]]


def test_form_8_reports_each_major_complaint_with_its_path(store, history):
    history.complained(DAY)
    quality = history.complained(DAY, is_product_quality=True, end="in_hand", hour=9)
    row = history.complained(
        DAY, severity="major", compensation_fen=123456, against=history.advisors[1], clocks={"first_reply": LATE}, hour=11
    )
    history.complained(date(2026, 9, 30), severity="major")
    Entry.objects.create(complaint=row, kind="replied", by=history.callers[0], told="明天给结果", status="in_hand", level=2)
    Entry.objects.create(complaint=row, kind="warned", status="in_hand", level=2)
    Entry.objects.create(complaint=row, kind="closed", by=history.callers[0], words="可以了", status="closed", level=2)
    sheet = MajorSheet(store, OCTOBER)
    assert len(sheet) == 2
    first, second = sheet.blocks(whole=False)
    assert [first.caption, second.caption, first.is_page, second.is_page] == [f"（1）{quality.number}", f"（2）{row.number}", False, True]
    report = values(second.rows)
    said = {row[0]: row[1:] for row in report}
    assert said["处理人"] == ["顾问0", "处理层级", "服务顾问 / 销售顾问", "当事人", "顾问1", "处理状态", "客户满意"]
    assert said["赔偿金额"] == ["1,234.56 元", "大区批复", "—", "211时限", "首次答复 超时"]
    assert (said["原因分析"], said["用户意见"]) == (["派工不及时"], ["可以了"])
    begin = next(n for n, line in enumerate(report) if line[0] == "处理经过")
    path = [report[begin][1:], *report[begin + 1 : begin + 3]]
    assert [(by, what, told) for _at, by, what, told in path] == [
        ("系统", "登记", "—"),
        ("客服0", "答复客户", "明天给结果"),
        ("客服0", "已结案", "可以了"),
    ]
    assert second.rows[begin][0].rows == 3
    assert values(first.rows)[2][-1] == "产品质量"
    for block in (first, second):
        assert_every_row_covers_all_columns(block.rows, len(sheet.widths))


def assert_every_row_covers_all_columns(rows, columns: int) -> None:
    left: list[tuple[int, int]] = []  # (columns, rows still to come) of the cells from above
    for row in rows:
        assert sum(cell.span for cell in row) + sum(span for span, _n in left) == columns, row
        left = [(span, n - 1) for span, n in left if n > 1] + [(cell.span, cell.rows - 1) for cell in row if cell.rows > 1]


@pytest.mark.parametrize("make", [StatisticsSheet, MonthlySheet, MajorSheet, ServiceWeek, SalesWeek])
@pytest.mark.parametrize("seed", [None, 3])
def test_every_row_of_every_form_covers_all_its_columns(store, history, make, seed):
    if seed is not None:
        history.many(seed, date(2026, 10, 1), 31, 25)
    for block in make(store, OCTOBER).blocks(whole=True):
        assert_every_row_covers_all_columns(block.heads, len(make.widths))
        assert_every_row_covers_all_columns([*block.rows, *block.totals], len(make.widths))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_departments_week_holds_its_cases_and_what_was_agreed_in_it(store, history, seed):
    history.many(seed, WEEK.first - timedelta(days=9), 22, 60)
    rows = list(Complaint.objects.order_by("received_at", "pk"))
    for sheet, department in ((ServiceWeek(store, WEEK), "service"), (SalesWeek(store, WEEK), "sales")):
        mine = [row for row in rows if row.department == department]
        cases, _unhappy, agreed, _signed = sheet.blocks()
        received = [row for row in mine if WEEK.first <= row.received_on <= WEEK.last]
        assert [(line[1], line[2], line[3]) for line in values(cases.rows)] == [
            (row.number, row.received_on, f"…{row.vehicle.plate[-3:]}") for row in received
        ]
        # Nobody has recorded any of them as carried out: those of the weeks before are carried over.
        resolved = [row for row in mine if row.resolved_at and store.local_date(row.resolved_at) <= WEEK.last]
        assert sorted(line[0] for line in values(agreed.rows)) == sorted(row.number for row in resolved)
        carried = {line[0] for line in values(agreed.rows) if line[6] == "未落实（结转）"}
        assert carried == {row.number for row in resolved if store.local_date(row.resolved_at) < WEEK.first} and carried
        assert {line[4] for line in values(agreed.rows)} <= {"交车前复检"}


def test_a_departments_week_names_no_customer(store, history):
    row = history.complained(DAY, words="等太久")
    text = str([values(block.rows) for block in ServiceWeek(store, WEEK).blocks()])
    assert "等太久" in text and row.customer.name not in text and row.vehicle.plate not in text


def test_a_week_without_anything_says_so(store):
    assert [block.lines for block in SalesWeek(store, WEEK).blocks()] == [
        ["本周无投诉。"],
        ["本周回访无不满意。"],
        ["本周未议定改善措施，也没有结转的措施。"],
        ["部门经理签字：＿＿＿＿＿＿＿＿　（未签字）"],
    ]


def access_of(user, store):
    return accesses(user)[store]


@pytest.mark.parametrize("make", [StatisticsSheet, MajorSheet, ServiceWeek])
def test_nobody_reads_a_complaint_about_themselves_and_is_told_that_something_is_missing(store, history, person, make):
    manager, other = person("service_manager"), person("care_manager")
    mine = history.complained(DAY, severity="major", against=manager, words="经理的事")
    history.complained(DAY, severity="major", words="别的事")

    def text(user) -> str:
        sheet = make(store, WEEK, access_of(user, store))
        return str([values([*block.rows, *block.totals]) for block in sheet.blocks(whole=True)]) + "".join(sheet.notes)

    assert "经理的事" in text(other) and "另有" not in text(other)
    assert "经理的事" not in text(manager) and mine.number not in text(manager) and "别的事" in text(manager)
    assert "另有1件投诉涉及查看人本人" in text(manager)


def test_form_7_counts_a_complaint_about_the_reader_and_does_not_name_it(store, history, person):
    manager = person("service_manager")
    mine = history.complained(DAY, against=manager)
    sheet = MonthlySheet(store, OCTOBER, access_of(manager, store))
    assert values(block_of(sheet, "受理与处理").totals)[0][1] == 1
    assert mine.number not in str([values(block.rows) for block in sheet.blocks()])


@pytest.mark.parametrize(("make", "budget"), [(StatisticsSheet, 5), (MajorSheet, 5), (ServiceWeek, 9), (MonthlySheet, 16)])
def test_more_complaints_take_no_more_queries(store, history, django_assert_max_num_queries, make, budget):
    def read():
        for block in make(store, OCTOBER).blocks(whole=True):
            list(block.rows)

    history.many(1, date(2026, 10, 1), 31, 5)
    with django_assert_max_num_queries(budget):
        read()
    history.many(2, date(2026, 10, 1), 31, 30)
    with django_assert_max_num_queries(budget):
        read()
