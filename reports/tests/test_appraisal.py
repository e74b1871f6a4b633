"""The appraisal of S4 §5: weights, what is missing, whose figures they are."""

import html
import re
from datetime import date

import pytest

from complaints.models import Clock
from csi.statistics import Rate
from reports.appraisal import PARTS, Line, appraise, score
from reports.models import Target
from reports.quarters import of_quarter
from reports.tests.complaining import Complaining

AUTUMN = date(2026, 10, 1)
APPRAISAL = "/reports/appraisal/"
ALL_REACHED = {part.code: Rate(9, 10) for part in PARTS}


def line(rates: dict, targets: dict | None = None) -> Line:
    return Line(None, score(rates, targets or {}))


@pytest.mark.pure
def test_the_weights_are_those_of_the_plan():
    assert [(part.code, part.weight) for part in PARTS] == [
        ("satisfaction", 30), ("repurchase", 20), ("referral", 15), ("promised", 15), ("complaints", 20),
    ]  # fmt: skip


@pytest.mark.pure
@pytest.mark.parametrize(
    ("rates", "targets", "total", "is_partial"),
    [
        (ALL_REACHED, dict.fromkeys(ALL_REACHED, 0.9), 100.0, False),
        (ALL_REACHED, dict.fromkeys(ALL_REACHED, 0.5), 100.0, False),  # more than the weight is not to be had
        (ALL_REACHED, {}, 90.0, False),
        ({"satisfaction": Rate(98, 100), "repurchase": Rate(1, 2)}, {"satisfaction": 0.98, "repurchase": 1.0}, 80.0, True),
        ({"satisfaction": Rate(0, 100), "repurchase": Rate(1, 2)}, {}, 20.0, True),
        ({"satisfaction": Rate(98, 100), "promised": Rate(1, 2)}, {}, None, True),  # 45 of 100: too little
        ({}, {}, None, True),
    ],
)
def test_what_has_no_data_counts_neither_way_and_below_half_there_is_no_sum(rates, targets, total, is_partial):
    found = line(rates, targets)
    assert found.total == (None if total is None else pytest.approx(total)) and found.is_partial is is_partial


@pytest.fixture
def history(store, time_machine):
    time_machine.move_to("2027-01-05 10:00+08:00", tick=False)
    return Complaining(store, 7)


def of(found: Line, code: str) -> tuple[int, int]:
    (one,) = [score for score in found.scores if score.part.code == code]
    return one.rate.numerator, one.rate.n


def test_each_advisor_has_their_own_figures_and_the_department_all_of_them(history, store):
    first, second, third = history.advisors
    car, other = history.vehicle(), history.vehicle()
    day = date(2026, 10, 12)
    early, late = history.at(day, 17), history.at(day, 15)  # handed over at 16
    for vehicle, advisor, promised in ((car, first, early), (other, first, late), (car, second, None)):
        order = history.order(vehicle, day, advisor=advisor, promised_at=promised)
        history.response(order, date(2026, 10, 14), overall=5 if advisor == first else 2)
    history.complained(day, handler=first, clocks={"department_reply": "kept"})
    history.complained(day, handler=first, department="sales", clocks={"department_reply": "late"})
    Clock.objects.update(owner=first)
    department, lines = appraise(store, of_quarter(AUTUMN))
    by = {one.user: one for one in lines}
    assert [one.user for one in lines][2] == third and by[third].total is None
    mine = by[first]
    assert (of(mine, "satisfaction"), of(mine, "repurchase"), of(mine, "promised"), of(mine, "complaints")) == (
        (2, 2),
        (1, 2),
        (1, 2),
        (1, 1),
    )
    assert of(by[second], "satisfaction") == (0, 1) and of(by[second], "promised") == (0, 0) and of(by[second], "repurchase") == (1, 1)
    assert of(department, "satisfaction") == (2, 3) and of(department, "repurchase") == (1, 2) and of(department, "promised") == (1, 2)
    assert of(mine, "referral") == (0, 0) and "referral" in {s.part.code for s in mine.scores if s.points is None}


def test_another_quarter_counts_its_own(history, store):
    history.response(history.order(history.vehicle(), date(2026, 9, 30), advisor=history.advisors[0]), date(2026, 9, 30))
    assert of(appraise(store, of_quarter(AUTUMN))[0], "satisfaction") == (0, 0)
    assert of(appraise(store, of_quarter(date(2026, 7, 1)))[0], "satisfaction") == (1, 1)


def test_points_are_measured_by_the_target_of_the_quarter_and_the_person(history, store):
    advisor = history.advisors[0]
    for overall in (5, 2):
        history.response(history.order(history.vehicle(), date(2026, 10, 12), advisor=advisor), date(2026, 10, 14), overall=overall)

    def points():
        lines = appraise(store, of_quarter(AUTUMN))[1]
        return next(one for one in lines if one.user == advisor).scores[0].points

    assert points() == pytest.approx(30 * 0.5 / 0.98)
    Target.objects.create(store=store, quarter=AUTUMN, figure="satisfaction_rate", person=advisor, value=8000)
    assert points() == pytest.approx(30 * 0.5 / 0.8)


@pytest.mark.django_db
@pytest.mark.parametrize(("query", "status"), [("", 200), ("?quarter=2026-Q4", 200), ("?quarter=x", 404), ("?quarter=2026-Q5", 404)])
def test_the_page_says_what_is_missing_and_how_it_is_counted(history, signed_in, query, status):
    history.response(history.order(history.vehicle(), date(2026, 10, 12), advisor=history.advisors[0]), date(2026, 10, 14))
    answer = signed_in("regional").get(APPRAISAL + query)
    assert answer.status_code == status
    if status == 200:
        html = answer.content.decode()
        assert "无数据" in html and "部分" in html and answer.context["label"] == "2026年第4季度"


def test_an_advisor_does_not_read_what_the_others_have(history, signed_in):
    assert signed_in("advisor").get(APPRAISAL).status_code == 403


def test_it_costs_the_same_however_many_advisors_and_orders(history, signed_in, person, django_assert_max_num_queries):
    history.wander(date(2026, 9, 1), 90, orders=20)
    client = signed_in("care_manager")
    client.get(APPRAISAL)
    with django_assert_max_num_queries(16) as few:
        client.get(APPRAISAL)
    person("advisor")
    history.wander(date(2026, 9, 1), 90, orders=40)
    with django_assert_max_num_queries(len(few)):
        client.get(APPRAISAL)


def test_every_figure_of_it_opens_as_many_rows(history, signed_in, store):
    first, second, _third = history.advisors
    day, car = date(2026, 10, 12), history.vehicle()
    for vehicle, advisor in ((car, first), (car, second), (history.vehicle(), first)):
        order = history.order(vehicle, day, advisor=advisor, promised_at=history.at(day, 17))
        history.response(order, date(2026, 10, 14))
    history.complained(day, handler=first, clocks={"department_reply": "kept"})
    Clock.objects.update(owner=first)
    client = signed_in("regional")
    page = client.get(APPRAISAL + "?quarter=2026-Q4")
    links = re.findall(r'figure-value"><a href="([^"]+)"', page.content.decode())
    scores = [score for line in [*page.context["lines"], page.context["department"]] for score in line.scores if score.points is not None]
    assert len(links) == len(scores) == 11
    for link, counted in zip(links, scores, strict=True):
        opened = client.get(html.unescape(link))
        assert opened.status_code == 200 and opened.context["total"] == counted.rate.n, link
        parts = {name: n for name, n, _here, _query in opened.context["parts"]}
        assert parts["计入"] == counted.rate.numerator, link
