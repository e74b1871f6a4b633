from datetime import date, timedelta
from io import BytesIO
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from core import clock, sweep
from core.models import AuditEvent, OutboxMessage
from reports import plans as reading
from reports.actions_plans import change_plan, end_plan, make_plan, review_plan
from reports.models import ImprovementPlan, PlanEntry
from reports.periods import parse
from reports.report import build
from reports.steps import tell_overdue_plans
from reports.tests.complaining import Complaining
from staff.actions import add_named, create_store
from staff.models import Membership

pytestmark = pytest.mark.django_db
OCTOBER = parse("2026-10")
NOW = "2026-11-05 10:00+08:00"
PLANS = "/reports/plans/"


@pytest.fixture(autouse=True)
def november(time_machine):
    time_machine.move_to(NOW, tick=False)
    return time_machine


@pytest.fixture
def history(store):
    return Complaining(store, 7)


@pytest.fixture
def asked(history):
    """asked(day, n, price=2) -> n customers answered on that day."""

    def answer(day: date, n: int, **scores):
        for _n in range(n):
            history.response(history.order(history.vehicle(), day), day, **scores)

    return answer


@pytest.fixture
def leader(person):
    return person("service_manager", name="周经理")


@pytest.fixture
def planned(store, leader, person):
    """planned(person=…, due_on=…) -> an open plan for the service question about charges, found in October."""

    def make(**facts) -> ImprovementPlan:
        values = {
            "about": "item",
            "audience": "service",
            "code": "price",
            "period": OCTOBER,
            "cause": "报价不清",
            "measure": "先报价后施工",
        }
        values |= {"due_on": date(2026, 11, 20), "by": leader} | facts
        return make_plan(store=store, **{"person": values.get("person") or person("advisor"), **values})

    return make


def typed(person, **changes) -> dict:
    return {"cause": "报价不清", "measure": "先报价后施工", "person": person.pk, "due_on": "2026-11-20"} | changes


# What needs one


def test_the_monthly_page_offers_a_plan_for_a_weak_item_and_names_the_one_that_is_there(history, asked, signed_in, planned):
    asked(date(2026, 10, 6), 15, price=3, service=3, quality=3)
    asked(date(2026, 10, 7), 5, price=1, service=3, quality=3)
    client = signed_in("service_manager")
    page = client.get(reverse("reports:monthly"), {"period": "2026-10"})
    (weak,) = page.context["weak"]
    assert (weak.item.asked.code, weak.plan) == ("price", None)
    form = client.get(weak.new_url)
    assert form.status_code == 200 and "报价" not in form.content.decode()
    plan = planned()
    page = client.get(reverse("reports:monthly"), {"period": "2026-10"})
    assert page.context["weak"][0].plan == plan and reverse("reports:plan", args=[plan.pk]) in page.content.decode()


def test_who_does_not_lead_is_offered_no_plan(asked, signed_in):
    asked(date(2026, 10, 7), 12, price=1)
    page = signed_in("regional").get(reverse("reports:monthly"), {"period": "2026-10"})
    assert page.context["weak"] and reverse("reports:plan_new") not in page.content.decode()


def test_a_plan_that_was_carried_out_stands_at_its_own_month_and_not_at_the_next(asked, store, planned, leader):
    for day in (date(2026, 10, 7), date(2026, 11, 3)):
        asked(day, 12, price=1)
    end_plan(plan=planned(), is_carried_out=True, result="好多了", by=leader)

    def plan_in(period):
        return reading.needs(store, parse(period), build(store, parse(period)).weak)[0][0].plan

    assert plan_in("2026-10").status == "done" and plan_in("2026-11") is None


def test_a_matter_is_frequent_from_three_a_month_and_two_a_week(store, history):
    for day in (5, 6):
        history.complained(date(2026, 10, day), link="price", standard="fair")
    history.response(history.order(history.vehicle(), date(2026, 10, 6)), date(2026, 10, 7), price=1)  # without a standard
    assert reading.topics(store, OCTOBER) == []
    (week,) = reading.topics(store, parse("2026-W41"))
    assert (week.link, week.standard, week.complaints, week.dissatisfied, week.before) == ("price", "fair", 2, 0, 0)
    history.complained(date(2026, 10, 31), link="price", standard="fair")
    history.complained(date(2026, 9, 1), link="price", standard="fair")
    (month,) = reading.topics(store, OCTOBER)
    assert (month.n, month.before) == (3, 1)


