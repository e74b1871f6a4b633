"""The verdict on the 10th, the duty that follows, excuses and swaps (S0; domain §7)."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, transaction

from core import months, sweep
from core.models import OutboxMessage
from lounge import history, roster
from lounge.actions import excuse, swap
from lounge.halves import half_of
from lounge.models import Duty, DutyChange, Excuse, Sample, SampleMonth, SampleRank, Verdict
from lounge.tests.conftest import at
from staff.access import accesses
from staff.models import Absence

OCTOBER = date(2026, 10, 1)
PASS, FAIL, PERFECT = [(11, 1)] * 0 + [(10, 0), (10, 0), (10, 1)], [(8, 4), (10, 0), (10, 0)], [(11, 0)] * 3
pytestmark = pytest.mark.django_db


@pytest.fixture
def advisors(october, person, clock_at):
    """advisors(n) -> n advisors who handed over six cars each in October."""

    def make(n: int):
        made = [person("advisor") for _n in range(n)]
        for one in made:
            october(6, advisor=one)
        return made

    return make


def access_of(user, store):
    return accesses(user)[store]


def verdict_of(person) -> Verdict:
    return Verdict.objects.get(person=person)


def starts(person) -> list[date]:
    return list(Duty.objects.filter(person=person).order_by("starts_on").values_list("starts_on", flat=True))


def test_the_verdicts_are_given_on_the_tenth_with_the_customers_and_questions_behind_them(advisors, judged, clock_at):
    good, bad, silent = advisors(3)
    judged({good: PASS, bad: FAIL, silent: PERFECT[:2]}, judged_on="11-09 23:59")
    assert not Verdict.objects.exists()
    clock_at.move_to(at("11-10 00:01"))
    sweep.run(until_done=True)
    assert [verdict_of(one).outcome for one in (good, bad, silent)] == ["passed", "not_passed", "none"]
    behind = verdict_of(bad).interviews
    assert [(yes, no) for _rank, _response, yes, no in behind] == FAIL
    first = SampleRank.objects.get(pk=behind[0][0])
    assert first.sample.person == bad and first.followup.customer == first.customer
    sweep.run(until_done=True)
    assert Verdict.objects.filter(month=OCTOBER).count() == Sample.objects.filter(month=OCTOBER).count()


def test_a_verdict_is_never_changed(advisors, judged):
    (bad,) = advisors(1)
    judged({bad: FAIL})
    pk = verdict_of(bad).pk
    for statement in (
        f"UPDATE lounge_verdict SET outcome = 'passed', place = NULL WHERE id = {pk}",
        f"DELETE FROM lounge_verdict WHERE id = {pk}",
    ):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_not_passed_is_duty_in_the_earlier_half_two_at_once_lowest_mean_first(advisors, judged, store):
    people = advisors(5)
    judged({one: [(12 - n, n), (12, 0), (12, 0)] for n, one in zip((6, 5, 4, 8, 7), people, strict=True)})
    assert [verdict_of(one).place for one in people] == [3, 4, 5, 1, 2]
    assert [starts(one) for one in people] == [
        [date(2026, 12, 1)],
        [date(2026, 12, 1)],
        [date(2026, 12, 16)],
        [date(2026, 11, 16)],
        [date(2026, 11, 16)],
    ]
    assert roster.on_duty(store, date(2026, 11, 30)) == sorted(people[3:], key=lambda one: one.pk)
    assert roster.on_duty(store, date(2026, 11, 15)) == []


def test_equal_means_come_in_an_order_of_the_seed(advisors, judged, store):
    from core.draws import ranking

    people = advisors(3)
    judged(dict.fromkeys(people, FAIL))
    rated = list(Sample.objects.filter(month=OCTOBER).order_by("pk").values_list("person", flat=True))
    order = ranking(rated, verdict_of(people[0]).seed)
    assert sorted(people, key=lambda one: verdict_of(one).place) == sorted(people, key=lambda one: order.index(one.pk))


def test_both_departments_share_the_lounge(advisors, make_delivery, person, judged):
    consultant = person("sales")
    for n in range(4):
        make_delivery(at("10-20 10:00") + timedelta(hours=n), consultant=consultant)
    one, two = advisors(2)
    judged({one: FAIL, two: FAIL, consultant: [(3, 8), (9, 2), (9, 2)]})
    assert starts(consultant) == [date(2026, 11, 16)]
    assert sorted([*starts(one), *starts(two)]) == [date(2026, 11, 16), date(2026, 12, 1)]


def test_the_database_refuses_a_third_at_once(store, person):
    for _n in range(2):
        Duty.objects.create(store=store, person=person("advisor"), starts_on=date(2026, 11, 16), ends_on=date(2026, 11, 30))
    with pytest.raises(IntegrityError), transaction.atomic():
        Duty.objects.create(store=store, person=person("advisor"), starts_on=date(2026, 11, 16), ends_on=date(2026, 11, 30))


def test_people_and_their_managers_are_told(advisors, judged, person, store):
    manager, care, other = person("service_manager"), person("care_manager"), person("sales_manager")
    good, bad = advisors(2)
    judged({good: PASS, bad: FAIL})
    told = lambda user: set(OutboxMessage.objects.filter(user=user, topic__startswith="lounge_").values_list("topic", flat=True))  # noqa: E731
    assert told(good) == {"lounge_passed"} and told(bad) == {"lounge_not_passed", "lounge_duty"}
    assert told(manager) == told(care) == {"lounge_verdicts_service"} and told(other) == set()
    assert OutboxMessage.objects.get(user=bad, topic="lounge_duty").params == {"starts": "11-16", "ends": "11-30"}


def test_a_late_sweep_judges_all_the_same_and_sends_nobody_into_a_half_that_has_begun(advisors, judged):
    (bad,) = advisors(1)
    judged({bad: FAIL}, judged_on="11-20 09:00")
    assert starts(bad) == [date(2026, 12, 1)]


def test_who_is_excused_before_the_verdict_has_one_and_no_duty(advisors, drawn, answer, person, store, judged):
    manager = person("service_manager")
    (bad,) = advisors(1)
    drawn()
    excuse(access=access_of(manager, store), person=bad, audience="service", month=OCTOBER, reason="住院两周")
    judged({bad: FAIL})
    assert verdict_of(bad).outcome == "not_passed" and starts(bad) == []
    assert OutboxMessage.objects.filter(user=bad, topic="lounge_excused").count() == 1
    known = history.known(store, until=OCTOBER)["service", bad.pk, OCTOBER]
    assert known.excuse.reason == "住院两周" and not known.consequence.duty


def test_an_excuse_after_the_verdict_takes_back_the_duty_that_has_not_begun_and_keeps_it_on_record(advisors, judged, person, store):
    manager = person("service_manager")
    (bad,) = advisors(1)
    judged({bad: FAIL})
    excuse(access=access_of(manager, store), person=bad, audience="service", month=OCTOBER, reason="住院两周")
    assert starts(bad) == []
    assert [(row.kind, row.before, row.after) for row in DutyChange.objects.filter(person=bad)] == [
        ("given", None, date(2026, 11, 16)), ("taken_back", date(2026, 11, 16), None),
    ]  # fmt: skip
    assert OutboxMessage.objects.filter(user=bad, topic="lounge_taken_back").count() == 1


def test_a_duty_that_has_begun_is_served(advisors, judged, person, store, clock_at):
    manager = person("service_manager")
    (bad,) = advisors(1)
    judged({bad: FAIL})
    clock_at.move_to(at("11-16 08:00"))
    excuse(access=access_of(manager, store), person=bad, audience="service", month=OCTOBER, reason="住院两周")
    assert starts(bad) == [date(2026, 11, 16)]


@pytest.mark.parametrize(
    ("role", "audience", "may"),
    [("service_manager", "service", True), ("service_manager", "sales", False), ("sales_manager", "sales", True), ("sales_manager", "service", False),
     ("care_manager", "sales", True), ("general_manager", "service", True), ("supervisor", "service", False), ("advisor", "service", False)],
)  # fmt: skip
def test_who_leads_them_excuses_them(role, audience, may, person, store):
    rated = person("advisor" if audience == "service" else "sales")
    ask = {"access": access_of(person(role), store), "person": rated, "audience": audience, "month": OCTOBER, "reason": "事假"}
    if may:
        assert excuse(**ask).reason == "事假"
    else:
        with pytest.raises(PermissionDenied):
            excuse(**ask)


def test_an_excuse_needs_a_reason_and_counts_once_and_is_nobodys_own(person, store):
    manager, rated = access_of(person("service_manager"), store), person("advisor")
    with pytest.raises(ValidationError):
        excuse(access=manager, person=rated, audience="service", month=OCTOBER, reason="  ")
    excuse(access=manager, person=rated, audience="service", month=OCTOBER, reason="事假")
    with pytest.raises(ValidationError):
        excuse(access=manager, person=rated, audience="service", month=OCTOBER, reason="事假")
    with pytest.raises(ValidationError):
        excuse(access=manager, person=manager.user, audience="service", month=OCTOBER, reason="事假")
    assert Excuse.objects.count() == 1


def duties_of_three(advisors, judged):
    people = advisors(3)
    judged(dict.fromkeys(people, FAIL))
    return Duty.objects.order_by("starts_on", "seat")


def test_a_manager_swaps_two_peoples_halves_with_a_reason_and_both_are_told(advisors, judged, person, store):
    manager = access_of(person("service_manager"), store)
    first, second, third = duties_of_three(advisors, judged)
    swap(access=manager, duty=first, other=third, reason="请假")
    assert starts(first.person) == [third.starts_on] and starts(third.person) == [first.starts_on]
    assert {row.verdict_id for row in Duty.objects.all()} == {first.verdict_id, second.verdict_id, third.verdict_id}
    changes = DutyChange.objects.filter(kind="swapped")
    assert {(row.person, row.with_person, row.before, row.after) for row in changes} == {
        (first.person, third.person, first.starts_on, third.starts_on), (third.person, first.person, third.starts_on, first.starts_on),
    }  # fmt: skip
    assert set(OutboxMessage.objects.filter(topic="lounge_swapped").values_list("user", flat=True)) == {first.person_id, third.person_id}


def test_a_swap_keeps_the_rules(advisors, judged, person, store, clock_at):
    manager = access_of(person("service_manager"), store)
    first, second, third = duties_of_three(advisors, judged)
    for duty, other, reason in ((first, second, "请假"), (first, third, " "), (first, first, "请假")):
        with pytest.raises(ValidationError):
            swap(access=manager, duty=duty, other=other, reason=reason)
    with pytest.raises(PermissionDenied):
        swap(access=access_of(person("sales_manager"), store), duty=first, other=third, reason="请假")
    clock_at.move_to(at("11-16 08:00"))
    with pytest.raises(ValidationError):
        swap(access=manager, duty=first, other=third, reason="请假")
    assert not DutyChange.objects.filter(kind="swapped").exists()


def test_two_swaps_of_one_duty_are_one(advisors, judged, person, store):
    manager = access_of(person("service_manager"), store)
    first, _second, third = duties_of_three(advisors, judged)
    swap(access=manager, duty=first, other=third, reason="请假")
    with pytest.raises(ValidationError):
        swap(access=manager, duty=first, other=third, reason="请假")


def test_who_has_left_gets_no_duty(advisors, judged, store):
    (bad,) = advisors(1)
    Absence.objects.create(user=bad, store=store, kind="left", starts_on=date(2026, 11, 9))
    judged({bad: FAIL})
    assert verdict_of(bad).outcome == "not_passed" and starts(bad) == []


def test_two_months_running_is_duty_and_deduction_across_the_years_end(store, person, clock_at):
    bad = person("advisor")
    for month, outcome in ((date(2026, 12, 1), "not_passed"), (date(2027, 1, 1), "not_passed")):
        sample = Sample.objects.create(store=store, month=month, audience="service", person=bad, wanted=5, seed=1, reason={})
        Verdict.objects.create(
            store=store, sample=sample, month=month, audience="service", person=bad, outcome=outcome, interviews=[[1, 1, 8, 4]] * 3, place=1,
            seed=1, decided_on=months.month_after(month).replace(day=10),
        )  # fmt: skip
    known = history.known(store, until=date(2027, 1, 1))
    assert [known["service", bad.pk, month].consequence.deduction for month in (date(2026, 12, 1), date(2027, 1, 1))] == [False, True]
    assert half_of(date(2027, 2, 16)).ends_on == date(2027, 2, 28)


def test_a_verdict_waits_until_the_month_is_closed(store, clock_at):
    SampleMonth.objects.create(store=store, month=OCTOBER, drawn_at=at("11-01 08:00"))
    clock_at.move_to(at("11-10 08:00"))
    sweep.run(until_done=True)
    row = SampleMonth.objects.get(month=OCTOBER)
    assert row.closed_at and row.judged_at
