"""A small, random, untidy history of a store: the rows as the other rooms would have written them."""

from datetime import UTC, date, datetime, timedelta
from random import Random

from complaints.models import Clock, Complaint
from csi import shipped
from csi.models import CALLBACKS, Answer, Dissatisfaction, QuestionnaireVersion, Response
from csi.scoring import is_satisfied, is_unhappy, is_very_satisfied
from customers.models import Customer, Vehicle
from followups.models import Attempt, CallSheet, FollowUp, Served
from staff.actions import create_user
from visits.models import NewCarDelivery, ServiceOrder

KINDS = ["maintenance", "repair", "accident", "rework", "first_maintenance"]
SCORES = {"five": [5, 5, 5, 4, 4, 3, 2, 1], "three": [3, 3, 3, 3, 2, 1], "nps": [10, 10, 9, 8, 7, 6, 3, 0]}


class History:
    def __init__(self, store, seed: int = 1):
        shipped.ensure()
        self.store, self.random, self.discontent = store, Random(seed), Random(seed + 1000)
        self.versions = {
            v.questionnaire.audience: (v, list(v.questions.all()))
            for v in QuestionnaireVersion.objects.filter(questionnaire__code__in=CALLBACKS.values()).select_related("questionnaire")
        }
        self.advisors = [create_user(username=f"{store.code}a{n}", name=f"顾问{n}", store=store, role="advisor") for n in range(3)]
        self.consultant = create_user(username=f"{store.code}s", name="销售甲", store=store, role="sales")
        self.callers = [create_user(username=f"{store.code}c{n}", name=f"客服{n}", store=store, role="caller") for n in range(2)]
        self.vehicles: list[Vehicle] = []

    def at(self, day: date, hour: int = 10, minute: int = 0) -> datetime:
        return datetime(day.year, day.month, day.day, hour, minute, tzinfo=self.store.tz).astimezone(UTC)

    def vehicle(self, opened: date | None = None, status: str = "active") -> Vehicle:
        n = len(self.vehicles)
        name = f"客户{n}"
        customer = Customer.objects.create(store=self.store, name=name, gender="male", name_hex="", name_pinyin="", name_initials="")
        vehicle = Vehicle.objects.create(
            store=self.store, plate=f"渝A{n:05}", model="逸动", status=status, opened_at=self.at(opened or date(2026, 6, 1))
        )
        vehicle.customer = customer
        CallSheet.objects.create(store=self.store, customer=customer)
        self.vehicles.append(vehicle)
        return vehicle

    def order(self, vehicle, delivered_on: date | None, *, advisor=None, received_on: date | None = None, **fields) -> ServiceOrder:
        received_on = received_on or delivered_on
        received_at = self.at(received_on, 9)
        times = {"signed_at": received_at + timedelta(minutes=5), "step": "repair"}
        if delivered_on:
            times |= {"delivered_at": self.at(delivered_on, 16), "delivered_on": delivered_on, "step": "delivered"}
        return ServiceOrder.objects.create(
            store=self.store, number=f"N{ServiceOrder.objects.count()}", vehicle=vehicle, customer=vehicle.customer, advisor=advisor,
            received_at=received_at, received_on=received_on, **{**times, **fields},
        )  # fmt: skip

    def delivery(self, vehicle, delivered_on: date) -> NewCarDelivery:
        return NewCarDelivery.objects.create(
            store=self.store, vehicle=vehicle, customer=vehicle.customer, consultant=self.consultant,
            delivered_at=self.at(delivered_on), delivered_on=delivered_on,
        )  # fmt: skip

    def followup(self, about, *, due_on: date, dialled_at=None, status="open", plan=None, caller=None, outcome="no_answer") -> FollowUp:
        is_order = isinstance(about, ServiceOrder)
        plan = plan or ("service" if is_order else "sale_first")
        due_at = self.at(due_on, 18)
        sheet = CallSheet.objects.get(customer=about.customer, audience="caller")
        closed = status != "open"
        followup = FollowUp.objects.create(
            store=self.store, plan=plan, occasion=f"{'order' if is_order else 'delivery'} {about.pk}", sheet=sheet, customer=about.customer,
            vehicle=about.vehicle, order=about if is_order else None, delivery=None if is_order else about, started_at=due_at - timedelta(days=3),
            opens_at=due_at - timedelta(days=2), due_at=due_at, due_on=due_on, status=status, next_at=None if closed else due_at,
            closed_at=dialled_at or due_at if closed else None, first_dialled_at=dialled_at, dials=1 if dialled_at else 0,
        )  # fmt: skip
        if dialled_at:
            attempt = Attempt.objects.create(
                store=self.store, sheet=sheet, customer=about.customer, outcome="interviewed" if status == "done" else outcome,
                by=caller or self.callers[0], at=dialled_at, on=self.store.local_date(dialled_at), half_day="am", token=f"t{followup.pk}",
            )  # fmt: skip
            Served.objects.create(attempt=attempt, followup=followup)
        return followup

    def response(self, about, answered_on: date, *, surveyor=None, occasion=None, words="", **scores) -> Response:
        """scores: question code -> score; unnamed required ones are 5."""
        is_order = isinstance(about, ServiceOrder)
        audience = "service" if is_order else "sales"
        version, questions = self.versions[audience]
        scores = {"overall": 5} | scores
        overall = scores["overall"]
        at = self.at(answered_on, 15)
        response = Response.objects.create(
            store=self.store, version=version, audience=audience, occasion=occasion or f"{audience} {about.pk}", customer=about.customer,
            vehicle=about.vehicle, order=about if is_order else None, delivery=None if is_order else about, words=words,
            advisor=about.advisor if is_order else about.consultant, surveyor=surveyor or self.callers[0], answered_at=at, answered_on=answered_on,
            overall=overall, is_satisfied=is_satisfied("five", overall), is_very_satisfied=is_very_satisfied("five", overall),
            is_unhappy=is_unhappy([(q.scale, scores.get(q.code), q.is_overall) for q in questions]),
        )  # fmt: skip
        Answer.objects.bulk_create(
            Answer(response=response, question=q, score=scores[q.code]) for q in questions if scores.get(q.code) is not None
        )
        for question in questions:
            if question.link and scores.get(question.code) == 1:
                Dissatisfaction.objects.get_or_create(
                    response=response,
                    link=question.link,
                    defaults={"store": self.store, "answered_on": response.answered_on, "words": f"{question.link}不好"},
                )
        return response

    def card(self, order, answered_on: date, *, occasion=None, **scores) -> Response:
        """A card of the service index. scores: question code -> 1–10."""
        version = QuestionnaireVersion.objects.get(questionnaire__code="service-index")
        overall = scores.get("index_overall")
        response = Response.objects.create(
            store=self.store, version=version, audience="service", occasion=occasion or f"card {order.pk}", channel="form", customer=order.customer,
            vehicle=order.vehicle, order=order, advisor=order.advisor, answered_at=self.at(answered_on, 16), answered_on=answered_on,
            overall=overall, is_satisfied=is_satisfied("ten", overall), is_very_satisfied=is_very_satisfied("ten", overall),
            is_unhappy=is_satisfied("ten", overall) is False,
        )  # fmt: skip
        asked = {question.code: question for question in version.questions.all()}
        Answer.objects.bulk_create(Answer(response=response, question=asked[code], score=score) for code, score in scores.items())
        return response

    def wander(self, first: date, days: int, orders: int, cars: int = 12) -> "History":
        """Random visits, hand-overs, calls and answers over `days` from `first`."""
        dice = self.random
        for _n in range(cars):
            opened = first + timedelta(days=dice.randrange(-30, days))
            car = self.vehicle(opened=opened, status=dice.choice(["active"] * 5 + ["scrapped"]))
            # Some cars under warranty, some not any more, some with a cycle of their own.
            warranty, cycle = self.discontent.choice([None, 20, 60, 900]), self.discontent.choice([None, None, 1, 12, 36])
            car.warranty_until, car.maintenance_months = warranty and opened + timedelta(days=warranty), cycle
            car.save()
        for _n in range(orders):
            vehicle, day = dice.choice(self.vehicles), first + timedelta(days=dice.randrange(days))
            received_on = day - timedelta(days=dice.randrange(3))
            advisor = dice.choice([*self.advisors, None])
            if dice.random() < 0.15:
                self.order(vehicle, None, received_on=received_on, advisor=advisor, step=dice.choice(["repair", "cancelled"]))
                continue
            signed = self.at(received_on, 9, dice.randrange(60))
            order = self.order(
                vehicle, day, received_on=received_on, advisor=advisor, kind=dice.choice(KINDS), total_fen=dice.randrange(300000), signed_at=signed,
                work_started_at=dice.choice([None, signed + timedelta(minutes=dice.randrange(90))]),
                promised_at=dice.choice([None, self.at(day, 15, dice.randrange(60)), self.at(day, 17)]),
            )  # fmt: skip
            self.call(order, day)
            self.complain(order, day)
        for _n in range(orders // 6):
            day = first + timedelta(days=dice.randrange(days))
            vehicle = dice.choice(self.vehicles)
            if not vehicle.deliveries.filter(delivered_on=day).exists():
                delivery = self.delivery(vehicle, day)
                self.call(delivery, day)
                self.complain(delivery, day)
        return self

    def complaint(self, about, day: date, *, department: str = "service", channel: str = "phone") -> Complaint:
        record = "order" if isinstance(about, ServiceOrder) else "delivery"
        return Complaint.objects.create(
            store=self.store, number=f"{self.store.code}-{Complaint.objects.count()}", channel=channel, link="quality", department=department,
            customer=about.customer, vehicle=about.vehicle, words="不满意", level=2, received_at=self.at(day, 17), received_on=day, **{record: about},
        )  # fmt: skip

    def complain(self, about, day: date) -> None:
        """Perhaps a complaint about an order or a new car, with clocks that were kept, missed, or had nothing to keep."""
        dice = self.discontent
        if dice.random() < 0.6:
            return
        departments = ["service", "service", "sales"] if isinstance(about, ServiceOrder) else ["sales"]
        complaint = self.complaint(about, day, department=dice.choice(departments), channel=dice.choice(["phone", "callback"]))
        at = complaint.received_at
        for kind in ("first_reply", "department_reply", "revisit", "next_contact"):
            due = at + timedelta(hours=dice.choice([2, 24, 48]))
            met, late = due - timedelta(hours=1), due + timedelta(hours=1)
            ends = dice.choice(
                [
                    {"met_at": met},
                    {"met_at": met},
                    {"met_at": late, "breached_at": late},
                    {"breached_at": due},
                    {"paused_at": met},
                    {"dropped_at": met},
                    {},
                ]
            )
            Clock.objects.create(
                store=self.store, complaint=complaint, kind=kind, occasion=1, started_at=at, due_at=due, due_on=self.store.local_date(due), **ends
            )  # fmt: skip

    def call(self, about, day: date) -> None:
        dice = self.random
        due_on = day + timedelta(days=3)
        status = dice.choice(["done", "done", "done", "open", "unreachable", "cancelled", "refused"])
        dialled_at = self.at(due_on + timedelta(days=dice.choice([-2, -1, 0, 1])), dice.choice([10, 17, 19]))
        if status in ("open", "cancelled") and dice.random() < 0.7:
            dialled_at = None
        caller = dice.choice(self.callers)
        self.followup(about, due_on=due_on, dialled_at=dialled_at, status=status, caller=caller)
        if status == "done":
            _version, questions = self.versions["service" if isinstance(about, ServiceOrder) else "sales"]
            scores = {
                q.code: dice.choice(SCORES[q.scale]) for q in questions if q.scale in SCORES and (q.is_overall or dice.random() < 0.9)
            }
            self.response(about, self.store.local_date(dialled_at), surveyor=caller, **scores)