def test_what_was_said_in_a_call_and_registered_from_it_is_one_matter(store, history):
    for day in (5, 6, 7):
        said = history.response(history.order(history.vehicle(), date(2026, 10, day)), date(2026, 10, day), price=1)
        history.complained(date(2026, 10, day), link="price", standard="", response=said, vehicle=said.vehicle, customer=said.customer)
    (topic,) = reading.topics(store, OCTOBER)
    assert (topic.complaints, topic.dissatisfied) == (0, 3)


# Making, changing, ending


def test_a_plan_is_made_for_a_person_who_is_told_and_it_is_written_down(store, planned, person):
    advisor = person("advisor")
    plan = planned(person=advisor)
    assert (plan.period, plan.status, plan.due_at.isoformat()) == (OCTOBER, "open", "2026-11-21T00:00:00+08:00")
    assert [(entry.kind, entry.due_on) for entry in plan.entries.all()] == [("made", date(2026, 11, 20))]
    assert OutboxMessage.objects.filter(topic="plan_given", user=advisor, path=f"{PLANS}{plan.pk}/").count() == 1
    assert AuditEvent.objects.get(verb="plan.made").details["person"] == advisor.pk


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"cause": " "}, "cause"),
        ({"measure": ""}, "measure"),
        ({"due_on": date(2026, 11, 4)}, "due_on"),
        ({"code": "nonsense"}, "__all__"),
        ({"about": "topic", "audience": "", "code": "price", "standard": "attitude"}, "__all__"),
    ],
)
def test_a_plan_that_lacks_something_is_refused_and_nothing_is_saved(planned, wrong, field):
    with pytest.raises(ValidationError) as refused:
        planned(**wrong)
    assert list(getattr(refused.value, "error_dict", {"__all__": 1})) == [field]
    assert not ImprovementPlan.objects.exists() and not PlanEntry.objects.exists()


def test_a_person_of_another_store_cannot_carry_it_out(planned, person):
    with pytest.raises(ValidationError, match="本店人员"):
        planned(person=person("advisor", at=create_store(code="S2", name="另一店")))


def test_one_plan_of_an_item_is_open_at_a_time(store, planned, leader):
    first = planned()
    with pytest.raises(ValidationError, match="已有未完成"):
        planned()
    end_plan(plan=first, is_carried_out=False, result="人手不够", by=leader)
    assert planned().pk != first.pk


def test_a_plan_ends_once_with_its_result_in_words(planned, leader):
    plan = planned()
    for result, on in (("", None), ("好", date(2026, 11, 6)), ("好", date(2026, 11, 4))):
        with pytest.raises(ValidationError):
            end_plan(plan=plan, is_carried_out=True, result=result, on=on, by=leader)
    end_plan(plan=plan, is_carried_out=True, result="已公示价目表", by=leader)
    plan = ImprovementPlan.objects.get()
    assert (plan.status, plan.result, plan.ended_on, plan.ended_by) == ("done", "已公示价目表", date(2026, 11, 5), leader)
    for again in (
        lambda: end_plan(plan=plan, is_carried_out=False, result="没有", by=leader),
        lambda: review_plan(plan=plan, words="还在做", by=leader),
        lambda: change_plan(plan=plan, cause="x", measure="y", person=plan.person, due_on=date(2026, 12, 1), by=leader),
    ):
        with pytest.raises(ValidationError, match="抢先"):
            again()


def test_the_lines_of_a_plan_are_only_ever_added(planned):
    entry = planned().entries.get()
    with pytest.raises(TypeError):
        entry.delete()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE reports_planentry SET kind = 'done'")


# Overdue


def test_whoever_is_to_carry_it_out_is_told_once_when_the_date_has_passed(planned, november, person):
    advisor = person("advisor")
    plan = planned(person=advisor)
    november.move_to("2026-11-20 23:59+08:00", tick=False)
    assert tell_overdue_plans(clock.now()) == 0
    november.move_to("2026-11-21 00:00+08:00", tick=False)
    sweep.run(until_done=True)
    assert tell_overdue_plans(clock.now()) == 0
    (message,) = OutboxMessage.objects.filter(topic="plan_overdue")
    assert (message.user, message.path, message.params) == (advisor, f"{PLANS}{plan.pk}/", {"due": "2026-11-20"})
    assert plan.entries.filter(kind="overdue").count() == 1


