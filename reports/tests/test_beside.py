"""The store's own figures beside the manufacturer's: per person, per caller, over the months (domain §6, §12)."""

from datetime import date
from io import BytesIO

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from csi.models import OemSurvey
from reports.beside import PASSED, caller_gaps, pairs, sides, surveys
from reports.counts import series
from reports.monthly import page
from reports.periods import parse
from reports.report import build
from reports.tests.history import History
from staff.actions import create_store, create_user

OCTOBER = {"period": "2026-10"}
TOYOTA = {100003: 8804, 100004: 8598, 100005: 9405, 100007: 9208, 100008: 8931, 100009: 9231, 100011: 7764, 100012: 9471}


def survey(store, person, rate, *, month=date(2026, 10, 1), audience="service", n=20, answers=()):
    return OemSurvey.objects.create(store=store, month=month, audience=audience, person=person, rate=rate, n=n, answers=list(answers))


def surveyed(store, period="2026-10"):
    return page(store, parse(period), date(2026, 11, 20))


@pytest.fixture
def asked(store):
    """Of the first advisor 20 answers of which 19 are satisfied, of the second 10 of which 5; a complaint about the first."""
    history = History(store)
    for advisor, n, bad in ((history.advisors[0], 20, 1), (history.advisors[1], 10, 5)):
        for k in range(n):
            order = history.order(history.vehicle(), date(2026, 10, 5), advisor=advisor)
            history.response(order, date(2026, 10, 7), overall=2 if k < bad else 5, surveyor=history.callers[k % 2])
    history.complaint(history.advisors[0] and order.__class__.objects.filter(advisor=history.advisors[0]).first(), date(2026, 10, 8))
    return history


def test_the_manufacturers_year_2010_has_its_mean_and_those_who_reached_93(store):
    for number, rate in TOYOTA.items():
        survey(store, create_user(username=str(number), name=str(number), store=store, role="sales"), rate, audience="sales")
    (side,) = surveyed(store)["sides"]
    assert side.mean == pytest.approx(0.89265)  # 89.27 %
    assert {pair.user.username for pair in side.passed} == {"100005", "100012"} and PASSED == 0.93
    assert [pair.user.username for pair in side.pairs][-1] == "100011"


def test_each_person_has_both_measures_and_the_gap_between_them(store, asked):
    first, second, third = asked.advisors
    survey(store, first, 8638)
    survey(store, third, 9400)
    (side,) = surveyed(store)["sides"]
    found = {pair.user: pair for pair in side.pairs}
    assert (found[first].satisfied.value, found[first].gap) == (0.95, 8.6)
    assert (found[first].calm, found[first].calm_gap) == (0.95, 8.6)  # one of twenty cars was complained about
    assert (found[second].share, found[second].gap, found[second].survey) == (None, None, None)
    assert (found[third].satisfied.n, found[third].gap, found[third].passed) == (0, None, True)
    assert side.mean == pytest.approx((0.8638 + 0.94) / 2)


def test_without_a_survey_the_page_says_so_and_of_a_week_nothing(signed_in, asked):
    client = signed_in("care_manager")
    assert "has not been imported" in client.get(
        reverse("reports:monthly"), OCTOBER, headers={"accept-language": "en"}
    ).content.decode() or ("尚未导入" in client.get(reverse("reports:monthly"), OCTOBER).content.decode())
    assert 'class="panel beside"' not in client.get(reverse("reports:weekly"), {"period": "2026-W41"}).content.decode()


def test_a_caller_stands_beside_what_the_manufacturer_heard_of_the_same_people(store, asked):
    """Of the second advisor, whom the manufacturer did not ask about, no answer counts."""
    survey(store, asked.advisors[0], 8000)
    gaps = caller_gaps(store, parse("2026-10"), OemSurvey.objects.all())
    one, other = (gaps[caller.pk] for caller in asked.callers)
    assert (one.n, one.own, one.theirs, one.gap) == (10, 0.9, pytest.approx(0.8), 10.0)
    assert (other.n, other.own, other.gap) == (10, 1.0, 20.0)
    assert caller_gaps(store, parse("2026-10"), []) == {}


