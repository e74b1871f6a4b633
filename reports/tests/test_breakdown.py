"""Figures of a period by group: each beside the store and the period before, and every number leading to its rows."""

from datetime import date

import pytest
from django.urls import reverse

from complaints.models import Complaint
from csi.models import Question
from customers.models import Vehicle
from reports import breakdown
from reports.breakdown import DIMENSIONS, tables
from reports.compute import store_figures
from reports.figure import Kind
from reports.figures import ALL
from reports.periods import parse
from reports.templatetags.figures import group_rows
from reports.tests.history import History
from staff.actions import create_store, create_user
from visits.models import ServiceOrder

OCTOBER = parse("2026-10")
URL = "reports:breakdown"


@pytest.fixture
def history(store):
    """Two months of a store with three models and technicians, and a neighbour that must not be counted."""
    History(create_store(code="S2", name="别的店"), 50).wander(date(2026, 9, 1), 60, orders=12)
    made = History(store, 9).wander(date(2026, 8, 15), 78, orders=70)
    for n, car in enumerate(made.vehicles):
        Vehicle.objects.filter(pk=car.pk).update(model=["逸动", "CS75", ""][n % 3])
    made.technicians = [create_user(username=f"t{n}", name=f"技师{n}", store=store, role="technician") for n in range(3)]
    for n, order in enumerate(ServiceOrder.objects.filter(store=store).order_by("pk")):
        order.technicians.add(*made.technicians[: n % 3])
    return made


def everything(store, dimension, period=OCTOBER):
    return {table.figure.code: table for table in tables(store, period, dimension, dimension.figures)}


@pytest.mark.parametrize("dimension", DIMENSIONS.values(), ids=DIMENSIONS.keys())
def test_the_groups_sum_to_the_store(history, store, dimension):
    """Whatever counts rows; a car may come to two advisors, and an order have two technicians."""
    whole = store_figures(store, OCTOBER, [ALL[code] for code in dimension.figures])
    for code, table in everything(store, dimension).items():
        if table.figure.unit == "pk" and dimension.code != "technician":
            for part in ("n", "hits", "against", "fen"):
                assert (
                    sum(getattr(group.value, part) for group in table.groups) == getattr(whole[code], part)
                    or table.figure.kind == Kind.MEDIAN
                ), (code, part)
        assert table.store == whole[code]


@pytest.mark.parametrize("dimension", DIMENSIONS.values(), ids=DIMENSIONS.keys())
def test_every_number_leads_to_its_rows(history, store, signed_in, dimension, monkeypatch):
    monkeypatch.setattr(breakdown, "LARGEST", 1)  # so that there is a line for the rest
    client = signed_in("care_manager")
    page = client.get(reverse(URL), {"period": "2026-10", "by": dimension.code, "figure": dimension.figures})
    html, seen = page.content.decode().replace("&amp;", "&"), 0
    for table in page.context["tables"]:
        for group in table.groups:
            for period, value in ((OCTOBER, group.value), (OCTOBER.previous, group.before)):
                if not value.n or (group.is_rest and period != OCTOBER):
                    continue
                url = group_rows(table.figure.code, period, dimension, group)
                assert f'href="{url}"' in html, (table.figure.code, group.label)
                opened = client.get(url)
                assert opened.status_code == 200 and opened.context["total"] == value.n, (table.figure.code, group.label)
                if value.rate is not None:
                    parts = {query.rsplit("part=")[1].split("&")[0]: count for _name, count, _here, query in opened.context["parts"]}
                    assert parts["numerator"] == value.hits and parts["rest"] == value.n - value.hits
                seen += 1
    assert seen > 8


def test_too_many_models_become_the_largest_and_a_line_for_the_rest(store):
    history = History(store)
    for n in range(20):
        car = history.vehicle()
        Vehicle.objects.filter(pk=car.pk).update(model=f"车型{n:02}")
        for _visit in range(3 if n < 15 else 1):
            history.order(car, date(2026, 10, 5), kind="rework" if n == 19 else "repair")
    table = everything(store, DIMENSIONS["model"])["rework_rate"]
    assert [group.label for group in table.groups[:15]] == [f"车型{n:02}" for n in range(15)]
    (rest,) = table.groups[15:]
    assert rest.is_rest and (rest.value.n, rest.value.hits) == (5, 1)


def test_a_difference_beyond_chance_is_said_and_one_within_it_too(store):
    history = History(store)
    for n in range(60):
        for kind, bad in (("repair", n % 2 == 0), ("maintenance", n % 10 == 0), ("accident", n % 4 == 0)):
            order = history.order(history.vehicle(), date(2026, 10, 5), kind=kind)
            history.response(order, date(2026, 10, 7), overall=2 if bad else 5)
    groups = {group.key: group for group in everything(store, DIMENSIONS["kind"])["satisfaction_rate"].groups}
    assert {key: group.verdict for key, group in groups.items()} == {"repair": "worse", "maintenance": "better", "accident": "same"}
    assert groups["repair"].differs and not groups["accident"].differs
    assert not groups["repair"].value.is_small and groups["repair"].strip.beside is not None


