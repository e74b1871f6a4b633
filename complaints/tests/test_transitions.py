"""Every state × act × person, against a table written out by hand: not the code's own."""

import itertools

import pytest

from complaints.kinds import Department, Level, Status
from complaints.models import Complaint
from complaints.transitions import TABLE, Act, Who, acts, after_revisit, following, may
from complaints.turns import parties
from staff.models import User
from staff.roles import Role

pytestmark = pytest.mark.pure

# state: act -> the state after it
EXPECTED = {
    "received": {
        "sign": "acknowledged", "first_reply": "received", "reply": "in_hand", "resolve": "resolved", "instruct": "received",
        "take_over": "acknowledged", "escalate": "received", "forward": "forwarded", "ask": "received", "approve": "received",
        "note": "received", "evidence": "received",
    },
    "acknowledged": {
        "first_reply": "acknowledged", "reply": "in_hand", "resolve": "resolved", "wait": "waiting", "instruct": "acknowledged",
        "take_over": "acknowledged", "escalate": "acknowledged", "forward": "forwarded", "ask": "acknowledged",
        "approve": "acknowledged", "note": "acknowledged", "evidence": "acknowledged",
    },
    "in_hand": {
        "first_reply": "in_hand", "reply": "in_hand", "resolve": "resolved", "wait": "waiting", "instruct": "in_hand",
        "take_over": "in_hand", "escalate": "in_hand", "forward": "forwarded", "ask": "in_hand", "approve": "in_hand",
        "note": "in_hand", "evidence": "in_hand",
    },
    "waiting": {
        "resolve": "resolved", "resume": "in_hand", "instruct": "waiting", "take_over": "waiting", "forward": "forwarded",
        "ask": "waiting", "approve": "waiting", "note": "waiting", "evidence": "waiting",
    },
    "forwarded": {
        "first_reply": "forwarded", "reply": "in_hand", "resolve": "resolved", "wait": "waiting", "instruct": "in_hand",
        "take_over": "in_hand", "escalate": "forwarded", "ask": "forwarded", "approve": "forwarded", "note": "forwarded",
        "evidence": "forwarded",
    },
    "reopened": {
        "sign": "acknowledged", "first_reply": "reopened", "reply": "in_hand", "resolve": "resolved", "instruct": "reopened",
        "take_over": "acknowledged", "escalate": "reopened", "forward": "forwarded", "ask": "reopened", "approve": "reopened",
        "note": "reopened", "evidence": "reopened",
    },
    "resolved": {"instruct": "resolved", "take_over": "resolved", "revisit": "closed", "note": "resolved", "evidence": "resolved"},
    "revisited": {"close": "closed", "note": "revisited", "evidence": "revisited"},
    "closed": {"note": "closed"},
}  # fmt: skip
# act: who may do it
DOES = {
    "sign": {"handler"}, "first_reply": {"desk"}, "reply": {"handler", "superior", "above"}, "resolve": {"handler", "superior", "above"},
    "wait": {"handler", "superior", "above"}, "resume": {"handler", "superior", "above", "desk"}, "instruct": {"superior", "above"},
    "take_over": {"superior", "above"}, "escalate": {"handler"}, "forward": {"manager"}, "ask": {"handler", "superior", "above"},
    "approve": {"region"}, "revisit": {"desk"}, "close": {"manager"}, "note": {"reader"}, "evidence": {"reader"},
}  # fmt: skip


@pytest.mark.parametrize("status", Status.values)
@pytest.mark.parametrize("act", Act.values)
def test_every_state_and_act(status, act):
    assert following(status, act) == EXPECTED[status].get(act)


@pytest.mark.parametrize(("status", "act", "who"), list(itertools.product(Status.values, Act.values, Who.values)))
def test_every_state_act_and_person(status, act, who):
    assert may(status, act, {who}) == (act in EXPECTED[status] and who in DOES[act])


def test_the_buttons_are_what_the_table_allows():
    for status in Status.values:
        for who in Who.values:
            assert acts(status, {who}) == [act for act in Act if may(status, act, {who})]
    assert set(TABLE) == set(Act)


@pytest.mark.parametrize("status", set(Status.values) - {"closed"})
def test_every_open_state_has_a_way_on(status):
    assert any(to != status for to in EXPECTED[status].values())


def test_the_revisit_decides():
    assert after_revisit(is_satisfied=True, needs_signature=False) == "closed"
    assert after_revisit(is_satisfied=True, needs_signature=True) == "revisited"
    assert after_revisit(is_satisfied=False, needs_signature=True) == after_revisit(is_satisfied=False, needs_signature=False) == "reopened"


# What a person is, by their roles: (department, level, role) -> beyond reader. Nobody here is the handler or the superior.
BY_ROLE = {
    ("service", 2, "advisor"): set(),  # a colleague of the handler's
    ("service", 2, "supervisor"): {"above"},
    ("service", 4, "supervisor"): set(),
    ("service", 2, "service_manager"): {"above", "manager"},
    ("service", 5, "service_manager"): {"manager"},
    ("service", 2, "general_manager"): {"above", "manager"},
    ("service", 2, "caller"): {"desk"},
    ("service", 2, "care_manager"): {"desk"},
    ("service", 2, "sales_supervisor"): set(),
    ("service", 2, "sales_manager"): set(),
    ("sales", 2, "sales_manager"): {"above", "manager"},
    ("sales", 2, "service_manager"): set(),
    ("sales", 3, "sales_supervisor"): {"above"},
    ("service", 2, "regional"): {"region"},
    ("service", 6, "regional"): {"region", "above"},
    ("service", 6, "general_manager"): {"manager"},
}


@pytest.mark.parametrize(("department", "level", "role"), list(BY_ROLE))
def test_what_a_role_is_to_a_complaint(department, level, role):
    complaint = Complaint(department=department, level=level, handler_id=1, superior_id=2, against_id=3)
    assert parties(complaint, User(pk=9), {role}) == {"reader"} | BY_ROLE[department, level, role]


def test_handler_and_superior_are_such_whatever_their_role():
    complaint = Complaint(department=Department.SERVICE, level=Level.ADVISOR, handler_id=1, superior_id=2)
    assert parties(complaint, User(pk=1), {Role.ADVISOR}) == {"reader", "handler"}
    assert parties(complaint, User(pk=2), {Role.ADVISOR}) == {"reader", "superior"}


@pytest.mark.parametrize("role", Role.values)
def test_the_person_complained_about_may_do_nothing(role):
    complaint = Complaint(department=Department.SERVICE, level=Level.ADVISOR, handler_id=1, superior_id=2, against_id=3)
    assert parties(complaint, User(pk=3), {role}) == frozenset()
