"""The sweep warns, marks and raises, each exactly once; a complaint's life keeps its promises whatever happens."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from complaints import actions, steps
from complaints.kinds import Level
from complaints.models import Clock, Complaint, Entry
from complaints.tests.conftest import at, kinds, running, swept
from core import clock
from core.models import OutboxMessage


def test_a_limit_warns_then_breaches_then_raises_once_each(complain, people, clock_at):
    complaint = complain()
    stages = []
    for moment in ("11-24 11:44", "11-24 11:45", "11-24 11:59", "11-24 12:00", "11-24 12:01"):
        clock_at.move_to(at(moment))
        counts = [swept(), swept()]
        stages.append([sum(count.get(name, 0) for count in counts) for name in ("warned", "breached", "escalated")])
    assert stages == [[0, 0, 0], [1, 0, 0], [0, 0, 0], [0, 1, 1], [0, 0, 0]]
    complaint.refresh_from_db()
    first = complaint.clocks.get(kind="first_reply")
    assert (first.warned_at, first.breached_at, first.raised_at) == (at("11-24 11:45"), at("11-24 12:00"), at("11-24 12:00"))
    assert kinds(complaint) == ["opened", "warned", "breached", "raised"]
    assert (complaint.level, complaint.superior) == (Level.SUPERVISOR, people.supervisor)
    for user, topics in {
        people.caller: ["complaint_warning", "complaint_late"],
        people.advisor: ["complaint_yours", "complaint_late", "complaint_raised_away"],
        people.supervisor: ["complaint_raised"],
    }.items():
        assert list(OutboxMessage.objects.filter(user=user, status="sent").order_by("pk").values_list("topic", flat=True)) == topics


def test_after_an_outage_everything_is_said_once(complain, people, clock_at):
    complaints = [complain() for _n in range(3)]
    clock_at.shift(timedelta(days=2))
    counts = swept()
    assert (counts.get("warned", 0), counts["breached"], counts["escalated"]) == (0, 6, 6)  # a warning of what is late already helps nobody
    assert swept()["breached"] == 0
    for complaint in complaints:
        complaint.refresh_from_db()
        assert complaint.level == Level.MANAGER  # two limits, two levels
        assert len(running(complaint)) == 3


def test_a_met_clock_is_neither_warned_nor_late(complain, people, clock_at):
    complaint = complain()
    actions.first_reply(complaint=complaint, method="phone", told="已受理", by=people.caller)
    clock_at.move_to(at("11-24 13:00"))
    counts = swept()
    assert (counts.get("warned", 0), counts["breached"], counts["escalated"]) == (0, 0, 0)


def test_the_health_page_tells_of_a_clock_that_nobody_has_swept(complain, clock_at):
    complain()
    assert steps.oldest_due(clock.now()) is None
    clock_at.move_to(at("11-24 12:05"))
    assert steps.oldest_due(clock.now()) == at("11-24 12:00")
    swept()
    assert steps.oldest_due(clock.now()) is None


@pytest.mark.parametrize("step", [steps.warn, steps.breach, steps.escalate])
def test_a_step_that_another_sweep_has_done_meanwhile_does_nothing(complain, clock_at, monkeypatch, step):
    """Two sweeps have read the same rows; the guard is the compare-and-set on the clock."""
    complain()
    clock_at.move_to(at("11-24 11:50") if step is steps.warn else at("11-24 12:05"))
    if step is steps.escalate:
        steps.breach(clock.now())
    stale = list(Clock.objects.select_related(*steps.RELATED))
    assert step(clock.now()) == 1
    found = [(row.pk, row.complaint_id) for row in stale if row.kind == "first_reply"]
    lines = Entry.objects.count()

    class Stale:
        """What the second sweep had read before the first one wrote."""

        def __getattr__(self, name):
            return lambda *args, **kwargs: self

        def __getitem__(self, _slice):
            return found

    now = clock.now()
    if step is steps.escalate:
        monkeypatch.setattr(steps, "_to_raise", lambda now, stores: found)
    else:
        name = {"warn": "to_warn", "breach": "to_breach"}[step.__name__]
        real, calls = getattr(Clock.objects, name), []

        def read(at):
            calls.append(at)
            return Stale() if len(calls) == 1 else real(at)

        monkeypatch.setattr(type(Clock.objects), name, lambda self, at: read(at))
    assert step(now) == 0
    assert Entry.objects.count() == lines


ACTS = [
    "sign",
    "first_reply",
    "reply",
    "wait",
    "resume",
    "escalate",
    "instruct",
    "take_over",
    "forward",
    "resolve",
    "satisfied",
    "dissatisfied",
]


@pytest.fixture
def life(complain, people, clock_at):
    """The invariants over random lives: drives the machine below inside one database transaction per example."""

    class Life(RuleBasedStateMachine):
        def __init__(self):
            super().__init__()
            self.point = transaction.atomic()
            self.point.__enter__()
            clock_at.move_to(at("11-24 10:00"))
            self.complaint = complain()
            self.lines, self.level = 0, self.complaint.level

        def teardown(self):
            transaction.set_rollback(True)  # this savepoint only: the test's own transaction goes on
            self.point.__exit__(None, None, None)

        @rule(hours=st.sampled_from([1, 2, 5, 20, 30]))
        def time_passes(self, hours):
            clock_at.shift(timedelta(hours=hours))
            swept()

        @rule(name=st.sampled_from(ACTS), who=st.sampled_from(["handler", "superior", "caller", "service_manager", "regional"]))
        def somebody_acts(self, name, who):
            row = Complaint.objects.get(pk=self.complaint.pk)
            by = getattr(row, who) if who in ("handler", "superior") else people[who]
            if by is None:
                return
            words = {"complaint": row, "by": by, "words": "说明"}
            reply = {"method": "phone", "told": "已答复"}
            was = row.level
            do = {
                "sign": lambda: actions.sign(complaint=row, by=by),
                "first_reply": lambda: actions.first_reply(**words, **reply),
                "reply": lambda: actions.reply(**words, **reply, next_at=clock.now() + timedelta(hours=5), number="13812345678"),
                "wait": lambda: actions.wait(**words),
                "resume": lambda: actions.resume(**words),
                "escalate": lambda: actions.escalate(**words),
                "instruct": lambda: actions.instruct(**words),
                "take_over": lambda: actions.take_over(**words),
                "forward": lambda: actions.forward(**words),
                "resolve": lambda: actions.resolve(complaint=row, by=by, cause="a", solution="b", result="c", measure="d", **reply),
                "satisfied": lambda: actions.record_revisit(**words, answer="satisfied"),
                "dissatisfied": lambda: actions.record_revisit(**words, answer="dissatisfied"),
            }[name]
            try:
                do()
            except (actions.NotAllowed, ValidationError):
                return
            row.refresh_from_db()
            if name == "dissatisfied":
                assert row.status == "reopened" and (row.level > was or was == Level.REGION)

        @invariant()
        def promises_hold(self):
            row = Complaint.objects.get(pk=self.complaint.pk)
            open_ones = [one.kind for one in row.clocks.running()]
            assert len(open_ones) == len(set(open_ones)), "one running clock of a kind"
            assert row.status != "closed" or not open_ones, "no closed complaint with a running clock"
            assert row.status in ("closed", "revisited", "waiting") or open_ones, "an open complaint has something to keep"
            assert row.level >= self.level, "it never goes down"
            lines = row.entries.count()
            assert lines >= self.lines, "the timeline only grows"
            assert all(one.breached_at >= one.due_at for one in row.clocks.exclude(breached_at=None))
            self.lines, self.level = lines, row.level

    return Life


def test_random_lives_of_a_complaint_keep_the_promises(life):
    run_state_machine_as_test(life, settings=hypothesis_settings(max_examples=15, stateful_step_count=25, deadline=None))


@pytest.mark.parametrize("step", [steps.warn, steps.breach, steps.escalate])
def test_a_step_costs_as_many_statements_for_six_limits_as_for_two(complain, clock_at, step):
    def cost(complaints: int) -> int:
        with transaction.atomic():
            clock_at.move_to(at("11-24 10:00"))
            for _n in range(complaints):
                complain()
            clock_at.move_to(at("11-24 11:50") if step is steps.warn else at("11-24 12:05"))
            if step is steps.escalate:
                steps.breach(clock.now())
            with CaptureQueriesContext(connection) as asked:
                assert step(clock.now()) == complaints
            transaction.set_rollback(True)
        return len(asked)

    assert cost(6) == cost(2) <= 30
