from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core import clock
from csi.models import CALLBACKS, Dissatisfaction, QuestionnaireVersion, Response
from csi.statistics import Rate
from customers import actions
from customers.models import Customer, Vehicle
from followups.models import Attempt, CallSheet, FollowUp
from reports.actions_sheets import sign
from reports.periods import WEEK, containing
from staff.access import accesses
from staff.actions import create_store
from visits.models import Appointment, NewCarDelivery, ServiceOrder

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


class World:
    """Rows of a store's day, made directly: what the page counts, not how they come about."""

    def __init__(self, store):
        self.store, self.now, self.n = store, clock.now(), 0
        versions = QuestionnaireVersion.objects.filter(questionnaire__code__in=CALLBACKS.values()).select_related("questionnaire")
        self.versions = {version.questionnaire.audience: version for version in versions}

    def owner(self):
        self.n += 1
        owner = actions.create_customer(store=self.store, name=f"客户{self.n}", by=None)
        return owner, actions.create_vehicle(store=self.store, owner=owner, plate=f"渝A{self.n:05d}", by=None)

    def order(self, advisor, promised_in=None, **facts):
        owner, car = self.owner()
        facts = {"received_on": self.store.today(), "received_at": self.now - 2 * HOUR, "step": "repair", **facts}
        promised_at = self.now + promised_in if promised_in is not None else None
        return ServiceOrder.objects.create(
            store=self.store, number=f"RO{self.n}", vehicle=car, customer=owner, advisor=advisor, promised_at=promised_at, **facts
        )

    def call(self, due_in, *, next_in=-HOUR, dials=0, audience="caller", assignee=None, plan="service"):
        owner, car = self.owner()
        due_at, next_at = self.now + due_in, self.now + next_in
        sheet = CallSheet.objects.create(
            store=self.store, customer=owner, audience=audience, assignee=assignee, due_at=due_at, next_at=next_at, is_retry=dials > 0
        )
        FollowUp.objects.create(
            store=self.store, plan=plan, occasion=f"order {self.n}", sheet=sheet, customer=owner, vehicle=car, started_at=due_at - 4 * HOUR,
            opens_at=due_at - 3 * HOUR, due_at=due_at, due_on=self.store.local_date(due_at), next_at=next_at, dials=dials,
            first_dialled_at=self.now - HOUR if dials else None,
        )  # fmt: skip
        return sheet

    def dial(self, by, outcome="interviewed"):
        sheet = self.call(5 * HOUR)
        return Attempt.objects.create(
            store=self.store,
            sheet=sheet,
            customer=sheet.customer,
            outcome=outcome,
            by=by,
            on=self.store.today(),
            half_day="am",
            token=str(self.n),
        )

    def answer(self, satisfied, *, advisor=None, surveyor=None, days_ago=0, audience="service"):
        owner, car = self.owner()
        return Response.objects.create(
            store=self.store, version=self.versions[audience], audience=audience, occasion=f"followup {self.n}", customer=owner, vehicle=car, advisor=advisor,
            surveyor=surveyor, answered_at=self.now - timedelta(days=days_ago), answered_on=self.store.today() - timedelta(days=days_ago),
            overall=5 if satisfied else 2, is_satisfied=satisfied, is_very_satisfied=satisfied, is_unhappy=not satisfied,
        )  # fmt: skip

    def delivery(self, consultant, days_ago=1):
        owner, car = self.owner()
        return NewCarDelivery.objects.create(
            store=self.store, vehicle=car, customer=owner, consultant=consultant, delivered_at=self.now - timedelta(days=days_ago),
            delivered_on=self.store.today() - timedelta(days=days_ago),
        )  # fmt: skip


@pytest.fixture
def world(store):
    return World(store)


def blocks(client) -> set[str]:
    names = ["calls", "my_day", "recoveries", "cars", "appointments", "files", "scores", "sales", "late_by_plan", "unhappy", "month"]
    context = client.get("/").context
    return {name for name in names if context[name] is not None}


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        ("caller", {"calls", "my_day"}),
        ("care_manager", {"calls", "my_day", "late_by_plan", "unhappy", "month"}),
        ("advisor", {"recoveries", "cars", "appointments", "files", "scores"}),
        ("sales", {"recoveries", "sales", "files", "scores"}),
        ("supervisor", {"recoveries", "cars", "appointments", "late_by_plan", "unhappy", "month"}),
        ("sales_manager", {"recoveries", "sales", "late_by_plan", "unhappy", "month"}),
        ("general_manager", {"late_by_plan", "unhappy", "month"}),
        ("regional", {"late_by_plan", "unhappy", "month"}),
    ],
)
def test_everybody_sees_their_own_day(signed_in, role, expected):
    assert blocks(signed_in(role)) == expected


