"""Callbacks from forms 3 and 4: how a chunk of rows becomes answers, and the follow-ups that they close (contracts.md, Forms 3/4).

Answers are frozen: a row about a call that is recorded already changes nothing. A dial on a form has no person, so no Attempt is made
up for it: it counts on its follow-up.
"""

import re
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

from django.db.models import F
from django.utils.translation import gettext_noop as _

from core import bulk
from core.workdays import NoHours
from csi.actions import build_response
from csi.models import Answer, Dissatisfaction, Link, QuestionnaireVersion, Response, Scale
from customers.models import Customer, Vehicle
from desk.imports.callback_records import KnownCalls, Told, Tried, Visit
from desk.imports.callback_sheets import DETAILS, SERVICE, said
from desk.imports.rows import Row
from followups import outcomes, planner
from followups.models import FollowUp
from followups.outcomes import Outcome
from followups.planner import Candidate
from followups.planning import PLANS, Window
from reports.forms_callback import BAD_PHONE, FORMS, LINKS, NO_CONTACT, REFUSED, CallbackForm, in_words, one_line

NOT_WRITTEN = "未填写"  # what the customer was unhappy about, where the form does not say: nobody can ask any more
LINE = re.compile("^({})(?:环节)?[:：](.+)$".format("|".join([*LINKS.values(), "其他"])))
BY_NAME = {name: link for link, name in LINKS.items()} | {"其他": Link.OTHER}
RECORDED = _("the answers of this call are recorded already and do not change")
Status = FollowUp.Status

FOLLOWUP = [field.attname for field in FollowUp._meta.concrete_fields]
RESPONSE = [field.attname for field in Response._meta.concrete_fields]
ANSWER = ["response_id", "question_id", "score"]
DISSATISFACTION = ["store_id", "response_id", "answered_on", "link", "words"]
CHANGED = ["status", "outcome", "first_dialled_at", "dials", "closed_at", "next_at", "words"]