def test_the_gap_of_a_caller_opens_the_answers_that_it_was_counted_from(store, asked, signed_in):
    survey(store, asked.advisors[0], 8000)
    client, caller = signed_in("care_manager"), asked.callers[0]
    about = client.get(reverse("reports:rows", args=["csat"]), OCTOBER | {"caller": caller.pk, "surveyed": 1})
    assert about.context["total"] == 10  # of fifteen: those about the second advisor are left out
    assert f"caller={caller.pk}&amp;surveyed=1" in client.get(reverse("reports:monthly"), OCTOBER).content.decode()
    assert client.get(reverse("reports:rows", args=["dials"]), OCTOBER | {"surveyed": 1}).status_code == 404


def test_over_the_months_only_those_with_a_survey_are_drawn(store, asked):
    survey(store, asked.advisors[0], 8000)
    months = parse("2026-10").back(13)
    codes = ["satisfaction_rate", "complaint_rate_service", "satisfaction_rate_sales", "complaint_rate_sales"]
    names = ("a", "b", "c")
    report = build(store, parse("2026-10"))
    assert sides(report, surveys(store, months), series(store, months, codes), names)[0].chart is None
    survey(store, asked.advisors[0], 8400, month=date(2026, 7, 1))
    (side,) = sides(report, surveys(store, months), series(store, months, codes), names)
    assert [(period.code, theirs, satisfied) for period, theirs, satisfied, _calm in side.chart["rows"]] == [
        ("2026-07", pytest.approx(0.84), None), ("2026-10", pytest.approx(0.8), pytest.approx(0.8)),
    ]  # fmt: skip


def test_every_figure_opens_its_rows(store, asked, signed_in):
    advisor = asked.advisors[0]
    survey(store, advisor, 8638, answers=[["是否主动迎接", "yes"], ["维修质量", 8.7]])
    client = signed_in("care_manager")
    html = client.get(reverse("reports:monthly"), OCTOBER).content.decode()
    for url in (
        f"{reverse('reports:oem')}?period=2026-10#person-service-{advisor.pk}",
        f"{reverse('reports:rows', args=['satisfaction_rate'])}?period=2026-10&amp;part=denominator&amp;advisor={advisor.pk}",
        f"{reverse('reports:rows', args=['complaint_rate_service'])}?period=2026-10&amp;part=numerator&amp;advisor={advisor.pk}",
    ):
        assert f'href="{url}"' in html
    behind = client.get(reverse("reports:oem"), OCTOBER).content.decode()
    assert "86.38%" in behind and "是否主动迎接" in behind and "8.7" in behind
    assert client.get(reverse("reports:oem")).context["period"].code == "2026-10"  # the last full month
    assert signed_in("advisor").get(reverse("reports:oem"), OCTOBER).status_code == 403


def test_another_stores_survey_is_nobodys_here(store, signed_in):
    other = create_store(code="S2", name="别的店")
    survey(other, create_user(username="x", name="外人", store=other, role="advisor"), 9000)
    assert surveyed(store)["sides"] == []
    assert "外人" not in signed_in("care_manager").get(reverse("reports:oem"), OCTOBER).content.decode()


def test_the_workbook_has_them_side_by_side(store, asked, signed_in):
    survey(store, asked.advisors[0], 8638)
    answer = signed_in("care_manager").post(reverse("reports:export"), OCTOBER)
    rows = list(load_workbook(BytesIO(answer.content))["与厂家调查对照"].values)
    assert rows[1][1:] == (asked.advisors[0].name, 0.8638, 20, 0.95, 20, 8.6, 0.95, 8.6)


def test_pairs_of_nobody_are_none():
    assert pairs("service", [], []) == []