def test_of_a_plan_of_somebody_without_sign_in_whoever_made_it_is_told(store, planned, november, leader):
    planned(person=add_named(name="老李", store=store, role="technician"))
    november.move_to("2026-11-22 10:00+08:00", tick=False)
    tell_overdue_plans(clock.now())
    assert [(m.topic, m.user) for m in OutboxMessage.objects.filter(stage="overdue")] == [("plan_overdue_maker", leader)]


def test_a_new_date_is_a_new_promise(planned, november, leader):
    plan = planned()
    november.move_to("2026-11-22 10:00+08:00", tick=False)
    tell_overdue_plans(clock.now())
    plan.refresh_from_db()
    change_plan(plan=plan, cause=plan.cause, measure=plan.measure, person=plan.person, due_on=date(2026, 11, 25), by=leader)
    assert tell_overdue_plans(clock.now()) == 0 and not plan.is_overdue
    november.move_to("2026-11-26 10:00+08:00", tick=False)
    assert tell_overdue_plans(clock.now()) == 1 and plan.is_overdue
    assert OutboxMessage.objects.filter(stage="overdue").count() == 2


def test_what_has_been_ended_is_not_overdue(planned, november, leader):
    end_plan(plan=planned(), is_carried_out=True, result="好", by=leader)
    november.move_to("2026-12-01 10:00+08:00", tick=False)
    assert tell_overdue_plans(clock.now()) == 0


def test_the_home_page_shows_ones_own_plans_and_leaders_what_is_overdue(planned, client, november, person, leader):
    advisor, other = person("advisor"), person("advisor")
    plan = planned(person=advisor)

    def at_home(user):
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return [line["plan"] for line in client.get("/").context["plans"]]

    assert at_home(advisor) == [plan] and at_home(other) == at_home(leader) == []
    november.move_to("2026-11-22 10:00+08:00", tick=False)
    assert at_home(leader) == [plan] and at_home(other) == []


# Whether it has helped


def test_the_figure_before_is_of_three_months_and_after_of_the_whole_months_since(store, asked, planned, november, leader):
    for month, good, bad in ((7, 10, 10), (8, 12, 8), (9, 12, 8), (10, 10, 10)):
        asked(date(2026, month, 7), good, price=3)
        asked(date(2026, month, 7), bad, price=1)
    plan = planned()
    end_plan(plan=plan, is_carried_out=True, result="好", by=leader)
    asked(date(2026, 11, 20), 30, price=1)  # still the month in which it was carried out
    asked(date(2026, 12, 7), 38, price=3)
    asked(date(2026, 12, 7), 2, price=2)

    def effect():
        return reading.effects(store, [plan], store.today())[plan.pk]

    found = effect()
    assert (found.before.numerator, found.before.n, found.after_periods, found.compared) == (34, 60, [], "")
    november.move_to("2026-12-28 10:00+08:00", tick=False)
    found = effect()
    assert (found.after.numerator, found.after.n, found.is_running, found.compared) == (38, 40, True, "up")
    assert found.before.low < 34 / 60 < found.before.high and "超出偶然" in found.words and found.is_better
    november.move_to("2027-05-28 10:00+08:00", tick=False)
    assert [period.code for period in effect().after_periods] == ["2026-12", "2027-01", "2027-02"] and not effect().is_running


def test_a_small_difference_may_be_chance(store, asked, planned, november, leader):
    asked(date(2026, 10, 7), 20, price=3)
    asked(date(2026, 10, 7), 5, price=1)
    plan = end_plan(plan=planned(), is_carried_out=True, result="好", by=leader)
    november.move_to("2026-12-28 10:00+08:00", tick=False)
    asked(date(2026, 12, 7), 22, price=3)
    asked(date(2026, 12, 7), 3, price=1)
    found = reading.effects(store, [plan], store.today())[plan.pk]
    assert (found.compared, found.points) == ("same", "+8.0") and "可能是偶然" in found.words


