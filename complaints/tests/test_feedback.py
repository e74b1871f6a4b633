"""Suggestions and praise: limits across closing hours, warned and late exactly once, evaluated, told, passed on; pages and permissions."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from complaints import actions_feedback, feedback_steps
from complaints.feedback_limits import due
from complaints.kinds import FeedbackAct
from complaints.models import Feedback, FeedbackClock, FeedbackEntry
from complaints.raising import Changed
from complaints.tests.conftest import at, swept
from core import clock, topics
from core.models import OutboxMessage
from staff import calendars
from staff.actions import create_user
from staff.models import CalendarDay, HoursKind

LIST = "/suggestions/"


@pytest.fixture
def suggest(store, people, customer):
    def make(**facts):
        values = {
            "store": store,
            "kind": "suggestion",
            "channel": "in_store",
            "words": "多放几个插座",
            "customer": customer,
            "by": people.caller,
        }
        return actions_feedback.open_feedback(**(values | facts))

    return make


@pytest.fixture
def as_(client, people):
    def sign_in(role):
        client.force_login(people[role], backend="django.contrib.auth.backends.ModelBackend")
        return client

    return sign_in


def limits(row) -> dict:
    return dict(row.clocks.values_list("act", "due_at"))


def told(user) -> list[str]:
    return list(OutboxMessage.objects.filter(user=user).order_by("pk").values_list("topic", flat=True))


HOW = {"method": "phone", "told": "已收到"}


# Limits


def test_two_staffed_hours_and_three_working_days(suggest):
    assert limits(suggest()) == {"acknowledge": at("11-24 12:00"), "evaluate": at("11-27 18:30")}


def test_the_two_hours_stand_still_while_the_store_is_closed_and_a_holiday_is_no_working_day(suggest, store, clock_at):
    CalendarDay.objects.create(store=store, date=at("11-25 00:00").date(), name="店休")
    clock_at.move_to(at("11-24 17:40"))
    assert limits(suggest()) == {"acknowledge": at("11-26 09:40"), "evaluate": at("11-28 18:30")}
    clock_at.move_to(at("11-25 03:00"))
    assert limits(suggest())["acknowledge"] == at("11-26 10:30")


def test_praise_is_to_reach_its_person_within_three_working_days(suggest):
    assert limits(suggest(kind="praise")) == {"pass_on": at("11-27 18:30")}


def test_a_store_without_staffed_hours_counts_by_the_wall_clock(store):
    store.weekday_hours.all().delete()
    hours = calendars.hours(store, HoursKind.STAFFED)
    start = at("11-24 10:00")
    assert due(FeedbackAct.ACKNOWLEDGE, start, hours).due_at == start + timedelta(hours=2)
    assert due(FeedbackAct.EVALUATE, start, hours).due_at == start + timedelta(days=3)


def test_each_limit_is_warned_and_said_to_be_late_exactly_once(suggest, people, clock_at):
    row = suggest()
    stages = []
    for moment in ("11-24 11:44", "11-24 11:45", "11-24 12:00", "11-24 12:01", "11-27 14:29", "11-27 14:30", "11-27 18:30", "11-28 09:00"):
        clock_at.move_to(at(moment))
        counts = [swept(), swept()]
        stages.append(tuple(sum(count.get(name, 0) for count in counts) for name in ("warned", "breached")))
    assert stages == [(0, 0), (1, 0), (0, 1), (0, 0), (0, 0), (1, 0), (0, 1), (0, 0)]
    assert list(row.entries.values_list("kind", flat=True)) == ["received", "warned", "breached", "warned", "breached"]
    assert told(people.caller) == ["feedback_warning", "feedback_late"]
    assert told(people.care_manager).count("feedback_late") == 2 and told(people.general_manager).count("feedback_late") == 2
    for message in OutboxMessage.objects.all():
        assert "…" not in topics.text(message.topic, message.params)


def test_after_an_outage_it_is_said_once_and_without_a_late_warning(suggest, clock_at):
    for _n in range(3):
        suggest()
    clock_at.shift(timedelta(days=10))
    counts = swept()
    assert (counts.get("warned", 0), counts["breached"]) == (0, 6) and swept()["breached"] == 0


@pytest.mark.parametrize("step", [feedback_steps.warn_feedback, feedback_steps.breach_feedback])
def test_a_step_that_another_sweep_has_done_meanwhile_does_nothing(suggest, clock_at, monkeypatch, step):
    suggest()
    clock_at.move_to(at("11-24 11:50") if step is feedback_steps.warn_feedback else at("11-24 12:05"))
    read = [(one.pk, one.feedback_id) for one in FeedbackClock.objects.filter(act="acknowledge")]
    assert step(clock.now()) == 1
    lines = FeedbackEntry.objects.count()
    hold = feedback_steps.hold
    monkeypatch.setattr(
        feedback_steps, "hold", lambda parents, found, rows: hold(parents, read, rows)
    )  # what the second had read before the first wrote
    assert step(clock.now()) == 0 and FeedbackEntry.objects.count() == lines


def test_the_database_refuses_a_second_line_of_a_stage_and_a_moved_limit(suggest, clock_at):
    row = suggest()
    clock_at.move_to(at("11-24 12:00"))
    swept()
    line = row.entries.get(kind="breached")
    with pytest.raises(IntegrityError), transaction.atomic():
        FeedbackEntry.objects.create(feedback=row, kind="breached", clock=line.clock, status="received")
    with pytest.raises(Exception, match="append-only"), transaction.atomic():
        FeedbackClock.objects.filter(pk=line.clock_id).update(due_at=at("11-30 12:00"))


def test_the_health_page_tells_of_a_limit_that_nobody_has_swept(suggest, clock_at):
    suggest()
    clock_at.move_to(at("11-24 12:05"))
    assert feedback_steps.oldest_due(clock.now()) == at("11-24 12:00")
    swept()
    assert feedback_steps.oldest_due(clock.now()) is None


# Acts


def test_a_suggestion_is_acknowledged_evaluated_and_its_customer_told(suggest, people, clock_at):
    row = suggest()
    actions_feedback.acknowledge(feedback=row, **HOW, by=people.caller)
    assert told(people.care_manager) == ["feedback_evaluate"]
    actions_feedback.evaluate(feedback=row, is_adopted=False, reason="电路负荷不够", by=people.care_manager)
    assert told(people.caller) == ["feedback_tell"]
    clock_at.shift(timedelta(hours=1))
    actions_feedback.tell(feedback=row, method="message", told="暂不能加装", by=people.caller)
    row.refresh_from_db()
    assert (row.status, row.is_adopted, row.closed_at) == ("closed", False, at("11-24 11:00"))
    assert not row.clocks.running().exists()
    assert list(row.entries.values_list("kind", "method", "told")) == [
        ("received", "", ""), ("acknowledged", "phone", "已收到"), ("evaluated", "", ""), ("told", "message", "暂不能加装"),
    ]  # fmt: skip


def test_an_act_out_of_turn_or_for_the_second_time_is_refused(suggest, people):
    row, seen = suggest(), Feedback.objects.get()
    with pytest.raises(Changed):
        actions_feedback.evaluate(feedback=row, is_adopted=True, reason="好", by=people.care_manager)
    actions_feedback.acknowledge(feedback=row, **HOW, by=people.caller)
    with pytest.raises(Changed):
        actions_feedback.acknowledge(feedback=seen, **HOW, by=people.care_manager)  # who has the old page open
    with pytest.raises(ValidationError):
        actions_feedback.evaluate(feedback=row, is_adopted=True, reason=" ", by=people.care_manager)
    with pytest.raises(Changed):
        actions_feedback.pass_on(feedback=row, by=people.caller)


def test_what_is_done_late_stays_late_even_if_no_sweep_saw_it(suggest, people, clock_at):
    row = suggest()
    clock_at.move_to(at("11-24 12:30"))
    actions_feedback.acknowledge(feedback=row, **HOW, by=people.caller)
    one = row.clocks.get(act="acknowledge")
    assert (one.breached_at, one.met_at) == (at("11-24 12:30"), at("11-24 12:30"))


def test_nobody_is_asked_how_a_customer_was_told_who_cannot_be_reached(suggest, people):
    row = suggest(customer=None)
    actions_feedback.acknowledge(feedback=row, by=people.caller)
    assert row.entries.get(kind="acknowledged").method == ""
    with pytest.raises(ValidationError):
        actions_feedback.acknowledge(feedback=suggest(), by=people.caller)


def test_praise_reaches_its_person_once(suggest, people):
    row = suggest(kind="praise", words="小李很耐心")
    for _twice in range(2):
        actions_feedback.pass_on(feedback=row, person=people.advisor, token="t", by=people.caller)
    with pytest.raises(Changed):
        actions_feedback.pass_on(feedback=row, person=people.advisor, token="u", by=people.care_manager)
    swept()
    message = OutboxMessage.objects.get(user=people.advisor)
    assert (message.topic, message.status, message.path) == ("feedback_praised", "sent", f"{LIST}{row.pk}/")
    assert "小李" not in str(message.params) and "张三" not in str(message.params)


def test_who_cannot_sign_in_gets_no_message_that_nobody_would_read(suggest, people, store):
    technician = create_user(username="named", name="刘师傅", store=store, role="technician")
    row = suggest(kind="praise")
    actions_feedback.pass_on(feedback=row, person=technician, by=people.caller)
    assert not OutboxMessage.objects.filter(user=technician).exists()
    assert Feedback.objects.get().person == technician


def test_numbers_have_a_series_of_their_own(suggest, complain):
    assert [suggest().number, complain().number, suggest(kind="praise").number] == ["S1-2026-F0001", "S1-2026-0001", "S1-2026-F0002"]


# Pages

pages = pytest.mark.page


@pages
def test_who_sees_which(as_, suggest, people):
    mine, other = suggest(kind="praise", words="甲很好"), suggest(words="乙的建议")
    advisor = as_("advisor")
    assert advisor.get(f"{LIST}{mine.pk}/").status_code == 404  # not passed on yet
    actions_feedback.pass_on(feedback=mine, person=people.advisor, by=people.caller)
    assert "甲很好" in advisor.get(LIST).content.decode() and "乙的建议" not in advisor.get(LIST).content.decode()
    assert advisor.get(f"{LIST}{mine.pk}/").status_code == 200 and advisor.get(f"{LIST}{other.pk}/").status_code == 404
    assert as_("caller").get(f"{LIST}{other.pk}/").status_code == 200


@pages
def test_only_those_who_lead_evaluate_and_print_the_code(as_, suggest, people):
    row = suggest()
    actions_feedback.acknowledge(feedback=row, **HOW, by=people.caller)
    typed = {"token": "t", "is_adopted": "1", "reason": "下月加装"}
    caller = as_("caller")
    assert f"/{row.pk}/evaluate/" not in caller.get(f"{LIST}{row.pk}/").content.decode()
    assert caller.post(f"{LIST}{row.pk}/evaluate/", typed).status_code == 403
    assert caller.get(f"{LIST}poster/").status_code == 403
    manager = as_("care_manager")
    assert manager.post(f"{LIST}{row.pk}/evaluate/", typed).status_code == 302
    assert Feedback.objects.get().is_adopted is True


@pages
def test_who_comes_second_is_told_and_a_form_sent_twice_is_one_act(as_, suggest, people):
    row, client = suggest(), as_("caller")
    typed = {"token": "t", **HOW}
    assert [client.post(f"{LIST}{row.pk}/acknowledge/", typed).status_code for _n in range(2)] == [302, 302]
    assert row.entries.filter(kind="acknowledged").count() == 1
    answer = client.post(f"{LIST}{row.pk}/acknowledge/", {**typed, "token": "u"}, follow=True)
    assert "同事已先一步处理" in answer.content.decode()


@pages
def test_registering_by_hand_starts_the_limits_and_says_why_they_are_what_they_are(as_, customer):
    client = as_("caller")
    assert "张三" in client.get(f"{LIST}new/", {"customer": customer.pk}).content.decode()
    typed = {"customer": customer.pk, "kind": "suggestion", "channel": "phone", "words": "多放几个插座", "token": "t"}
    first, second = client.post(f"{LIST}new/", typed), client.post(f"{LIST}new/", typed)
    row = Feedback.objects.get()
    assert first.url == second.url == f"{LIST}{row.pk}/"
    page = client.get(first.url).content.decode()
    assert "时限 2 个值班小时" in page and "时限 3 个工作日：11-25，11-26，11-27 → 到期 11-27 18:30" in page
    refused = client.post(f"{LIST}new/", {**typed, "words": " ", "token": "u"})
    assert refused.status_code == 422 and Feedback.objects.count() == 1


@pages
def test_managers_see_what_is_late_at_home_and_on_the_board(as_, suggest, clock_at):
    suggest()
    clock_at.move_to(at("11-24 12:30"))
    for role in ("care_manager", "service_manager", "general_manager"):
        client = as_(role)
        home = client.get("/").content.decode()
        assert "S1-2026-F0001" in home and "c-line is-late" in home
        assert "1 条超时" in client.get("/complaints/").content.decode()
    assert "S1-2026-F0001" not in as_("advisor").get("/").content.decode()


@pages
def test_the_month_names_the_praised_and_counts_what_was_adopted(as_, suggest, people, order):
    for person in (people.advisor, people.advisor, people.sales):
        actions_feedback.pass_on(feedback=suggest(kind="praise"), person=person, by=people.caller)
    suggest(kind="praise")  # nobody's yet
    adopted = suggest()
    actions_feedback.acknowledge(feedback=adopted, **HOW, by=people.caller)
    actions_feedback.evaluate(feedback=adopted, is_adopted=True, reason="好", by=people.care_manager)
    suggest()
    order.delivered_on, order.delivered_at = at("11-23 10:00").date(), at("11-23 10:00")
    order.save()
    client = as_("care_manager")
    page = client.get("/csi/monthly/", {"period": "2026-11"})
    found = page.context["feedback"]
    assert (found["praise"], found["suggestions"], found["adopted"], found["open"]) == (4, 2, 1, 2)
    assert [(row["person__name"], row["n"]) for row in found["people"]] == [("advisor甲", 2), ("sales甲", 1)]
    assert "advisor甲" in page.content.decode()
    for url, n in ((found["praise_url"], 4), (found["adopted_url"], 1), (found["open_url"], 2), (found["people"][0]["url"], 2)):
        assert len(client.get(url).context["lines"]) == n, url


@pages
@pytest.mark.parametrize(("address", "budget"), [("", 14), ("?show=all", 14)])
def test_the_list_keeps_its_query_budget_whatever_the_number_of_rows(as_, suggest, address, budget):
    client = as_("care_manager")
    suggest()
    client.get(LIST + address)
    with CaptureQueriesContext(connection) as one:
        client.get(LIST + address)
    for _n in range(4):
        suggest()
    with CaptureQueriesContext(connection) as five:
        client.get(LIST + address)
    assert len(five) == len(one) <= budget


@pages
def test_one_keeps_its_query_budget(as_, suggest):
    client, row = as_("care_manager"), suggest()
    with CaptureQueriesContext(connection) as queries:
        client.get(f"{LIST}{row.pk}/")
    assert len(queries) <= 18


@pages
def test_the_code_to_print_holds_the_stores_address(as_):
    page = as_("care_manager").get(f"{LIST}poster/").content.decode()
    assert "http://testserver/feedback/S1/" in page and '<svg viewBox="0 0 ' in page and "测试店" in page and "poster-a4" in page
    assert "poster-a6" in as_("care_manager").get(f"{LIST}poster/", {"size": "a6"}).content.decode()


@pages
def test_a_chosen_link_has_only_its_own_standards(as_, complain, vehicle, order):
    """Each link has a list of its own, shown by style; whatever stands in another link's list is not taken."""
    from complaints.models import Complaint

    client = as_("caller")
    page = client.get("/complaints/new/", {"vehicle": vehicle.pk}).content.decode()
    prices = page.split('name="standard_price"')[1].split("</select>")[0]
    assert "结算清单解释" in prices and "环境整洁" not in prices
    typed = {"vehicle": vehicle.pk, "words": "算不清", "link": "price", "channel": "phone", "department": "service", "severity": "ordinary"}
    client.post("/complaints/new/", {**typed, "standard_price": "fair", "standard_environment": "clean", "token": "t"})
    assert Complaint.objects.get().standard == "fair"
    assert client.post("/complaints/new/", {**typed, "standard_price": "clean", "token": "u"}).status_code == 422


@pytest.mark.page
@pytest.mark.parametrize("show", ["open", "all"])
def test_paging_shows_every_suggestion_once(suggest, as_, show):
    numbers = [suggest(token=f"t{n}").number for n in range(53)]
    client, address, seen = as_("caller"), f"{LIST}?show={show}", []
    for _page in range(2):
        response = client.get(address)
        seen += [row.number for row in response.context["lines"]]
        address = response.context["next_url"]
    assert sorted(seen) == sorted(numbers) and not address