def test_the_callers_calls_are_parted_by_urgency(signed_in, world):
    client = signed_in("caller")
    world.call(-HOUR)
    world.call(HOUR / 2)
    world.call(HOUR / 3)
    world.call(-2 * HOUR, next_in=3 * HOUR, dials=1)
    world.call(-2 * HOUR, audience="advisor", assignee=client.user)
    page = client.get("/")
    calls = page.context["calls"]
    assert (calls["late"], calls["hour"], calls["retry"], calls["ready"]) == (1, 2, 1, 3)
    shown = page.content.decode()
    for tab in ("late", "hour", "today", "retry"):
        assert f"/queue/?due={tab}" in shown
    assert 'action="/queue/next/"' in shown and 'data-key="c"' in shown


def test_without_calls_there_is_no_button_that_leads_nowhere(signed_in, world):
    assert 'action="/queue/next/"' not in signed_in("caller").get("/").content.decode()


def test_the_callers_day_counts_their_own_dials(signed_in, world, person):
    client, other = signed_in("caller"), person("caller")
    for outcome in ("interviewed", "refused", "no_answer", "busy"):
        world.dial(client.user, outcome)
    world.dial(other)
    world.answer(True, surveyor=client.user)
    world.answer(False, surveyor=client.user)
    world.answer(True, surveyor=other)
    world.answer(True, surveyor=client.user, days_ago=1)
    assert client.get("/").context["my_day"] == {"dialled": 4, "reached": 2, "satisfied": Rate(1, 2)}


def test_an_advisor_sees_the_unhappy_customers_assigned_to_them(signed_in, world, person):
    client = signed_in("advisor")
    later = world.call(HOUR, audience="advisor", assignee=client.user, plan="recovery")
    first = world.call(HOUR / 2, audience="advisor", assignee=client.user, plan="recovery")
    world.call(HOUR, audience="advisor", assignee=person("advisor"), plan="recovery")
    page = client.get("/")
    assert page.context["recoveries"] == [first, later]
    assert f'action="/calls/{first.pk}/claim/"' in page.content.decode()


def test_an_advisor_sees_their_cars_late_first_and_the_supervisor_all(signed_in, world, person, client):
    advisor = signed_in("advisor").user
    mine = [world.order(advisor, promised_in) for promised_in in (None, HOUR, -HOUR)]
    others = world.order(person("advisor"), HOUR / 2)
    world.order(advisor, -HOUR, step="delivered", delivered_at=world.now, delivered_on=world.store.today())
    assert client.get("/").context["cars"] == [mine[2], mine[1], mine[0]]
    client.force_login(person("supervisor"), backend="django.contrib.auth.backends.ModelBackend")
    assert client.get("/").context["cars"] == [mine[2], others, mine[1], mine[0]]


def test_todays_appointments_are_mine_or_nobodys(signed_in, world, person):
    client = signed_in("advisor")
    local_noon = world.now.astimezone(world.store.tz).replace(hour=12, minute=0)
    wanted = []
    for advisor, at, status in [
        (client.user, local_noon, "booked"), (None, local_noon + HOUR, "booked"), (person("advisor"), local_noon, "booked"),
        (client.user, local_noon + timedelta(days=1), "booked"), (client.user, local_noon, "cancelled"),
    ]:  # fmt: skip
        owner, car = world.owner()
        wanted.append(Appointment.objects.create(store=world.store, customer=owner, vehicle=car, advisor=advisor, at=at, status=status))
    assert client.get("/").context["appointments"] == wanted[:2]


def test_scores_are_of_thirty_days_and_carry_n(signed_in, world, person):
    client = signed_in("advisor")
    for satisfied, days_ago in [(True, 0), (True, 29), (False, 3), (False, 30)]:
        world.answer(satisfied, advisor=client.user, days_ago=days_ago)
    world.answer(False, advisor=person("advisor"))
    assert client.get("/").context["scores"] == Rate(2, 3)


def test_files_count_as_complete_with_car_and_owner(signed_in, world):
    client, today = signed_in("advisor"), world.store.today()
    for _n in range(3):
        world.owner()
    Vehicle.objects.update(
        opened_by=client.user, vin="", model="CS75", mileage=1, purchased_on=today, insurance_until=today, warranty_until=today,
        next_maintenance_on=today,
    )  # fmt: skip
    first, second, _third = Vehicle.objects.order_by("pk")
    for n, car in enumerate((first, second)):
        Vehicle.objects.filter(pk=car.pk).update(vin=f"LS4ASE2W1HA00000{n}")
    whole = Customer.objects.get(ownerships__vehicle=first)
    Customer.objects.filter(pk=whole.pk).update(region="渝北", birthday=today, occupation="教师", source="other", licence_expires_on=today)
    actions.add_phone(customer=whole, text="13812345678", by=None)
    assert client.get("/").context["files"] == Rate(1, 3)
    Vehicle.objects.update(opened_at=world.now - timedelta(days=40))
    assert client.get("/").context["files"] == Rate(0, 0)


def test_a_consultant_sees_their_deliveries_of_thirty_days(signed_in, world, person):
    client = signed_in("sales")
    mine = world.delivery(client.user, 29)
    world.delivery(client.user, 30)
    world.delivery(person("sales"))
    assert client.get("/").context["sales"] == [mine]