class Callbacks(KnownCalls):
    writes = FollowUp
    is_silent = False  # calendars

    def load(self) -> None:
        super().load()
        self.settings = planner.StoreSettings()
        self.versions = {number: _version(FORMS[number]) for number in sorted({row.facts["form"] for row in self.rows})}
        self.free_followups = iter(bulk.allocate(FollowUp, len(self.rows)))
        self.free_responses = iter(bulk.allocate(Response, len(self.rows)))
        self.new_followups: list[tuple[Tried, Candidate]] = []
        self.changed: dict[int, Tried] = {}
        self.built: list[tuple[Response, list[Answer], list[Dissatisfaction]]] = []

    # One row

    def take(self, row: Row) -> None:
        if "scores" in row.facts:
            return self._take_answers(row)
        return self._take_failure(row)

    def _take_answers(self, row: Row) -> None:
        facts, form = row.facts, FORMS[row.facts["form"]]
        dissatisfied, words, is_unwritten = self._explain(row)
        text = said(in_words([(entry["link"], entry["words"]) for entry in dissatisfied], words))
        told = [told for told in self.recorded(row, self.told) if told.on == facts["on"]]
        differences = [self._difference(row, record, text) for record in told]
        if "" in differences:
            return self.count("unchanged")
        if len(told) > facts["nth"]:
            self.conflicts.append(row.remark(differences[facts["nth"]], RECORDED))
            return self.count("unchanged")
        if is_unwritten:
            self.warn(row, "words", _("what was wrong is not written down; kept as 未填写"))
        vehicle, visit, customer = self._whose(row, {record.visit for record in told})
        at = self._moment(row, visit)
        tried = self._promise(row, visit, customer, vehicle)
        if tried.followup.status in (Status.DONE, Status.CANCELLED):
            occasion = f"form {form.number} {self._subject(vehicle, customer)} {facts['on']}" + (f" {facts['nth']}" if facts["nth"] else "")
        else:
            occasion = f"followup {tried.followup.pk}"
            self._close(tried, at, Status.DONE, Outcome.INTERVIEWED)
        scores = facts["scores"] | ({"overall": facts["overall"]} if "overall" in facts else {})
        about = {"order_id" if form.number == SERVICE else "delivery_id": visit.pk if visit else None}
        self.built.append(
            build_response(
                store=self.store, version=self.versions[form.number], scores=scores, words=words, dissatisfactions=dissatisfied, at=at,
                pk=next(self.free_responses), occasion=occasion, channel=Response.Channel.FORM, customer_id=customer.pk,
                vehicle_id=vehicle.pk if vehicle else None, advisor_id=visit.person if visit else None, **about,
            )
        )  # fmt: skip
        known = Told(
            customer.pk, vehicle.pk if vehicle else None, vehicle.model if vehicle else "", visit.pk if visit else None, facts["on"],
            facts.get("overall"), facts["scores"], text,
        )  # fmt: skip
        self.remember(self.told, form.number, known)
        self.count("created")

    @staticmethod
    def _difference(row: Row, told: Told, text: str) -> str:
        """The first field in which the row says something else, '' for none. text: the row's words as they would be kept."""
        facts = row.facts
        if facts.get("overall") != told.overall:
            return "overall"
        for code, name in zip(FORMS[facts["form"]].asked, DETAILS[facts["form"]], strict=True):
            if facts["scores"].get(code) != told.scores.get(code):
                return name
        return "" if told.text in (text, facts.get("words", "")) else "words"

    def _explain(self, row: Row) -> tuple[list[dict], str, bool]:
        """(dissatisfactions, words, whether words are owed that the form lacks), as csi.actions.validate asks for them.

        A line that begins with a link's name is about that link, unless the customer was satisfied with it; what else is written
        belongs to the links that were 不满意 and have no line of their own.
        """
        facts, scores = row.facts, row.facts["scores"]
        links = {q.code: q.link for q in self.versions[facts["form"]].questions.all() if q.link and q.code in scores}
        named: dict[str, str] = {}
        rest: list[str] = []
        for line in facts.get("words", "").split("\n"):
            found = LINE.match(line)
            link = str(BY_NAME[found[1]]) if found and found[2].strip() else ""
            marks = [scores[code] for code in links if links[code] == link]
            if link and (not marks or min(marks) < 3):
                named[link] = f"{named[link]}；{found[2].strip()}" if link in named else found[2].strip()
            else:
                rest.append(line)
        words, is_unwritten = one_line(" ".join(rest)), False
        owed = [link for link in dict.fromkeys(links[code] for code in links if scores[code] == 1) if link not in named]
        if owed:
            named |= dict.fromkeys(owed, words or NOT_WRITTEN)
            words, is_unwritten = "", not words
        if remark := facts.get("remark"):
            words = f"{words} 备注：{remark}".strip()
        is_owed = facts.get("overall", 5) < 3 or any(links[code] == Link.OTHER and scores[code] < 3 for code in links)
        if is_owed and not words and not named:
            words, is_unwritten = NOT_WRITTEN, True
        return [{"link": link, "words": text} for link, text in named.items()], words, is_unwritten

    def _take_failure(self, row: Row) -> None:
        """Nobody was interviewed that day."""
        facts, outcome = row.facts, row.facts["outcome"]
        status = Status.REFUSED if outcome == Outcome.REFUSED else Status.UNREACHABLE
        counted = [tried for tried in self.recorded(row, self.tried) if self.has_counted(tried, row)]
        if len(counted) > facts["nth"]:
            if all(tried.followup.status in (Status.UNREACHABLE, Status.REFUSED) and tried.followup.status != status for tried in counted):
                self.conflicts.append(row.remark("remark", RECORDED))
            return self.count("unchanged")
        vehicle, visit, customer = self._whose(row, {tried.visit for tried in counted})
        tried = self._promise(row, visit, customer, vehicle)
        followup, at = tried.followup, self._moment(row, visit)
        if followup.status in (Status.DONE, Status.CANCELLED):
            self.conflicts.append(row.remark("remark", RECORDED))
            return self.count("unchanged")
        if facts["remark"] not in (NO_CONTACT, BAD_PHONE, REFUSED) and not followup.words:
            followup.words = facts["remark"]
        is_new = tried.before is None and not followup.dials
        if followup.status == Status.OPEN and visit and status != Status.REFUSED and followup.due_at > self.now:
            self._count_dial(tried, at, outcome)
        else:
            self._close(tried, at, status, outcome)
        return self.count("created" if is_new else "updated")

    # Whose call it was

    def _whose(self, row: Row, taken: set) -> tuple[Vehicle | None, Visit | None, Customer]:
        """taken: visits that a call of that day is recorded for already."""
        vehicle = self._car(row)
        visit = None
        if vehicle:
            visit = next((visit for visit in self.visits_of(row, vehicle) if visit.pk not in taken), None)
        customer = self._customer(row, vehicle, visit)
        for number in row.numbers:
            self.by_number.setdefault(number, set()).add(customer.pk)
        if vehicle:
            self._complete(row, vehicle)
        return vehicle, visit, customer

    def _car(self, row: Row) -> Vehicle | None:
        if "vin" in row.facts:
            return self.vehicle(row)
        customers = {customer for number in row.numbers for customer in self.by_number.get(number, ())}
        cars = [self.cars[pk] for customer in sorted(customers) for pk in self.garages.get(customer, ())]
        cars = [car for car in cars if row.get("model") in (None, car.model)]
        visited = [car for car in cars if self.visits_of(row, car)]
        if visited:
            return max(visited, key=lambda car: self.visits_of(row, car)[0].delivered_at)
        return cars[0] if len(cars) == 1 else None

    def _customer(self, row: Row, vehicle: Vehicle | None, visit: Visit | None) -> Customer:
        """The visit's; else the car's owner, another name *and* phone transfers the car from that day; else whoever has the number."""
        name = row.facts["name"]
        if visit:
            customer = self.customers_by_pk[visit.customer]
            if name == customer.name:
                self.add_phones(customer, row)
            elif not self.shares_number(customer, row):
                self.warn(row, "name", _("the visit was another customer's; the answers stay with the visit"))
            return customer
        if vehicle is None:
            return self.find_customer(row, name)
        owner = self.owner(vehicle)
        if owner is None and vehicle.status != Vehicle.Status.ACTIVE:
            return self.find_customer(row, name)  # it has left: a person said so
        if owner is None:
            return self.own(vehicle, self.find_customer(row, name), row.facts["on"])
        if name == owner.name:
            self.add_phones(owner, row)
            return owner
        if not self.is_somebody_else(owner, row):
            return owner
        # A call is no visit, from whose date a car would change hands (contracts.md): the answers are this person's, the car stays.
        self.warn(row, "name", _("the car's owner has another name and number on file; the car was left with the owner"))
        return self.find_customer(row, name)

    def _complete(self, row: Row, vehicle: Vehicle) -> None:
        """A form is no visit: it fills what is empty, and knows a car better only where no order does."""
        changed = False
        for name in ("model", "mileage", "next_maintenance_on"):
            value, known = row.get(name), getattr(vehicle, name)
            is_newer = name != "model" and vehicle.pk not in self.visited and known is not None and value is not None and value > known
            if value and (known in (None, "") or is_newer):
                changed = self.put(row, vehicle, name, value) or changed
        if changed:
            self.change(vehicle)

    @staticmethod
    def _subject(vehicle: Vehicle | None, customer: Customer) -> str:
        return f"vehicle {vehicle.pk}" if vehicle else f"customer {customer.pk}"

    # The follow-up that was kept

    def _moment(self, row: Row, visit: Visit | None) -> datetime:
        """Closing time of the day, but not before the visit's end nor ahead of the clock."""
        at = min(row.facts["at"], self.now)
        return max(at, visit.delivered_at) if visit else at

    def _promise(self, row: Row, visit: Visit | None, customer: Customer, vehicle: Vehicle | None) -> Tried:
        """The visit's follow-up, or a new one as the planner would have made it. A call about no visit that is known was owed on its
        own day: so it counts as a call, reached or not."""
        form = FORMS[row.facts["form"]]
        if visit and (form.number, visit.pk) in self.promises:
            return self.promises[form.number, visit.pk]
        nth = ("" if "scores" in row.facts else " unreached") + (f" {row.facts['nth']}" if row.facts["nth"] else "")
        begin = datetime.combine(row.facts["on"], time(), tzinfo=self.store.tz).astimezone(UTC)
        day = Window(begin, row.facts["at"], max(row.facts["at"], begin + timedelta(minutes=1)))
        candidate = Candidate(
            plan=form.plan, occasion=f"form {form.number} {self._subject(vehicle, customer)} {row.facts['on']}{nth}", store=self.store,
            customer=customer, started_at=begin, vehicle_id=vehicle.pk if vehicle else None,
        )  # fmt: skip
        if visit:
            record, field = ("order", "order_id") if form.number == SERVICE else ("delivery", "delivery_id")
            about = {"occasion": f"{record} {visit.pk}", "started_at": visit.delivered_at, "agreed_at": visit.callback_at, field: visit.pk}
            candidate = replace(candidate, **about)
        followup = planner.build_followup(candidate, self._window(candidate) or day if visit else day)
        followup.pk = next(self.free_followups)
        tried = Tried(followup, customer.pk, followup.vehicle_id, vehicle.model if vehicle else "", visit.pk if visit else None)
        self.new_followups.append((tried, candidate))
        self.remember(self.tried, form.number, tried)
        if visit:
            self.promises[form.number, visit.pk] = tried
        return tried

    def _window(self, candidate: Candidate) -> Window | None:
        try:
            return self.settings.window(candidate)
        except NoHours:
            return None

    def _dial(self, tried: Tried, at: datetime, outcome: str) -> None:
        followup = tried.followup
        followup.first_dialled_at = min(followup.first_dialled_at or at, at)
        followup.dials += 1
        followup.outcome = outcome
        if tried.before:
            self.changed[followup.pk] = tried

    def _close(self, tried: Tried, at: datetime, status: str, outcome: str) -> None:
        self._dial(tried, at, outcome)
        followup = tried.followup
        followup.status, followup.next_at = status, None
        followup.closed_at = max(followup.closed_at or at, at)
        self.set_days(tried)

    def _count_dial(self, tried: Tried, at: datetime, outcome: str) -> None:
        """Its limit has not passed: the customer is to be called again, in another half-day."""
        self._dial(tried, at, outcome)
        followup = tried.followup
        try:
            followup.next_at = outcomes.next_half_day(at, self.settings.calling(self.store))
        except NoHours:
            followup.next_at = followup.due_at
        self.set_days(tried)

    # Writing

    def write(self) -> None:
        super().write()
        sheets = planner.call_sheets([candidate for _tried, candidate in self.new_followups]) if self.new_followups else {}
        new = [tried.followup for tried, _candidate in self.new_followups]
        for tried, candidate in self.new_followups:
            tried.followup.sheet_id = sheets[candidate.key]
        bulk.insert(FollowUp, FOLLOWUP, new)
        changed = [tried.followup for tried in self.changed.values()]
        self._claim()
        bulk.update_values(FollowUp, CHANGED, [(row.pk, *(getattr(row, name) for name in CHANGED)) for row in changed])
        planner.refresh_sheets({row.sheet_id for row in changed} | {row.sheet_id for row in new if row.status == Status.OPEN})
        bulk.insert(Response, RESPONSE, [response for response, _answers, _sad in self.built])
        bulk.insert(Answer, ANSWER, [answer for _response, answers, _sad in self.built for answer in answers])
        bulk.insert(Dissatisfaction, DISSATISFACTION, [entry for _response, _answers, sad in self.built for entry in sad])

    def _claim(self) -> None:
        """Compare-and-set for all that change: a caller may have dialled the same customer since they were loaded."""
        if not self.changed:
            return
        mine = FollowUp.objects.filter(pk__in=self.changed)
        mine.update(created_at=F("created_at"))  # from here on they are ours until the transaction ends
        if any(self.changed[pk].before != (status, dials) for pk, status, dials in mine.values_list("pk", "status", "dials")):
            raise bulk.Overtaken


def _version(form: CallbackForm) -> QuestionnaireVersion:
    """The version that is asked today, or the newest one before it that asks what the form has columns for. Raises DoesNotExist."""
    published = QuestionnaireVersion.Status.PUBLISHED
    versions = QuestionnaireVersion.objects.filter(questionnaire__code=PLANS[form.plan].questionnaire)
    versions = versions.exclude(status=QuestionnaireVersion.Status.DRAFT).select_related("questionnaire").prefetch_related("questions")
    for version in sorted(versions, key=lambda version: (version.status != published, -version.number)):
        scales = {question.code: question.scale for question in version.questions.all()}
        if scales.get("overall") == Scale.FIVE and all(scales.get(code) == Scale.THREE for code in form.asked):
            return version
    raise QuestionnaireVersion.DoesNotExist
