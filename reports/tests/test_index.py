"""The service index in the report, on the page and in the workbook; and what its cards leave alone."""

from datetime import date
from io import BytesIO

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from core import sweep
from csi.models import Factor, Question, Questionnaire, Response
from reports import counts
from reports.compute import by_caller, store_figures
from reports.forms_callback import FORMS, CallbackSheet
from reports.index_page import block
from reports.periods import parse
from reports.report import as_json, build
from reports.tests.history import History
from reports.workbook import workbook

OCTOBER = parse("2026-10")
EACH = {factor: f"index_{factor}_1" for factor in Factor.values}


@pytest.fixture
def history(store):
    return History(store)


def scored(**of_factors) -> dict[str, int]:
    return {EACH[factor]: score for factor, score in of_factors.items()}


def filled(history, day=date(2026, 10, 6), **scores):
    return history.card(history.order(history.vehicle(), date(2026, 10, 5), advisor=history.advisors[0]), day, **scores)


def test_the_report_tells_factors_and_index(history, store):
    filled(history, **scored(initiation=9, advisor=8, quality=7, facility=6, pick_up=10))
    filled(history, **scored(initiation=7, advisor=8, quality=9, facility=6, pick_up=10))
    found = as_json(build(store, OCTOBER))
    assert found["factors"] == [
        {"factor": "initiation", "mean": 8.0, "n": 2}, {"factor": "advisor", "mean": 8.0, "n": 2}, {"factor": "quality", "mean": 8.0, "n": 2},
        {"factor": "facility", "mean": 6.0, "n": 2}, {"factor": "pick_up", "mean": 10.0, "n": 2},
    ]  # fmt: skip
    assert found["index"] == {"value": pytest.approx(21 * 8 + 19 * 8 + 22 * 8 + 20 * 6 + 18 * 10), "model": "2018", "partial": False}


def test_n_is_customers_and_not_answers(history, store):
    filled(history, index_facility_1=9, index_facility_2=7, index_facility_3=8)
    facility = next(one for one in build(store, OCTOBER).factors if one.factor == "facility")
    assert (facility.mean, facility.n) == (8.0, 1)


def test_a_factor_that_nobody_answered_makes_the_index_partial_in_words_and_json(history, store, signed_in):
    filled(history, **scored(initiation=9, advisor=9, quality=9, pick_up=9))
    found = as_json(build(store, OCTOBER))
    assert found["index"] == {"value": pytest.approx(900), "model": "2018", "partial": True}
    assert found["factors"][3] == {"factor": "facility", "mean": None, "n": 0}
    html = signed_in("care_manager").get(reverse("reports:monthly"), {"period": "2026-10"}).content.decode()
    assert "note-info" in html and str(Factor.FACILITY.label) in html


def test_without_cards_there_is_no_index_and_no_panel(history, store, signed_in):
    history.response(history.order(history.vehicle(), date(2026, 10, 5)), date(2026, 10, 6))
    found = as_json(build(store, OCTOBER))
    assert found["index"] == {"value": None, "model": None, "partial": False}
    assert 'id="index"' not in signed_in("care_manager").get(reverse("reports:monthly"), {"period": "2026-10"}).content.decode()


def test_answers_of_2016_are_measured_by_the_weights_of_their_time(history, store):
    order = history.order(history.vehicle(), date(2016, 5, 5))
    history.card(order, date(2016, 5, 6), **scored(initiation=10, advisor=5, quality=5, facility=5, pick_up=5))
    found = as_json(build(store, parse("2016-05")))["index"]
    assert found == {"value": pytest.approx(100 * (17 * 10 + 84 * 5) / 101), "model": "2014", "partial": False}


def test_kept_counts_give_the_same_index_and_a_new_card_shows_at_once(history, store, time_machine):
    time_machine.move_to("2026-11-20T04:00:00Z", tick=False)
    filled(history, **scored(initiation=9, advisor=8, quality=7, facility=6, pick_up=10))
    live = as_json(build(store, OCTOBER))
    sweep.run(until_done=True)
    assert as_json(build(store, OCTOBER)) == live
    assert counts.of_periods(store, [OCTOBER])[OCTOBER].factors[""] == 1
    filled(history, **scored(initiation=9))
    assert build(store, OCTOBER).index_n == 2


