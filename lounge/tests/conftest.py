"""The follow-ups' small world and a month of customers to ask about; cars that are here, whose customers wait."""

from datetime import timedelta

import pytest

from core import clock, sweep
from csi import questionnaires
from customers.actions import create_customer, create_vehicle
from followups import calls, leases
from followups.models import FollowUp
from followups.tests.conftest import advisor, at, caller, clock_at, make_delivery, make_order  # noqa: F401
from lounge import actions_waiting as actions
from lounge.models import SampleRank
from visits.actions import open_order
from visits.models import ServiceOrder
from visits.tests.conftest import noon  # noqa: F401


def scores(code: str, yes: int, no: int) -> dict[str, int]:
    """Answers of a questionnaire: so many yes, then so many no; the rest does not apply."""
    asked = [question.code for question in questionnaires.current(code).questions.all() if question.scale == "yes_no"]
    return {name: int(n < yes) for n, name in enumerate(asked[: yes + no])}


@pytest.fixture
def october(clock_at, make_order):  # noqa: F811
    """october(n, advisor=…) -> n orders handed over in October, each to a customer of its own."""

    def make(n: int, **fields):
        return [make_order(at("10-12 10:00") + timedelta(hours=k), **fields) for k in range(n)]

    return make


@pytest.fixture
def answer(caller):  # noqa: F811
    """answer(followup, yes=12, no=0) -> the interview is held and saved; answer(followup, outcome='refused') -> it is not."""

    def make(followup: FollowUp, yes: int = 11, no: int = 0, outcome: str = "interviewed", by=None):
        by = by or caller
        sheet = followup.sheet
        assert leases.take(sheet.pk, by)
        sheet.refresh_from_db()
        said = {row.pk: calls.Said(answers={"overall": 5}, words="好") for row in calls.owed(sheet, clock.now())}
        said[followup.pk] = calls.Said(answers=scores(followup.questionnaire, yes, no))
        return calls.save_call(
            sheet=sheet, claim=sheet.claims, token=f"{followup.pk} {clock.now()}", outcome=outcome,
            phone=followup.customer.phones.callable().first(), said=said if outcome == "interviewed" else {}, by=by,
        )  # fmt: skip

    return make


@pytest.fixture
def drawn(clock_at):  # noqa: F811
    """drawn() -> the sweep has drawn October's samples on the 1st of November, service calls out of the way."""

    def make(day: str = "11-01 10:00"):
        clock_at.move_to(at(day))
        sweep.run(until_done=True)
        return open_calls()

    return make


def open_calls(person=None):
    rows = (
        FollowUp.objects.open().filter(plan="implementation").select_related("sheet", "customer", "order__advisor", "delivery__consultant")
    )
    if person:
        rows = rows.filter(ranked__sample__person=person)
    return list(rows.order_by("ranked__sample", "ranked__rank"))


def ranks(person):
    return list(SampleRank.objects.filter(sample__person=person).order_by("sample", "rank"))


@pytest.fixture
def judged(clock_at, drawn, answer):  # noqa: F811
    """judged({person: [(yes, no), …]}) -> the calls about October were held on the 2nd, and the verdicts given on the 10th."""

    def make(said: dict, judged_on: str = "11-10 08:00"):
        drawn()
        clock_at.move_to(at("11-02 10:00"))
        for person, interviews in said.items():
            for followup, (yes, no) in zip(open_calls(person), interviews, strict=False):
                answer(followup, yes, no)
        clock_at.move_to(at(judged_on))
        sweep.run(until_done=True)

    return make


@pytest.fixture
def arrive(store, person, noon):  # noqa: F811
    """arrive(name='张三', step='repair', …) -> the order of a car that is here, whose customer waits."""
    people = []

    def make(*, name: str = "张三丰", gender: str = "male", step: str = "reception", waits: bool = True, **facts) -> ServiceOrder:
        people.append(name)
        n = len(people)
        customer = create_customer(store=store, name=name, gender=gender, phones=[f"1381234{n:04}"], by=None)
        car = create_vehicle(store=store, owner=customer, plate=f"渝A{12345 + n}", vin="", model="CS75", by=None)
        facts.setdefault("advisor", None)
        order = open_order(store=store, vehicle=car, customer=customer, by=None, waits_in_lounge=waits, **facts)
        ServiceOrder.objects.filter(pk=order.pk).update(step=step)
        order.refresh_from_db()
        return order

    return make


@pytest.fixture
def seated(arrive, person):
    """seated(…) -> (the row of a customer who waits, their order, its advisor, who can sign in)."""

    def make(**facts):
        mine = facts.pop("advisor", None) or person("advisor")
        order = arrive(advisor=mine, **facts)
        return actions.seat(order=order, by=mine), order, mine

    return make
