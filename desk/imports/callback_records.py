"""What is known about the calls that a chunk of form rows tells of: loaded at once, looked up row by row."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import F, Max, Q

from core import clock, keys
from csi.models import Answer, Dissatisfaction, Question, Response, Scale
from customers.models import Customer, Ownership, Phone, Vehicle
from desk.imports.archive import Chunk
from desk.imports.callback_sheets import OVERALL, SALES, SERVICE, said
from desk.imports.rows import Row
from followups import actions, planner
from followups.models import FollowUp
from followups.planning import PLANS
from followups.steps import IMPORT_SLACK
from reports.forms_callback import FORMS, LEVELS, in_words
from visits.models import NewCarDelivery, ServiceOrder

AFTER = timedelta(days=30)  # contracts.md: a call belongs to a visit at most that long before
Status = FollowUp.Status


@dataclass(frozen=True)
class Visit:
    """An order or a delivery that a call may be about. person: its advisor or consultant."""

    pk: int
    vehicle: int
    customer: int
    person: int | None
    delivered_at: datetime
    delivered_on: date
    callback_at: datetime | None


@dataclass(frozen=True)
class Told:
    """Answers that are recorded. overall: on five levels. text: as the form would write the words."""

    customer_id: int
    vehicle_id: int | None
    model: str
    visit: int | None
    on: date
    overall: int | None
    scores: dict[str, int]
    text: str


@dataclass
class Tried:
    """A follow-up and the local days of its first and last dial. before: status and dials as stored, None for a new one."""

    followup: FollowUp
    customer_id: int
    vehicle_id: int | None
    model: str
    visit: int | None
    first: date | None = None
    last: date | None = None
    before: tuple[str, int] | None = None


class KnownCalls(Chunk):
    """visits: (form, vehicle) -> the latest first. told, tried: (form, "vehicle" or "customer", pk) -> records. promises: (form, visit)
    -> its follow-up. by_number, garages: for rows without a VIN, whose number it is, and which cars they own."""

    def load(self) -> None:
        self.now = clock.now()
        super().load()

    def _load_cars(self) -> None:
        """Cars by VIN; for rows without one by the number of their owner; their visits; the calls about them."""
        self._load_garages()
        super()._load_cars()
        self.visited = set(self.latest)
        self._load_visits()
        self._load_told()
        self._load_tried()

    def _load_garages(self) -> None:
        numbers = {number for row in self.rows if "vin" not in row.facts for number in row.numbers}
        self.by_number: dict[str, set[int]] = {}
        self.garages: dict[int, list[int]] = {}
        if not numbers:
            return
        phones = Phone.objects.filter(store=self.store, tail__in={keys.tail(number) for number in numbers})
        for number, customer in phones.order_by("customer_id").values_list("number", "customer_id"):
            if number in numbers:
                self.by_number.setdefault(number, set()).add(customer)
        owned = Ownership.objects.filter(customer__in=self._callees(), until=None).order_by("vehicle_id")
        for customer, vehicle in owned.values_list("customer_id", "vehicle_id"):
            self.garages.setdefault(customer, []).append(vehicle)

    def _callees(self) -> set[int]:
        return {customer for found in self.by_number.values() for customer in found}

    def vehicle_ids(self) -> set[int]:
        return {vehicle for garage in self.garages.values() for vehicle in garage}

    def customer_ids(self) -> set[int]:
        return self._callees() | {visit.customer for found in self.visits.values() for visit in found}

    def _load_visits(self) -> None:
        """The latest first. A delivery that the sweep has not seen yet gets its follow-ups now: with one of them, it would seem planned."""
        days = [row.facts["on"] for row in self.rows]
        span = min(days) - AFTER, max(days)
        self.visits: dict[tuple[int, int], list[Visit]] = {}
        orders = ServiceOrder.objects.exclude(delivered_at=None)
        for form, records, person in ((SERVICE, orders, "advisor_id"), (SALES, NewCarDelivery.objects.all(), "consultant_id")):
            rows = records.filter(store=self.store, vehicle__in=self.cars, delivered_on__range=span).order_by("-delivered_at", "-pk")
            names = ("pk", "vehicle_id", "customer_id", person, "delivered_at", "delivered_on", "callback_at")
            for values in rows.values_list(*names):
                self.visits.setdefault((form, values[1]), []).append(Visit(*values))
        fresh = self.now - max(PLANS[plan].due for plan in planner.DELIVERY_PLANS) - IMPORT_SLACK
        recent = [
            visit.pk for (form, _car), found in self.visits.items() for visit in found if form == SALES and visit.delivered_at > fresh
        ]
        if recent:
            owed = FollowUp.objects.filter(delivery__in=recent).values("delivery")
            unplanned = list(NewCarDelivery.objects.filter(pk__in=recent).exclude(pk__in=owed).select_related("store", "customer"))
            size = planner.BATCH // len(planner.DELIVERY_PLANS)
            for begin in range(0, len(unplanned), size):
                actions.plan_for_deliveries(deliveries=unplanned[begin : begin + size], now=self.now)

    def _about(self) -> Q:
        return Q(vehicle__in=self.cars) | Q(customer__in=self._callees())

    def _load_told(self) -> None:
        days = {row.facts["on"] for row in self.rows}
        found = Response.objects.filter(
            self._about(), store=self.store, answered_on__in=days, audience__in=[f.audience for f in FORMS.values()]
        ).of_callbacks()
        names = (
            "pk", "audience", "customer_id", "vehicle_id", "vehicle__model", "order_id", "delivery_id", "answered_on", "version_id",
            "overall", "words",
        )  # fmt: skip
        responses = list(found.order_by("pk").values_list(*names))
        self.told: dict[tuple, list[Told]] = {}
        if not responses:
            return
        pks = [values[0] for values in responses]
        scores: dict[int, dict[str, int]] = {pk: {} for pk in pks}
        answers = Answer.objects.filter(response__in=pks, question__scale=Scale.THREE, question__is_overall=False, score__isnull=False)
        for response, code, score in answers.values_list("response_id", "question__code", "score"):
            scores[response][code] = score
        sad: dict[int, list[tuple[str, str]]] = {}
        for response, link, words in (
            Dissatisfaction.objects.filter(response__in=pks).order_by("pk").values_list("response_id", "link", "words")
        ):
            sad.setdefault(response, []).append((link, words))
        overalls = Question.objects.filter(version__in={values[8] for values in responses}, is_overall=True)
        levels = {version: LEVELS.get(Scale(scale), {}) for version, scale in overalls.values_list("version_id", "scale")}
        forms = {form.audience: form for form in FORMS.values()}
        for pk, audience, customer, vehicle, model, order, delivery, on, version, overall, words in responses:
            form = forms[audience]
            kept = {code: score for code, score in scores[pk].items() if code in form.asked}
            level = OVERALL.get(levels.get(version, {}).get(overall, ""))
            text = said(in_words(sad.get(pk, ()), words))
            self.remember(self.told, form.number, Told(customer, vehicle, model or "", order or delivery, on, level, kept, text))

    def _load_tried(self) -> None:
        forms = {form.plan: form.number for form in FORMS.values()}
        found = FollowUp.objects.filter(self._about(), store=self.store, plan__in=forms)
        found = found.annotate(last_on=Max("served__attempt__on"), model=F("vehicle__model"))
        self.tried: dict[tuple, list[Tried]] = {}
        self.promises: dict[tuple[int, int], Tried] = {}
        for followup in found.order_by("pk"):
            form, visit = forms[followup.plan], followup.order_id or followup.delivery_id
            tried = Tried(followup, followup.customer_id, followup.vehicle_id, followup.model or "", visit)
            tried.before = followup.status, followup.dials
            self.set_days(tried, followup.last_on)
            self.remember(self.tried, form, tried)
            if visit:
                self.promises[form, visit] = tried

    def set_days(self, tried: Tried, last_on: date | None = None) -> None:
        """The days between which its dials lie; of an import only the first and the one that closed it are known."""
        followup = tried.followup
        tried.first = self.store.local_date(followup.first_dialled_at) if followup.first_dialled_at else None
        tried.last = last_on or (self.store.local_date(followup.closed_at) if followup.closed_at else tried.first)

    @staticmethod
    def remember(index: dict[tuple, list], form: int, record: Told | Tried) -> None:
        index.setdefault((form, "customer", record.customer_id), []).append(record)
        if record.vehicle_id:
            index.setdefault((form, "vehicle", record.vehicle_id), []).append(record)

    def seen_at(self, row: Row) -> datetime:
        return row.facts["at"]

    def own(self, vehicle: Vehicle, customer: Customer, since: date) -> Customer:
        if before := self.ownerships.get(vehicle.pk):
            self.garages[before.customer_id] = [car for car in self.garages.get(before.customer_id, ()) if car != vehicle.pk]
        self.garages.setdefault(customer.pk, []).append(vehicle.pk)
        return super().own(vehicle, customer, since)

    # Looking up

    def recorded(self, row: Row, index: dict[tuple, list]) -> list:
        """What is known about the car: by its VIN, else by the callee's number and the model."""
        form = row.facts["form"]
        if "vin" in row.facts:
            car = self.vins.get(row.facts["vin"])
            return index.get((form, "vehicle", car.pk), []) if car else []
        customers = {customer for number in row.numbers for customer in self.by_number.get(number, ())}
        found = [record for customer in sorted(customers) for record in index.get((form, "customer", customer), ())]
        return [record for record in found if self._is_alike(row, record)]

    def _is_alike(self, row: Row, record: Told | Tried) -> bool:
        if record.vehicle_id:
            return row.get("model") in (None, record.model)
        return self.customers_by_pk[record.customer_id].name == row.facts["name"]

    def has_counted(self, tried: Tried, row: Row) -> bool:
        """Whether the follow-up knows of a dial that day that was no interview."""
        day = row.facts["on"]
        if tried.first is None or day < tried.first:
            return False
        status = tried.followup.status
        if status == Status.OPEN:  # the next try lies behind every dial that was counted
            return day == tried.first or tried.followup.next_at > row.facts["at"]
        if day == tried.last:
            return status != Status.DONE
        # Of the days between only the first and the last are known; with a newer visit a call on one of them was about that.
        visits = self.visits.get((row.facts["form"], tried.vehicle_id), ())
        is_newer = any(visit.delivered_on <= day and visit.delivered_at > tried.followup.started_at for visit in visits)
        return day < tried.last and (day == tried.first or not is_newer)

    def visits_of(self, row: Row, vehicle: Vehicle) -> list[Visit]:
        """The latest first, at most 30 days before the call."""
        day = row.facts["on"]
        return [visit for visit in self.visits.get((row.facts["form"], vehicle.pk), ()) if day - AFTER <= visit.delivered_on <= day]