def test_the_page_compares_with_the_period_before_and_the_target(history, store):
    filled(history, date(2026, 9, 6), **dict.fromkeys(EACH.values(), 8))
    filled(history, **dict.fromkeys(EACH.values(), 10))
    page = block(build(store, OCTOBER), counts.of_periods(store, OCTOBER.back(13)), date(2026, 11, 1))
    assert (page["change"], page["met"], page["n"]) == ("+200", True, 1)
    assert [line.change for line in page["lines"]] == ["+2.00"] * 5
    assert [round(past.index.value) for past in page["past"] if past.n] == [800, 1000]


def test_every_number_of_the_index_opens_as_many_answers(history, store, signed_in):
    filled(history, **scored(initiation=9, facility=4), index_facility_2=9, index_overall=9)
    filled(history, **scored(facility=9))
    history.response(history.order(history.vehicle(), date(2026, 10, 5)), date(2026, 10, 6))
    client, url = signed_in("care_manager"), reverse("reports:csi")
    html = client.get(reverse("reports:monthly"), {"period": "2026-10"}).content.decode().replace("&amp;", "&")
    report = build(store, OCTOBER)
    for factor, n in [("any", 2), *((one.factor, one.n) for one in report.factors)]:
        assert f"{url}?period=2026-10&factor={factor}" in html or not n
        assert client.get(url, {"period": "2026-10", "factor": factor}).context["total"] == n
    for asked in [one for several in report.factor_questions.values() for one in several]:
        address = f"{url}?period=2026-10&audience=service&question={asked.code}"
        assert address in html and client.get(address).context["total"] == asked.n
    assert client.get(url, {"factor": "nonsense"}).context["total"] == 3  # a wrong choice narrows nothing


def test_the_workbook_has_the_factors_with_their_weights(history, store):
    filled(history, **dict.fromkeys(EACH.values(), 9))
    sheet = load_workbook(BytesIO(workbook(build(store, OCTOBER)))).worksheets[4]
    rows = list(sheet.iter_rows(min_row=2, values_only=True))
    assert [row[1:] for row in rows[:5]] == [(0.21, 9, 1), (0.19, 9, 1), (0.22, 9, 1), (0.2, 9, 1), (0.18, 9, 1)]
    assert rows[5][2:] == (pytest.approx(900), 1)


def test_a_card_changes_nothing_that_is_the_callbacks(history, store):
    order = history.order(history.vehicle(), date(2026, 10, 5), advisor=history.advisors[0])
    history.response(order, date(2026, 10, 6), overall=4, service=2)
    before, asked = store_figures(store, OCTOBER), as_json(build(store, OCTOBER))["questions"]
    history.card(order, date(2026, 10, 6), index_overall=10, **dict.fromkeys(EACH.values(), 10))
    after = store_figures(store, OCTOBER)
    # csat is over all channels, and counts answers; everything else is as it was.
    assert {code for code in before if before[code] != after[code]} == {"csat"}
    assert (after["csat"].hits, after["csat"].n) == (before["csat"].hits + 1, before["csat"].n + 1)
    assert as_json(build(store, OCTOBER))["questions"] == asked
    assert len(CallbackSheet(FORMS[4], store, OCTOBER)) == 1
    assert CallbackSheet(FORMS[4], store, OCTOBER).tally().reached == 1


def test_who_types_a_card_in_has_not_asked(history, store):
    filled(history, index_overall=10)
    assert by_caller(store, OCTOBER)[None]["csat"].n == 1


def test_a_ten_point_level_is_no_word_of_the_five_levels(history, store, signed_in):
    card = filled(history, index_overall=4)
    html = signed_in("care_manager").get(reverse("reports:csi")).content.decode()
    assert "4/10" in html
    assert Response.objects.get(pk=card.pk).is_unhappy


def test_a_question_of_a_factor_needs_points(db):
    from django.db import IntegrityError, transaction

    version = Questionnaire.objects.get(code="service-index").versions.create(number=2)
    for wrong in ({"scale": "nps"}, {"scale": "ten", "weight": 0}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Question.objects.create(version=version, code="x", position=99, factor="facility", text_zh="x", text_en="x", **wrong)


def test_a_questions_factor_and_weight_are_never_changed(db):
    """Past the model, too: an index that was read aloud would be another one."""
    from django.db import IntegrityError, connection, transaction

    for column in ("factor = 'quality'", "weight = 2"):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE csi_question SET {column} WHERE factor = 'facility'")
