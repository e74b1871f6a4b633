from datetime import UTC, datetime, timedelta

import pytest
from django.db import OperationalError, connection

from core import clock, sweep
from core.models import SweepState
from core.sweep import Step
from reports.counts import keep_counts

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)


@pytest.fixture
def steps(monkeypatch):
    """The registered steps, empty: a test enters its own."""
    monkeypatch.setattr(sweep, "_steps", [])
    return sweep._steps


def seen_inside(steps, what):
    """A step that notes, once, what `what()` gives while the sweep runs."""
    notes = []

    def step(now):
        if not notes:
            notes.append(what())
        return 0

    steps.append(Step(1, "planned", step))
    return notes


def test_a_second_sweep_does_not_start_while_one_runs(steps):
    inside = seen_inside(steps, sweep.run)
    assert sweep.run() is not None
    assert inside == [None]


def test_without_the_compare_and_set_both_would_sweep(steps, monkeypatch):
    """The guard taken out: the test above would fail."""
    monkeypatch.setattr(
        sweep, "_take", lambda now, holder: bool(SweepState.objects.update_or_create(name="sweep", defaults={"holder": holder}))
    )
    inside = seen_inside(steps, sweep.run)
    sweep.run()
    assert inside != [None]


def test_the_next_sweep_takes_over_when_the_lease_has_run_out(time_machine, steps):
    time_machine.move_to(NOON, tick=False)
    SweepState.objects.create(name="sweep", holder="killed", lease_until=clock.now() + sweep.LEASE)
    time_machine.move_to(NOON + sweep.LEASE, tick=False)
    assert sweep.run() is None
    time_machine.move_to(NOON + sweep.LEASE + timedelta(seconds=1), tick=False)
    assert sweep.run() is not None


def test_a_sweep_that_was_taken_over_stops_and_leaves_the_other_alone(steps):
    ran = []

    def slow(now):
        SweepState.objects.update(holder="the other")
        return 1

    steps += [Step(1, "planned", slow), Step(2, "sent", lambda now: ran.append(now) or 0)]
    sweep.run()
    state = SweepState.objects.get()
    assert ran == []
    assert (state.holder, state.finished_at) == ("the other", None)


def test_a_broken_step_does_not_stop_the_others_and_is_named(steps):
    def broken(now):
        SweepState.objects.create(name="half done")
        raise ValueError("13812345678")

    steps += [Step(1, "planned", broken), Step(2, "sent", lambda now: 3)]
    counts = sweep.run()
    state = SweepState.objects.get(name="sweep")
    assert (counts["sent"], counts["failed"]) == (3, 1)
    assert state.error == f"{__name__}.broken: ValueError"  # the words of an error may hold a customer's data
    assert not SweepState.objects.filter(name="half done").exists()
    assert state.finished_at is None and sweep.is_late(
        sweep.finished_at()
    )  # the banner must appear: what the step promises does not happen


def test_until_done_goes_on_until_nothing_is_due(steps):
    left = [3, 2, 1, 0]
    steps.append(Step(1, "planned", lambda now: left.pop(0)))
    assert sweep.run(until_done=True)["planned"] == 6


def test_a_step_without_anything_due_is_not_run(steps):
    ran = []
    sweep.register("sent", lambda now: ran.append("idle") or 0, order=10, due=lambda now: [SweepState.objects.filter(name="other")])
    sweep.register("sent", lambda now: ran.append("busy") or 0, order=20, due=lambda now: [SweepState.objects.filter(name="sweep")])
    sweep.register("sent", lambda now: ran.append("nobody") or 0, order=30, due=lambda now: [SweepState.objects.none()])
    sweep.run()
    assert ran == ["busy"]


def test_what_a_step_makes_due_is_acted_on_in_the_same_sweep(steps):
    ran = []
    sweep.register("planned", lambda now: bool(SweepState.objects.create(name="made")), order=10)
    sweep.register("sent", lambda now: ran.append(now) or 1, order=20, due=lambda now: [SweepState.objects.filter(name="made")])
    sweep.run()
    assert len(ran) == 1


def test_an_idle_sweep_is_four_statements(django_assert_num_queries):
    sweep.run(until_done=True)
    with django_assert_num_queries(4):  # takes the row, asks what is due (which needs the stores' time zones), gives the row back
        sweep.run()


