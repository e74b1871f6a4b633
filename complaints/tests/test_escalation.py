"""The ladder: where a complaint begins, who answers for it on each rung, and when it may climb."""

import itertools
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from complaints import actions
from complaints.escalation import LADDERS, acts_now, climb, first_rung, rung_of
from complaints.kinds import Channel, Department, Level, Severity
from complaints.tests.conftest import at, running, swept
from complaints.tests.test_clocks import EVERY_DAY, NEVER
from staff.actions import create_store, record_absence
from staff.models import Absence, Membership, Region
from staff.roles import Role

pure = pytest.mark.pure


@pure
@pytest.mark.parametrize("channel", Channel.values)
@pytest.mark.parametrize("severity", Severity.values)
@pytest.mark.parametrize("is_product_quality", [False, True])
def test_where_a_complaint_begins(channel, severity, is_product_quality):
    begins = first_rung(channel=channel, severity=severity, is_product_quality=is_product_quality)
    if channel == "manufacturer":
        assert begins == Level.GENERAL_MANAGER
    elif severity == "major" or is_product_quality:
        assert begins == Level.MANAGER
    else:
        assert begins == Level.ADVISOR


@pure
def test_each_department_has_a_role_on_every_rung():
    for ladder in LADDERS.values():
        assert list(ladder) == list(Level)
    assert [LADDERS["service"][level] for level in Level][1:4] == [Role.ADVISOR, Role.SUPERVISOR, Role.SERVICE_MANAGER]
    assert [LADDERS["sales"][level] for level in Level][1:4] == [Role.SALES, Role.SALES_SUPERVISOR, Role.SALES_MANAGER]


@pure
@pytest.mark.parametrize("department", Department.values)
def test_a_person_stands_on_their_highest_rung(department):
    ladder = LADDERS[department]
    for a, b in itertools.product(Level, Level):
        assert rung_of(department, {ladder[a], ladder[b]}) == max(a, b)
    assert rung_of(department, {Role.CARE_MANAGER, Role.TECHNICIAN}) is None


rosters = st.dictionaries(st.sampled_from(list(Level)), st.lists(st.integers(0, 9), max_size=3), max_size=6)


@pure
@given(rosters, st.sampled_from(list(Level)), st.sets(st.integers(0, 9)), st.lists(st.integers(0, 9), max_size=2))
def test_climbing_never_skips_a_rung_on_which_somebody_could_answer(roster, start, skip, preferred):
    found = climb(start, lambda level: roster.get(level, []), skip=skip, preferred=preferred)
    able = {level: [person for person in people if person not in skip] for level, people in roster.items() if level >= start}
    if found is None:
        assert not any(able.values())
        return
    level, person = found
    assert level >= start and person in able[level]
    assert not any(able.get(lower) for lower in Level if start <= lower < level)
    wanted = [one for one in preferred if one in able[level]]
    assert person == (wanted or able[level])[0]


@pure
@pytest.mark.parametrize(
    ("moment", "acts"),
    [("11-24 08:29", False), ("11-24 08:30", True), ("11-24 18:29", True), ("11-24 18:30", False), ("11-25 02:00", False)],
)
def test_escalation_acts_in_staffed_hours_only(moment, acts):
    assert acts_now(at(moment), EVERY_DAY) is acts
    assert acts_now(at(moment), NEVER) is True  # or nobody would ever hear of it


def test_the_orders_advisor_handles_it(complain, people):
    assert complain().handler == people.advisor


def test_without_an_order_the_least_busy_advisor_handles_it(complain, people, person):
    other = person("advisor", name="乙")
    complain()
    assert complain(vehicle=None).handler == other


@pytest.mark.parametrize(
    ("facts", "level", "role"),
    [
        ({}, Level.ADVISOR, "advisor"),
        ({"channel": "manufacturer"}, Level.GENERAL_MANAGER, "general_manager"),
        ({"severity": "major"}, Level.MANAGER, "service_manager"),
        ({"is_product_quality": True}, Level.MANAGER, "service_manager"),
        ({"department": "sales"}, Level.ADVISOR, "sales"),
        ({"department": "sales", "severity": "major"}, Level.MANAGER, "sales_manager"),
        ({"department": "sales", "channel": "manufacturer"}, Level.GENERAL_MANAGER, "general_manager"),
    ],
)
def test_who_handles_what(complain, people, facts, level, role):
    complaint = complain(**facts)
    assert (complaint.level, complaint.handler) == (level, people[role])


