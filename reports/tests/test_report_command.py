import json
import subprocess
import sys
from datetime import date, datetime
from io import BytesIO

import pytest
from django.core.management import CommandError, call_command
from openpyxl import load_workbook

from complaints.actions_feedback import acknowledge, evaluate, open_feedback, pass_on
from reports.figures import FIGURES
from reports.periods import parse
from reports.report import as_json, build
from reports.tests.history import History
from reports.workbook import workbook
from staff.actions import create_user

pytestmark = pytest.mark.page


@pytest.fixture
def october(store):
    return History(store, 8).wander(date(2026, 9, 1), 61, orders=60)


def run(capsys, *args) -> str:
    call_command("report", *args)
    return capsys.readouterr().out


def test_json_is_one_object_with_the_keys_of_the_contract(october, store, capsys):
    report = json.loads(run(capsys, "2026-10", "--store", "S1", "--json"))
    assert list(report) == [
        "store", "period", "from", "to", "n_orders", "n_vehicles", "figures", "advisors", "callers", "questions", "factors", "index", "strong",
        "weak", "complaints",
    ]  # fmt: skip
    assert (report["store"], report["period"], report["from"], report["to"]) == ("S1", "2026-10", "2026-10-01", "2026-10-31")
    assert set(report["figures"]) == set(FIGURES)
    for figure in report["figures"].values():
        assert list(figure) == ["value", "numerator", "denominator", "n", "low", "high", "target"]
    assert {"overall", "service", "sales_1", "sales_7"} <= {question["code"] for question in report["questions"]}
    assert all(set(q) == {"code", "text", "n", "satisfied", "very_satisfied", "dissatisfied", "mean"} for q in report["questions"])
    codes = [question["code"] for question in report["questions"]]
    assert len(codes) == len(set(codes))
    assert report["index"] == {"value": None, "model": None, "partial": False}
    complaints = report["complaints"]
    assert set(complaints["by_channel"]) == {"phone", "callback"} and set(complaints["by_link"]) == {"quality"}
    assert sum(complaints["by_channel"].values()) == sum(complaints["by_link"].values())
    for kind in ("first_reply", "department_reply", "revisit"):
        figure = report["figures"][f"{kind}_kept"]
        assert complaints["clocks"][kind] == {"due": figure["denominator"], "kept": figure["numerator"]}


def test_the_contracts_codes_are_all_there():
    contract = """callback_rate contact_rate timely_rate satisfaction_rate delight_rate return_rate repurchase_rate
    market_share workshop_return_rate rework_rate complaint_rate_service complaint_rate_sales first_reply_kept department_reply_kept
    revisit_kept call_share file_rate closing_rate nps csat churn_rate waiting_minutes delivery_delay_minutes cars_received revenue_per_car
    satisfaction_rate_sales revenue_per_car_repair revenue_per_car_accident"""
    beside = """warranty_callback_rate base_customers first_maintenance_rate cars_received_a_day service_profit_share win_back_rate
    referral_rate"""  # the rest of domain §10
    assert set(contract.split()) | set(beside.split()) == set(FIGURES)


def test_figures_without_records_are_null(store):
    figures = as_json(build(store, parse("2026-10")))["figures"]
    assert figures["closing_rate"] == dict.fromkeys(["value", "numerator", "denominator", "n", "low", "high", "target"])
    assert figures["satisfaction_rate"]["value"] is None and figures["satisfaction_rate"]["denominator"] == 0


def test_rates_are_unrounded_fractions_inside_their_interval(october, store):
    for code, figure in as_json(build(store, parse("2026-10")))["figures"].items():
        if FIGURES[code].kind == "rate" and figure["value"] is not None:
            assert figure["value"] == figure["numerator"] / figure["denominator"]
            assert 0 <= figure["low"] <= figure["value"] <= figure["high"] <= 1


def test_the_text_is_a_line_a_figure(october, capsys):
    out = run(capsys, "2026-W40", "--store", "S1")
    assert "satisfaction_rate" in out and "target 98%" in out