def test_of_a_frequent_complaint_the_share_of_dissatisfied_is_to_fall(store, history, asked, planned, november, leader, signed_in):
    asked(date(2026, 10, 7), 30)
    asked(date(2026, 10, 7), 10, price=1)
    for day in (2, 3, 4):
        history.complained(date(2026, 10, day), link="price", standard="")
    plan = planned(about="topic", audience="", code="price")
    end_plan(plan=plan, is_carried_out=True, result="好", by=leader)
    november.move_to("2026-12-28 10:00+08:00", tick=False)
    asked(date(2026, 12, 7), 40)
    history.complained(date(2026, 12, 4), link="price", standard="")
    found = reading.effects(store, [plan], store.today())[plan.pk]
    assert (found.before.numerator, found.before.n, found.after.numerator, found.after.n) == (10, 40, 0, 40)
    assert (found.complaints_before, found.complaints_after, found.compared, found.is_better) == (3, 1, "down", True)
    client = signed_in("care_manager")
    page = client.get(f"{PLANS}{plan.pk}/").content.decode()
    for url, n in zip(found.urls, (3, 1), strict=True):
        assert f'<a href="{url.replace("&", "&amp;")}">{n}</a>' in page and client.get(url).context["total"] == n


# Pages


def test_a_plan_is_made_at_the_weak_item_and_lands_on_its_page(store, signed_in, person):
    client, advisor = signed_in("care_manager"), person("advisor")
    url = reading.new_url(("item", "service", "price", ""), OCTOBER)
    of = dict(parse_qsl(urlsplit(url).query))
    assert all(f'name="{name}" value="{value}"' in client.get(url).content.decode() for name, value in of.items())
    answer = client.post(f"{PLANS}new/", typed(advisor, **of))
    plan = ImprovementPlan.objects.get()
    assert answer.status_code == 302 and answer["Location"] == f"{PLANS}{plan.pk}/"
    assert (plan.code, plan.person, plan.made_by, plan.period) == ("price", advisor, client.user, OCTOBER)
    assert client.get(url)["Location"] == f"{PLANS}{plan.pk}/"  # it is there already
    refused = client.post(f"{PLANS}new/", typed(advisor, measure="另一个办法", **of))
    assert refused.status_code == 422 and "另一个办法" in refused.content.decode()


@pytest.mark.parametrize("query", ["period=2026-10", "about=item&audience=service&code=price", "period=2026-10&about=item&audience=service&code=x",
                                   "period=2026-10&about=topic&code=price&standard=x", "period=x&about=topic&code=price"])  # fmt: skip
def test_for_what_nobody_is_asked_about_there_is_no_plan(signed_in, query):
    assert signed_in("care_manager").get(f"{PLANS}new/?{query}").status_code == 404


def test_the_list_shows_what_is_open_overdue_and_done_and_whose(planned, signed_in, november, leader, person):
    advisor = person("advisor")
    late = planned(person=advisor)
    later = planned(code="quality", due_on=date(2026, 12, 20))
    done = end_plan(plan=planned(code="service"), is_carried_out=True, result="已培训", by=leader)
    november.move_to("2026-11-22 10:00+08:00", tick=False)
    client = signed_in("care_manager")

    def listed(query=""):
        return [line["plan"] for line in client.get(f"{PLANS}{query}").context["lines"]]

    assert listed() == [late, later] and listed("?show=overdue") == [late] and listed("?show=done") == [done]
    assert listed("?show=all") == [later, late, done] and listed(f"?show=all&person={advisor.pk}") == [late]
    assert client.get(f"{PLANS}?show=x").status_code == client.get(f"{PLANS}?person=x").status_code == 404
    assert "已培训" in client.get(f"{PLANS}?show=done").content.decode()


def test_a_plan_that_nobody_has_talked_over_for_a_week_says_so(planned, signed_in, november, leader):
    plan = planned()
    client = signed_in("care_manager")

    def is_due():
        client.force_login(client.user, backend="django.contrib.auth.backends.ModelBackend")
        return client.get(PLANS).context["lines"][0]["review_due"]

    november.move_to("2026-11-12 10:00+08:00", tick=False)
    assert not is_due()
    november.move_to("2026-11-12 10:01+08:00", tick=False)
    assert is_due()
    review_plan(plan=plan, words="已排班", by=leader)
    assert not is_due()