@pytest.mark.parametrize(
    ("accused", "facts", "level", "role"),
    [
        ("advisor", {}, Level.SUPERVISOR, "supervisor"),
        ("service_manager", {"severity": "major"}, Level.GENERAL_MANAGER, "general_manager"),
        ("general_manager", {"channel": "manufacturer"}, Level.REGION, "regional"),
        ("sales", {"vehicle": None}, Level.SUPERVISOR, "sales_supervisor"),  # the department is that of the accused
    ],
)
def test_the_person_complained_about_is_skipped(complain, people, accused, facts, level, role):
    complaint = complain(against=people[accused], **facts)
    assert (complaint.level, complaint.handler) == (level, people[role])


def test_people_away_are_skipped(complain, people, store):
    for role in ("advisor", "supervisor"):
        record_absence(user=people[role], store=store, kind="leave", starts_on=store.today(), by=None)
    complaint = complain()
    assert (complaint.level, complaint.handler) == (Level.MANAGER, people.service_manager)


def test_people_who_are_back_when_the_store_next_opens_are_not_away(complain, people, store, clock_at):
    clock_at.move_to(at("11-24 22:00"))
    Absence.objects.create(user=people.advisor, store=store, kind="leave", starts_on=store.today(), ends_on=store.today())
    assert complain(channel="web").handler == people.advisor


def test_people_who_cannot_sign_in_are_skipped(complain, people):
    people.advisor.set_unusable_password()
    people.advisor.save()
    assert complain().handler == people.supervisor


def test_a_breach_climbs_to_the_region_with_two_hours_on_every_rung(complain, people, clock_at):
    complaint = complain()
    climbed = []
    for _n in range(60):
        clock_at.shift(timedelta(minutes=30))
        swept()
        complaint.refresh_from_db()
        if not climbed or climbed[-1] != complaint.superior:
            climbed.append(complaint.superior)
    assert climbed[1:] == [people.supervisor, people.service_manager, people.general_manager, people.regional]
    assert complaint.handler == people.advisor and complaint.level == Level.REGION
    assert complaint.entries.filter(kind="top").exists()  # and then nobody is left


def test_the_accused_superior_is_climbed_past(complain, people, clock_at):
    complaint = complain(against=people.supervisor)
    clock_at.shift(timedelta(hours=3))
    swept()
    complaint.refresh_from_db()
    assert complaint.superior == people.service_manager


def test_a_breach_at_night_is_raised_in_the_morning(complain, people, clock_at):
    complaint = complain(channel="web", received_at=at("11-23 18:00"))
    actions.first_reply(complaint=complaint, method="phone", told="已收到", by=people.caller)
    clock_at.move_to(at("11-24 18:40"))
    counts = swept()
    assert (counts["breached"], counts["escalated"]) == (1, 0)
    clock_at.move_to(at("11-25 08:30"))
    counts = swept()
    assert (counts["breached"], counts["escalated"]) == (0, 1)


def test_what_was_put_right_before_the_morning_is_not_raised(complain, people, clock_at):
    complaint = complain(received_at=at("11-23 18:00"))
    clock_at.move_to(at("11-24 18:40"))
    swept()
    actions.reply(
        complaint=complaint, method="phone", told="明天给您答复", next_at=at("11-25 15:00"), number="13812345678", by=people.advisor
    )
    clock_at.move_to(at("11-25 08:30"))
    assert swept()["escalated"] == 0
    assert set(running(complaint)) == {"next_contact"}


def test_the_region_is_that_of_the_store(complain, people, store, person):
    region = Region.objects.create(name="西南")
    store.region = region
    store.save()
    other = create_store(code="S9", name="邻店", region=region)
    Membership.objects.filter(user=people.regional).update(store=other)
    complaint = complain(channel="manufacturer", against=people.general_manager)
    assert complaint.handler == people.regional