@pytest.mark.parametrize("args", [("2026-13", "--store", "S1"), ("2026-10", "--store", "NONE"), ("2026-10",), ()])
def test_a_wrong_call_is_one_sentence(store, args):
    with pytest.raises(CommandError):
        call_command("report", *args)


@pytest.mark.parametrize("args", [["2026-10"], ["nonsense", "--store", "S1"], ["2026-10", "--store", "S1", "--nonsense"]])
def test_a_wrong_call_ends_with_1_and_one_line_on_stderr(args, tmp_path):
    done = subprocess.run(
        [sys.executable, "manage.py", "report", *args],
        capture_output=True,
        text=True,
        env={"PATH": "/usr/bin:/bin", "VAR_DIR": str(tmp_path)},
    )
    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1
    assert done.stdout == ""


def test_a_workbook_that_cannot_be_written_is_said(store, tmp_path):
    with pytest.raises(CommandError, match="cannot write"):
        call_command("report", "2026-10", "--store", "S1", "--xlsx", str(tmp_path / "none" / "r.xlsx"))


def test_the_workbook_holds_the_same_figures_as_the_report(october, store, tmp_path, capsys):
    out = tmp_path / "r.xlsx"
    report = json.loads(run(capsys, "2026-10", "--store", "S1", "--json", "--xlsx", str(out)))
    sheet = load_workbook(out).worksheets[0]
    by_name = {str(FIGURES[code].name): figure for code, figure in report["figures"].items()}
    rows = list(sheet.iter_rows(min_row=2, values_only=True))
    assert len(rows) == len(FIGURES)
    for name, value, numerator, denominator, *_rest in rows:
        assert value == pytest.approx(by_name[name]["value"]) if value is not None else by_name[name]["value"] is None
        assert (numerator, denominator) == (by_name[name]["numerator"], by_name[name]["denominator"])


@pytest.mark.parametrize("evil", ["=HYPERLINK(1)", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_what_a_customer_said_never_becomes_a_formula(store, evil):
    history = History(store)
    create_user(username="evil", name="=cmd|1", store=store, role="advisor")
    order = history.order(history.vehicle(), date(2026, 10, 5), advisor=history.advisors[0])
    response = history.response(order, date(2026, 10, 6), service=1)
    response.dissatisfactions.update(words=evil)
    book = load_workbook(BytesIO(workbook(build(store, parse("2026-10")))))
    assert all(cell.data_type != "f" for sheet in book for row in sheet.iter_rows() for cell in row)
    said = [row[-1] for row in book["客户原话"].iter_rows(min_row=2)]
    assert [cell.value.strip() for cell in said] == [evil.strip()]
    assert said[0].data_type == "s"


def test_the_workbook_says_who_was_praised_and_what_became_of_suggestions(store, person):
    praised = person("advisor", name="王强")
    give = {"store": store, "channel": "in_store", "by": None, "received_at": datetime(2026, 10, 6, 12, tzinfo=store.tz)}
    for n in range(2):
        praise = open_feedback(kind="praise", words=f"热情{n}", person=praised, **give)
        pass_on(feedback=praise, person=praised, by=praised)
    open_feedback(kind="praise", words="都好", **give)
    adopted = open_feedback(kind="suggestion", words="多放插座", **give)
    acknowledge(feedback=adopted, by=praised)
    evaluate(feedback=adopted, is_adopted=True, reason="好主意", by=praised)
    rows = dict(load_workbook(BytesIO(workbook(build(store, parse("2026-10")))))["建议与表扬"].values)
    assert list(rows.values())[1:] == [3, 1, 1, 0, 1, 2]
    assert list(rows)[-1].endswith("王强")


def test_control_characters_do_not_break_the_workbook(store):
    history = History(store)
    response = history.response(history.order(history.vehicle(), date(2026, 10, 5)), date(2026, 10, 6), service=1)
    response.dissatisfactions.update(words="坏\x0b了")
    assert workbook(build(store, parse("2026-10")))