def test_between_the_two_limits_a_group_is_worth_a_look_and_does_not_differ(store):
    history = History(store)
    for kind, answers, bad in (("repair", 60, 15), ("maintenance", 300, 24), ("accident", 60, 12)):
        for n in range(answers):
            order = history.order(history.vehicle(), date(2026, 10, 5), kind=kind)
            history.response(order, date(2026, 10, 7), overall=2 if n < bad else 5)
    groups = {group.key: group for group in everything(store, DIMENSIONS["kind"])["satisfaction_rate"].groups}
    assert {key: group.verdict for key, group in groups.items()} == {"repair": "worse", "maintenance": "better", "accident": "same"}
    assert not any(group.differs for group in groups.values())


def test_of_what_should_be_low_more_is_worse(store):
    history = History(store)
    for n in range(80):
        for kind in ("repair", "maintenance"):
            order = history.order(history.vehicle(), date(2026, 10, 5), kind=kind)
            if kind == "repair" and n % 3 == 0:
                history.complaint(order, date(2026, 10, 6))
    assert Complaint.objects.exists()
    groups = {group.key: group for group in everything(store, DIMENSIONS["kind"])["complaint_rate_service"].groups}
    assert (groups["repair"].verdict, groups["maintenance"].verdict) == ("worse", "better")
    assert groups["repair"].strip.at > 40  # the scale is that of small shares


def test_the_period_before_stands_beside(store):
    history = History(store)
    car = history.vehicle()
    history.order(car, date(2026, 9, 5), kind="repair")
    history.order(car, date(2026, 10, 5), kind="repair")
    history.order(car, date(2026, 10, 6), kind="repair")
    (group,) = everything(store, DIMENSIONS["kind"])["cars_received"].groups
    assert (group.value.n, group.before.n) == (2, 1)


def test_an_order_with_two_technicians_counts_for_each_and_one_without_for_nobody(store):
    history = History(store)
    one, two = (create_user(username=name, name=name, store=store, role="technician") for name in ("甲", "乙"))
    both, _alone = (history.order(history.vehicle(), date(2026, 10, 5), total_fen=10_000) for _n in range(2))
    both.technicians.add(one, two)
    groups = {group.key: group.value.n for group in everything(store, DIMENSIONS["technician"])["revenue_per_car"].groups}
    assert groups == {one.pk: 1, two.pk: 1, None: 1}


def test_a_card_on_paper_is_in_no_callback_figure_of_a_group(store):
    history = History(store)
    order = history.order(history.vehicle(), date(2026, 10, 5), advisor=history.advisors[0])
    assert Question.objects.filter(factor="facility").exists()
    history.card(order, date(2026, 10, 6), index_overall=10)
    assert everything(store, DIMENSIONS["advisor"])["satisfaction_rate"].groups == []


@pytest.mark.parametrize("code", DIMENSIONS)
def test_the_page_keeps_its_query_budget_whatever_the_number_of_rows(history, signed_in, django_assert_max_num_queries, code):
    client = signed_in("care_manager")
    query = {"period": "2026-10", "by": code, "figure": DIMENSIONS[code].figures}
    client.get(reverse(URL), query)
    with django_assert_max_num_queries(50) as before:
        client.get(reverse(URL), query)
    history.wander(date(2026, 9, 1), 61, orders=40)
    with django_assert_max_num_queries(len(before)):
        client.get(reverse(URL), query)


@pytest.mark.parametrize("query", [{"by": "plate"}, {"period": "x"}])
def test_what_is_no_group_is_not_found(signed_in, query):
    assert signed_in("care_manager").get(reverse(URL), query).status_code == 404


def test_rows_of_a_line_that_is_not_there_are_not_found(history, store, signed_in):
    client = signed_in("care_manager")
    stranger = create_user(username="x", name="陌生人", store=create_store(code="S3", name="三店"), role="advisor")
    url = reverse("reports:rows", args=["rework_rate"])
    for query in (
        {"by": "model", "key": "没有的车"},
        {"by": "advisor", "key": stranger.pk},
        {"by": "advisor", "key": "x"},
        {"by": "technician", "key": "1"},
    ):
        answer = client.get(url, {"period": "2026-10"} | query)
        assert answer.status_code == 404 and stranger.name not in answer.content.decode()


@pytest.mark.parametrize("role", ["advisor", "caller", "sales"])
def test_it_is_not_for_those_who_are_rated(signed_in, role):
    assert signed_in(role).get(reverse(URL)).status_code == 403
