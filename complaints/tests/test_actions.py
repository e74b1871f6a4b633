"""What each act does: states, clocks, timeline, messages; and what it refuses."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from complaints import actions, explain
from complaints.actions import Changed, NotAllowed
from complaints.kinds import Level
from complaints.models import Clock, Complaint, ComplaintSettings, Entry
from complaints.tests.conftest import at, kinds, resolve, running, swept
from core.appendonly import AppendOnlyError
from core.models import AuditEvent, OutboxMessage

REPLY = {"method": "phone", "told": "明天下午给您结果", "number": "13812345678"}


def told(user) -> list[str]:
    return list(OutboxMessage.objects.filter(user=user).order_by("pk").values_list("topic", flat=True))


def test_opening_starts_two_clocks_with_their_owners_and_sums(complain, people, clock_at):
    clock_at.move_to(at("11-24 17:40"))
    complaint = complain()
    clocks = running(complaint)
    assert (complaint.number, complaint.status, complaint.level) == ("S1-2026-0001", "received", Level.ADVISOR)
    assert {kind: (clock.owner, clock.due_at) for kind, clock in clocks.items()} == {
        "first_reply": (people.caller, at("11-25 09:40")),
        "department_reply": (people.advisor, at("11-25 17:40")),
    }
    assert explain.why_due(clocks["first_reply"]) == ("收到于 11-24 17:40，时限 2 个值班小时，值班至 18:30，从 11-25 08:30 起 → 到期 09:40")
    assert kinds(complaint) == ["opened"]
    assert told(people.advisor) == ["complaint_yours"]
    assert AuditEvent.objects.filter(verb="complaint.opened").count() == 1


def test_numbers_count_per_store_and_year(complain):
    assert [complain().number for _n in range(3)] == ["S1-2026-0001", "S1-2026-0002", "S1-2026-0003"]
    assert complain(received_at=at("11-23 10:00").replace(year=2025)).number == "S1-2025-0001"


def test_the_same_form_twice_is_one_complaint(complain):
    assert complain(token="t1").pk == complain(token="t1").pk
    assert Complaint.objects.count() == 1


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"channel": "pigeon"}, "channel"),
        ({"link": "weather"}, "link"),
        ({"standard": "clean"}, "standard"),  # of another link
        ({"words": "  "}, "words"),
        ({"department": "kitchen"}, "department"),
        ({"severity": "so-so"}, "severity"),
        ({"customer": None}, "complainant"),
        ({"received_at": at("11-24 10:01")}, "received_at"),
    ],
)
def test_what_opening_refuses(complain, facts, field):
    with pytest.raises(ValidationError) as refused:
        complain(**facts)
    assert set(refused.value.message_dict) == {field}
    assert not Complaint.objects.exists()


def test_a_stranger_may_complain(complain):
    assert complain(customer=None, vehicle=None, complainant="李四", contact="13900000000", channel="forum").who == "李四"


def test_a_major_complaint_is_reported_to_the_region(complain, people):
    complaint = complain(severity="major")
    assert kinds(complaint) == ["opened", "reported"]
    assert told(people.regional) == ["complaint_major"]


def test_messages_carry_surname_and_plate_tail_only(complain, people, clock_at):
    complain(words="秘密", demands="退车")
    clock_at.shift(timedelta(days=2))
    swept()
    messages = OutboxMessage.objects.filter(topic__startswith="complaint_")
    assert messages.count() > 5
    for message in messages:
        text = str(message.params)
        assert "张先生" in text and "…345" in text
        assert not any(secret in text for secret in ("张三", "渝A12345", "13812345678", "秘密", "退车"))


def test_signing_keeps_the_time(complain, people, clock_at):
    complaint = complain()
    clock_at.shift(timedelta(minutes=20))
    actions.sign(complaint=complaint, by=people.advisor)
    complaint.refresh_from_db()
    signed = complaint.entries.get(kind="signed")
    assert (complaint.status, signed.by, signed.at) == ("acknowledged", people.advisor, at("11-24 10:20"))


def test_the_first_reply_meets_its_clock_only(complain, people):
    complaint = complain()
    actions.first_reply(complaint=complaint, method="phone", told="已受理", by=people.caller)
    assert set(running(complaint)) == {"department_reply"}
    assert complaint.clocks.get(kind="first_reply").is_kept is True


def test_a_first_reply_is_given_once_and_again_after_reopening(complain, people):
    complaint = complain()
    first = {"complaint": complaint, "method": "phone", "told": "已受理", "by": people.caller}
    actions.first_reply(**first)
    with pytest.raises(NotAllowed):
        actions.first_reply(**first)
    assert kinds(complaint) == ["opened", "first_reply"]
    resolve(complaint, people.advisor)
    actions.record_revisit(complaint=complaint, answer="dissatisfied", words="又不凉了", by=people.caller)
    actions.first_reply(**first)
    assert kinds(complaint).count("first_reply") == 2


def test_a_reply_needs_the_next_contact_and_starts_its_clock(complain, people):
    complaint = complain()
    for missing in (
        {"next_at": None},
        {"next_at": at("11-24 10:00")},
        {"number": " "},
        {"number": "abc"},
        {"told": ""},
        {"method": ""},
        {"next_at": at("02-01 10:00").replace(year=2027)},
    ):
        with pytest.raises(ValidationError):
            actions.reply(complaint=complaint, by=people.advisor, **({"next_at": at("11-25 15:00"), **REPLY} | missing))
    actions.reply(complaint=complaint, by=people.advisor, next_at=at("11-25 15:00"), **REPLY)
    complaint.refresh_from_db()
    clocks = running(complaint)
    assert complaint.status == "in_hand" and set(clocks) == {"next_contact"}
    assert (clocks["next_contact"].due_at, clocks["next_contact"].owner) == (at("11-25 15:00"), people.advisor)
    actions.reply(complaint=complaint, by=people.advisor, next_at=at("11-26 15:00"), **REPLY)
    assert complaint.clocks.filter(kind="next_contact").count() == 2 and len(running(complaint)) == 1


def test_a_late_reply_is_late_though_the_sweep_has_not_looked(complain, people, clock_at):
    complaint = complain()
    clock_at.shift(timedelta(hours=3))
    actions.first_reply(complaint=complaint, method="phone", told="抱歉", by=people.caller)
    clock = complaint.clocks.get(kind="first_reply")
    assert clock.is_kept is False and clock.breached_at == at("11-24 13:00")


def test_waiting_pauses_and_going_on_counts_what_was_left(complain, people, clock_at):
    complaint = complain()
    with pytest.raises(NotAllowed):
        actions.wait(complaint=complaint, words="等客户", by=people.advisor)
    actions.sign(complaint=complaint, by=people.advisor)
    with pytest.raises(ValidationError):  # nobody has told the customer anything yet
        actions.wait(complaint=complaint, words="等客户", by=people.advisor)
    actions.first_reply(complaint=complaint, method="phone", told="已受理", by=people.caller)
    clock_at.shift(timedelta(hours=4))
    actions.wait(complaint=complaint, words="等客户送车", by=people.advisor)
    assert running(complaint) == {}
    clock_at.shift(timedelta(days=3))
    assert swept()["breached"] == 0
    actions.resume(complaint=complaint, by=people.caller)
    (clock,) = running(complaint).values()
    assert (clock.kind, clock.occasion, clock.due_at) == ("department_reply", 2, at("11-28 10:00"))  # twenty hours were left
    assert clock.goes_on.paused_at == at("11-24 14:00")
    assert "还剩 20小时" in explain.why_due(clock)
    actions.wait(complaint=complaint, words="再等", by=people.advisor)
    clock_at.shift(timedelta(days=1))
    actions.resume(complaint=complaint, by=people.advisor)
    assert running(complaint)["department_reply"].occasion == 3  # the first pause is not taken up again


def test_a_late_clock_cannot_be_paused_away(complain, people, clock_at):
    complaint = complain()
    actions.sign(complaint=complaint, by=people.advisor)
    actions.first_reply(complaint=complaint, method="phone", told="已受理", by=people.caller)
    clock_at.shift(timedelta(hours=25))
    actions.wait(complaint=complaint, words="等客户", by=people.advisor)
    assert set(running(complaint)) == {"department_reply"}


def test_a_request_raises_one_level_with_an_instruction_clock(complain, people):
    complaint = complain()
    actions.escalate(complaint=complaint, words="客户要求退车", by=people.advisor)
    complaint.refresh_from_db()
    raised = complaint.entries.get(kind="raised")
    assert (complaint.level, complaint.superior, complaint.handler) == (Level.SUPERVISOR, people.supervisor, people.advisor)
    assert (raised.cause, raised.person, raised.words) == ("request", people.supervisor, "客户要求退车")
    assert running(complaint)["instruction"].due_at == at("11-24 12:00")
    assert "complaint_raised" in told(people.supervisor)
    actions.escalate(complaint=complaint, words="还是不行", by=people.advisor)
    complaint.refresh_from_db()
    assert (complaint.level, running(complaint)["instruction"].owner) == (Level.MANAGER, people.service_manager)


def test_an_instruction_meets_the_clock_and_may_hand_the_work_on(complain, people, person):
    other = person("advisor", name="乙")
    complaint = complain(against=None)
    actions.escalate(complaint=complaint, words="请指示", by=people.advisor)
    with pytest.raises(ValidationError):
        actions.instruct(complaint=complaint, words="由他处理", person=people.sales, by=people.supervisor)
    actions.instruct(complaint=complaint, words="由乙处理", person=other, by=people.supervisor)
    complaint.refresh_from_db()
    clocks = running(complaint)
    assert (complaint.handler, complaint.superior) == (other, None)
    assert "instruction" not in clocks and clocks["department_reply"].owner == other
    assert told(other) == ["complaint_yours"]


def test_an_instruction_cannot_hand_it_to_the_accused(complain, people):
    complaint = complain(against=people.advisor)
    with pytest.raises(ValidationError):
        actions.instruct(complaint=complaint, words="你来", person=people.advisor, by=people.service_manager)


def test_taking_over_makes_it_ones_own(complain, people):
    complaint = complain()
    actions.escalate(complaint=complaint, words="请接手", by=people.advisor)
    actions.take_over(complaint=complaint, by=people.supervisor)
    complaint.refresh_from_db()
    assert (complaint.handler, complaint.superior, complaint.status) == (people.supervisor, None, "acknowledged")
    assert running(complaint)["department_reply"].owner == people.supervisor


def test_nobody_takes_over_what_they_handle_already(complain, people):
    complaint = complain()
    actions.take_over(complaint=complaint, by=people.supervisor)
    with pytest.raises(NotAllowed):
        actions.take_over(complaint=complaint, by=people.supervisor)
    # Whoever handles it only because nobody did, and owes the instruction, may.
    Complaint.objects.filter(pk=complaint.pk).update(superior=people.supervisor)
    actions.take_over(complaint=complaint, by=people.supervisor)
    complaint.refresh_from_db()
    assert complaint.superior is None


def test_forwarding_gives_it_to_the_region(complain, people):
    complaint = complain()
    with pytest.raises(NotAllowed):
        actions.forward(complaint=complaint, words="超出权限", by=people.supervisor)
    actions.forward(complaint=complaint, words="超出权限", by=people.service_manager)
    complaint.refresh_from_db()
    assert (complaint.status, complaint.level, complaint.superior) == ("forwarded", Level.REGION, people.regional)
    assert running(complaint)["instruction"].owner == people.regional
    actions.instruct(complaint=complaint, words="按保修处理", by=people.regional)
    complaint.refresh_from_db()
    assert complaint.status == "in_hand"


def test_resolving_meets_the_replies_and_starts_the_revisit(complain, people):
    complaint = complain()
    for name in ("cause", "solution", "result", "measure", "told", "method"):
        with pytest.raises(ValidationError):
            resolve(complaint, people.advisor, **{name: ""})
    resolve(complaint, people.advisor)
    complaint.refresh_from_db()
    clocks = running(complaint)
    assert (complaint.status, complaint.resolutions) == ("resolved", 1)
    assert {kind: (clock.owner, clock.due_at) for kind, clock in clocks.items()} == {"revisit": (people.caller, at("11-25 10:00"))}
    assert all(clock.is_kept for clock in complaint.clocks.exclude(kind="revisit"))


def test_compensation_above_the_goodwill_limit_waits_for_the_region(complain, people, store):
    ComplaintSettings.objects.create(store=store, goodwill_limit_fen=50_000)
    complaint = complain()
    with pytest.raises(ValidationError) as refused:
        resolve(complaint, people.advisor, compensation_fen=50_001)
    assert set(refused.value.message_dict) == {"compensation"}
    with pytest.raises(ValidationError):
        actions.ask_approval(complaint=complaint, fen=50_000, words="不必", by=people.advisor)
    actions.ask_approval(complaint=complaint, fen=80_000, words="补偿保养一次", by=people.advisor)
    with pytest.raises(ValidationError):
        resolve(complaint, people.advisor, compensation_fen=80_000)
    with pytest.raises(NotAllowed):
        actions.decide_approval(complaint=complaint, granted=True, by=people.general_manager)
    actions.decide_approval(complaint=complaint, granted=True, by=people.regional)
    with pytest.raises(ValidationError):  # approved is that amount, not any
        resolve(complaint, people.advisor, compensation_fen=80_001)
    resolve(complaint, people.advisor, compensation_fen=80_000)
    complaint.refresh_from_db()
    assert (complaint.status, complaint.compensation_fen, complaint.approval) == ("resolved", 80_000, "granted")


def test_a_refused_compensation_stays_refused(complain, people):
    complaint = complain()
    actions.ask_approval(complaint=complaint, fen=1, words="小礼品", by=people.advisor)
    with pytest.raises(ValidationError):
        actions.decide_approval(complaint=complaint, granted=False, by=people.regional)  # says why
    actions.decide_approval(complaint=complaint, granted=False, words="不符合规定", by=people.regional)
    with pytest.raises(ValidationError):
        resolve(complaint, people.advisor, compensation_fen=1)
    with pytest.raises(NotAllowed):
        actions.decide_approval(complaint=complaint, granted=True, by=people.regional)  # decided already


def test_a_satisfied_customer_closes_it(resolved, people):
    complaint = resolved()
    actions.record_revisit(complaint=complaint, answer="satisfied", by=people.caller)
    complaint.refresh_from_db()
    assert (complaint.status, complaint.closing, running(complaint)) == ("closed", "satisfied", {})
    assert complaint.clocks.get(kind="revisit").is_kept is True


def test_a_major_complaint_is_signed_off_by_the_departments_manager(resolved, people):
    complaint = resolved(is_product_quality=True)
    actions.record_revisit(complaint=complaint, answer="satisfied", by=people.caller)
    complaint.refresh_from_db()
    assert (complaint.status, running(complaint)) == ("revisited", {})
    with pytest.raises(NotAllowed):
        actions.close(complaint=complaint, by=people.supervisor)
    actions.close(complaint=complaint, by=people.service_manager)
    complaint.refresh_from_db()
    assert complaint.status == "closed"


def test_a_dissatisfied_customer_reopens_it_one_level_up_with_fresh_clocks(resolved, people, clock_at):
    complaint = resolved()
    clock_at.shift(timedelta(hours=3))
    with pytest.raises(ValidationError):
        actions.record_revisit(complaint=complaint, answer="dissatisfied", by=people.caller)  # in the customer's words
    actions.record_revisit(complaint=complaint, answer="dissatisfied", words="又不凉了", by=people.caller)
    complaint.refresh_from_db()
    assert (complaint.status, complaint.level, complaint.handler) == ("reopened", Level.SUPERVISOR, people.supervisor)
    clocks = running(complaint)
    assert {kind: (clock.occasion, clock.due_at) for kind, clock in clocks.items()} == {
        "first_reply": (2, at("11-24 15:00")),
        "department_reply": (2, at("11-25 13:00")),
    }
    assert complaint.resolved_at is None and complaint.cause  # what was tried stays readable
    assert "complaint_reopened" in told(people.supervisor)


def test_reopening_climbs_until_the_region_and_stays_there(resolved, people):
    complaint = resolved(channel="manufacturer", against=people.general_manager)
    actions.record_revisit(complaint=complaint, answer="dissatisfied", words="不行", by=people.caller)
    complaint.refresh_from_db()
    assert (complaint.level, complaint.handler, complaint.status) == (Level.REGION, people.regional, "reopened")


@pytest.mark.parametrize("answer", ["unreachable", "refused"])
def test_who_cannot_be_asked_is_closed_as_such(resolved, people, answer):
    complaint = resolved()
    actions.record_revisit(complaint=complaint, answer=answer, by=people.caller)
    complaint.refresh_from_db()
    assert (complaint.status, complaint.closing) == ("closed", answer)
    assert ("complaint_unreachable" in told(people.care_manager)) == (answer == "unreachable")


def test_nobody_does_what_is_not_theirs(complain, people):
    complaint = complain()
    for role in ("sales", "sales_manager", "care_manager"):
        with pytest.raises(NotAllowed):
            resolve(complaint, people[role])
    with pytest.raises(NotAllowed):
        actions.record_revisit(complaint=complaint, answer="satisfied", by=people.caller)  # not resolved yet
    assert kinds(complaint) == ["opened"]


def test_the_accused_can_do_nothing(complain, people):
    complaint = complain(against=people.supervisor)
    for act in (actions.take_over, actions.instruct, actions.note):
        with pytest.raises(NotAllowed):
            act(complaint=complaint, words="x", by=people.supervisor)


def test_whoever_came_second_is_told(complain, people):
    complaint = complain()
    seen = complaint.version
    actions.sign(complaint=complaint, seen=seen, by=people.advisor)
    with pytest.raises(Changed):
        actions.escalate(complaint=complaint, words="请指示", seen=seen, by=people.advisor)
    assert kinds(complaint) == ["opened", "signed"]


def test_the_same_form_twice_is_one_act(complain, people):
    complaint = complain()
    reply = {"complaint": complaint, "seen": complaint.version, "token": "f1", "next_at": at("11-25 15:00"), "by": people.advisor, **REPLY}
    assert actions.reply(**reply) == actions.reply(**reply)
    assert complaint.clocks.filter(kind="next_contact").count() == 1


# The database refuses half-facts, whoever writes them.


@pytest.mark.parametrize(
    "half",
    [
        {"status": "closed"},
        {"status": "resolved"},
        {"words": ""},
        {"closing": "satisfied"},
        {"level": 7},
        {"approval": "asked"},
        {"customer": None},
        {"compensation_fen": -1},
    ],
)
def test_half_facts_of_a_complaint_are_refused(complain, half):
    complaint = complain()
    with pytest.raises(IntegrityError), transaction.atomic():
        Complaint.objects.filter(pk=complaint.pk).update(**half)


def test_the_accused_cannot_be_made_handler(complain, people):
    complaint = complain(against=people.supervisor)
    for column in ("handler", "superior"):
        with pytest.raises(IntegrityError), transaction.atomic():
            Complaint.objects.filter(pk=complaint.pk).update(**{column: people.supervisor})


@pytest.mark.parametrize(
    "half",
    [
        {"met_at": at("11-24 13:00")},  # late, and not marked so
        {"breached_at": at("11-24 11:00")},  # before the limit
        {"raised_at": at("11-24 13:00")},
        {"met_at": at("11-24 11:00"), "paused_at": at("11-24 11:00")},
        {"breached_at": at("11-24 13:00"), "paused_at": at("11-24 13:00")},
        {"due_at": at("11-25 12:00")},  # a limit never moves
        {"why": {}},
    ],
)
def test_half_facts_of_a_clock_are_refused(complain, half):
    clock = complain().clocks.get(kind="first_reply")
    with pytest.raises(IntegrityError), transaction.atomic():
        Clock.objects.filter(pk=clock.pk).update(**half)


def test_two_running_clocks_of_a_kind_are_refused(complain):
    clock = complain().clocks.get(kind="first_reply")
    clock.pk, clock.occasion, clock._state.adding = None, 2, True
    with pytest.raises(IntegrityError), transaction.atomic():
        clock.save()


def test_the_timeline_only_grows(complain):
    complaint = complain()
    entry = complaint.entries.get()
    for write in (
        lambda: entry.delete(),
        lambda: entry.save(),
        lambda: Entry.objects.update(kind="closed"),
        lambda: Entry.objects.all().delete(),
    ):
        with pytest.raises(AppendOnlyError):
            write()
    for sql in ("DELETE FROM complaints_entry", "UPDATE complaints_entry SET kind = 'closed'"):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)
    assert Entry.objects.filter(pk=entry.pk).update(words="") == 1  # words can be erased when the customer asks for it