def test_a_manager_sees_what_is_late_by_plan(signed_in, world):
    for _n in range(2):
        world.call(-HOUR)
    world.call(-HOUR, plan="recheck")
    world.call(HOUR)
    late = signed_in("care_manager").get("/").context["late_by_plan"]
    assert [(row["plan"], row["n"]) for row in late] == [("service", 2), ("recheck", 1)]


def test_an_unhappy_customer_stays_until_handled_in_every_part(signed_in, world, person):
    client = signed_in("care_manager")
    noted, bare = world.answer(False, days_ago=1), world.answer(False)
    world.answer(True)
    world.answer(False, days_ago=7)
    parts = [
        Dissatisfaction.objects.create(store=world.store, response=noted, answered_on=noted.answered_on, link=link, words="慢")
        for link in ("service", "price")
    ]
    assert client.get("/").context["unhappy"] == [noted, bare]
    by = person("advisor")
    Dissatisfaction.objects.filter(pk=parts[0].pk).update(handled_at=world.now, handled_by=by)
    assert noted in client.get("/").context["unhappy"]
    Dissatisfaction.objects.filter(pk=parts[1].pk).update(handled_at=world.now, handled_by=by)
    assert client.get("/").context["unhappy"] == [bare]


def test_the_month_counts_from_its_first_day(signed_in, world, person):
    first = world.store.today().replace(day=1)
    days = (world.store.today() - first).days
    world.answer(True, days_ago=days)
    world.answer(False)
    world.answer(True, days_ago=days + 1)
    world.answer(True, audience="sales")
    world.order(None, step="delivered", delivered_at=world.now, delivered_on=first)
    world.order(None)
    month = signed_in("regional").get("/").context["month"]
    assert (month["service"], month["sales"], month["delivered"], month["here"]) == (Rate(1, 2), Rate(1, 1), 1, 1)
    client = signed_in("regional")
    for code, count in (("satisfaction_rate", 2), ("satisfaction_rate_sales", 1), ("revenue_per_car", 1)):
        url = f"{reverse('reports:rows', args=[code])}?period={month['first']:%Y-%m}"
        assert f'href="{url}"' in client.get("/").content.decode()
        assert client.get(url).context["total"] == count


def test_another_stores_day_is_not_counted(signed_in, world):
    other = World.__new__(World)
    other.__dict__ = {**world.__dict__, "store": create_store(code="S2", name="别家店")}
    other.call(-HOUR)
    other.answer(False)
    other.order(None)
    context = signed_in("care_manager").get("/").context
    assert context["calls"]["late"] == 0 and not context["late_by_plan"] and not context["unhappy"] and context["month"]["here"] == 0


@pytest.mark.parametrize(
    ("role", "budget"),
    [("caller", 13), ("care_manager", 22), ("advisor", 15), ("sales", 15), ("supervisor", 19), ("sales_manager", 20), ("regional", 15)],
)
def test_a_busier_day_costs_no_more_queries(signed_in, world, role, budget, django_assert_max_num_queries):
    client = signed_in(role)

    def fill():
        world.call(-HOUR)
        world.call(-HOUR, audience="advisor", assignee=client.user, plan="recovery")
        world.answer(False, advisor=client.user, surveyor=client.user)
        world.order(client.user, HOUR)
        delivery = world.delivery(client.user)
        FollowUp.objects.filter(occasion=f"order {world.n}").update(delivery=delivery)
        Appointment.objects.create(
            store=world.store, customer=delivery.customer, vehicle=delivery.vehicle, advisor=client.user, at=world.now
        )

    fill()
    client.get("/")
    with CaptureQueriesContext(connection) as one:
        client.get("/")
    for _n in range(8):
        fill()
    with django_assert_max_num_queries(len(one)):
        client.get("/")
    assert len(one) <= budget, len(one)


def test_who_is_not_signed_in_sees_the_sign_in(client, store):
    assert client.get("/").status_code == 302


@pytest.mark.parametrize(
    ("role", "told"), [("service_manager", True), ("general_manager", True), ("sales_manager", False), ("care_manager", False)]
)
def test_the_manager_of_a_department_is_told_of_last_weeks_sheet_until_it_is_signed(signed_in, world, role, told, time_machine):
    said = world.answer(False)
    Dissatisfaction.objects.create(store=world.store, response=said, answered_on=said.answered_on, link="quality", words="还在响")
    client = signed_in(role)
    sheet = "/complaints/weekly/service/?period="
    assert sheet not in client.get("/").content.decode()  # of the week that runs nothing is owed
    time_machine.move_to(world.now + timedelta(days=7), tick=False)
    client.force_login(client.user, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get("/")
    assert page.status_code == 200 and (sheet in page.content.decode()) is told
    if told:
        access = accesses(client.user)[world.store]
        sign(access=access, department="service", week=containing(world.store.today(), WEEK).previous)
        assert sheet not in client.get("/").content.decode()