def test_an_advisor_sees_and_ends_their_own_plan_only(planned, client, person):
    advisor, other = person("advisor"), person("advisor")
    plan = planned(person=advisor)
    ended = {"is_carried_out": "1", "on": "2026-11-05", "result": "价目表已上墙"}
    client.force_login(other, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(f"{PLANS}{plan.pk}/").status_code == client.post(f"{PLANS}{plan.pk}/end/", ended).status_code == 404
    assert client.get(PLANS).context["lines"] == []
    client.force_login(advisor, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(f"{PLANS}{plan.pk}/").status_code == 200 and client.get(f"{PLANS}{plan.pk}/edit/").status_code == 403
    refused = client.post(f"{PLANS}{plan.pk}/end/", ended | {"on": "2026-11-30"})
    assert refused.status_code == 422 and "价目表已上墙" in refused.content.decode()
    assert client.post(f"{PLANS}{plan.pk}/end/", ended).status_code == 302
    assert ImprovementPlan.objects.get().ended_by == advisor


def test_a_regional_auditor_reads_plans_and_records_nothing(planned, signed_in):
    plan = planned()
    client = signed_in("regional")
    assert client.get(f"{PLANS}{plan.pk}/").status_code == 200
    assert client.post(f"{PLANS}{plan.pk}/end/", {"is_carried_out": "1"}).status_code == 403


def test_who_reads_all_plans_and_carries_out_own_ones_ends_nobody_elses(planned, signed_in, store):
    """Two roles: the auditor's lets them read everybody's, the advisor's lets them act on their own."""
    plan, client = planned(), signed_in("regional")
    Membership.objects.create(user=client.user, store=store, role="advisor")
    assert client.get(f"{PLANS}{plan.pk}/").status_code == 200
    ended = {"is_carried_out": "1", "result": "已排班", "on": f"{store.today():%Y-%m-%d}"}
    assert client.post(f"{PLANS}{plan.pk}/end/", ended).status_code == 403
    assert client.post(f"{PLANS}{plan.pk}/review/", {"words": "已排班"}).status_code == 403
    plan.refresh_from_db()
    assert plan.is_open


def test_the_months_workbook_holds_its_plans(asked, signed_in, planned, leader):
    asked(date(2026, 10, 7), 12, price=1)
    planned(cause="=1+1")
    end_plan(plan=planned(code="quality"), is_carried_out=True, result="已返工培训", by=leader)
    content = signed_in("care_manager").post(reverse("reports:export"), {"period": "2026-10"}).content
    rows = list(load_workbook(BytesIO(content))["改善计划"].iter_rows(values_only=True))
    assert len(rows) == 3 and rows[1][2] == "=1+1" and "已返工培训" in rows[2] + rows[1]
    assert "较上期" not in rows[0]  # before the measure, not the change on the period before


@pytest.mark.parametrize(("address", "budget"), [(PLANS, 19), (f"{PLANS}?show=all", 19)])
def test_the_list_keeps_its_query_budget_whatever_the_number_of_plans(history, asked, planned, signed_in, address, budget, leader):
    history.wander(date(2026, 7, 1), 120, orders=60)
    client = signed_in("care_manager")
    planned(about="topic", audience="", code="price")
    planned()

    def counted():
        sweep.run(until_done=True)
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            client.get(address)
        return len(queries)

    few = counted()
    for code in ("service", "quality", "timeliness", "environment"):
        planned(about="topic", audience="", code=code, due_on=date(2026, 11, 20) + timedelta(days=1))
        planned(code=code)
    end_plan(plan=planned(code="other"), is_carried_out=True, result="好", by=leader)
    assert counted() == few <= budget, few


def test_one_plan_keeps_its_query_budget(history, asked, planned, signed_in, leader):
    history.wander(date(2026, 7, 1), 120, orders=60)
    plan = planned(about="topic", audience="", code="price")
    client = signed_in("care_manager")
    sweep.run(until_done=True)
    client.get(f"{PLANS}{plan.pk}/")
    with CaptureQueriesContext(connection) as queries:
        client.get(f"{PLANS}{plan.pk}/")
    few = len(queries)
    for n in range(6):
        review_plan(plan=plan, words=f"第{n}次", by=leader)
    with CaptureQueriesContext(connection) as queries:
        client.get(f"{PLANS}{plan.pk}/")
    assert len(queries) == few <= 18