def test_what_can_wait_comes_when_the_backlog_is_worked_off(steps):
    left, ran = [3, 2, 0], []
    sweep.register("planned", lambda now: ran.append("owed") or left.pop(0), order=10)
    sweep.register("counted", lambda now: ran.append("counted") or 0, order=20, can_wait=True)
    sweep.run(until_done=True)
    assert ran == ["owed", "owed", "owed", "counted"]


def test_a_single_sweep_leaves_nothing_out(steps):
    ran = []
    sweep.register("planned", lambda now: 5, order=10)
    sweep.register("counted", lambda now: ran.append(now) or 0, order=20, can_wait=True)
    sweep.run()
    assert len(ran) == 1


def test_a_question_that_breaks_is_noticed(steps):
    sweep.register("sent", lambda now: 0, order=10, due=lambda now: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        sweep.run()
    assert sweep.is_late(sweep.finished_at()) and SweepState.objects.get().holder == ""


def test_steps_run_in_their_order(steps):
    ran = []
    sweep.register("sent", lambda now: ran.append("late") or 0, order=90)
    sweep.register("planned", lambda now: ran.append("early") or 0, order=10)
    sweep.run()
    assert ran == ["early", "late"]


def test_the_sweep_counts_as_late_after_two_minutes(time_machine, steps):
    time_machine.move_to(NOON, tick=False)
    assert sweep.is_late(sweep.finished_at())  # there was none
    sweep.run()
    assert not sweep.is_late(sweep.finished_at())
    time_machine.move_to(NOON + sweep.LATE_AFTER + timedelta(seconds=1), tick=False)
    assert sweep.is_late(sweep.finished_at())


def test_health_tells_the_age_of_the_oldest_due_row(client, time_machine, monkeypatch):
    time_machine.move_to(NOON, tick=False)
    monkeypatch.setattr(sweep, "_dues", [lambda now: now - timedelta(seconds=90), lambda now: None, lambda now: now - timedelta(seconds=5)])
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "oldest_due_seconds": 90, "sweep_finished_seconds_ago": None}


def test_what_is_due_in_the_future_has_no_age(client, monkeypatch):
    monkeypatch.setattr(sweep, "_dues", [lambda now: now + timedelta(hours=1)])
    assert client.get("/healthz").json()["oldest_due_seconds"] == 0


def test_a_lease_of_a_clock_that_ran_ahead_holds_nobody_up(steps):
    """The clock stood two hours ahead, the sweep that held the row was killed, the clock was set back."""
    SweepState.objects.create(name="sweep", holder="killed", lease_until=clock.now() + timedelta(hours=2))
    assert sweep.run() is not None


def test_a_lease_of_a_clock_a_little_ahead_is_kept(steps):
    SweepState.objects.create(name="sweep", holder="another machine", lease_until=clock.now() + sweep.LEASE + timedelta(seconds=20))
    assert sweep.run() is None


@pytest.mark.django_db(transaction=True)
def test_a_step_is_one_transaction_unless_it_reads_for_long_and_sees_to_its_own(steps):
    """On SQLite whoever is in a transaction keeps all other writers waiting."""
    inside = []
    sweep.register("planned", lambda now: inside.append(connection.in_atomic_block) or 0, order=1)
    sweep.register("counted", lambda now: inside.append(connection.in_atomic_block) or 0, order=2, is_whole=False)
    sweep.run()
    assert inside == [True, False]


def test_counting_periods_keeps_no_writer_waiting():
    assert [step.is_whole for step in sweep._steps if step.act is keep_counts] == [False]


@pytest.mark.django_db(transaction=True)
def test_a_sweep_under_which_the_database_was_restarted_keeps_nobody_waiting_for_its_lease(steps, monkeypatch):
    refused = []

    def restarting(execute, sql, params, many, context):
        if sql.startswith("UPDATE") and "lease_until" in sql and "counts" in sql and len(refused) < 2:
            refused.append(sql)
            raise OperationalError("the database system is starting up")
        return execute(sql, params, many, context)

    waited = []
    monkeypatch.setattr(sweep.time, "sleep", waited.append)
    with connection.execute_wrapper(restarting):
        sweep.run()
    assert (len(refused), waited) == (2, [1, 2])
    assert SweepState.objects.get().holder == ""
