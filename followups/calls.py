"""Saving a call: one transaction for the dial, everything it was made for, and all that follows from it (domain §4)."""

from dataclasses import dataclass, field
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Coalesce
from django.utils import translation
from django.utils.translation import gettext as _

from complaints import actions as complaints
from complaints.kinds import Channel
from complaints.models import Complaint
from core import audit, clock, outbox
from core.workdays import NoHours
from csi import actions as csi
from csi import questionnaires
from csi.models import Dissatisfaction, Link, QuestionnaireVersion
from customers import actions as archive
from customers.models import Customer, Phone
from followups import actions, caps, duty, leases, outcomes, planner, steps, verification
from followups.duty import rated
from followups.models import Attempt, CallSheet, FollowUp, Served
from followups.outcomes import TABLE, Effect, Outcome
from followups.planning import Plan
from visits.actions import FARTHEST_CALLBACK

ANSWERED = {Outcome.INTERVIEWED, Outcome.REFUSED, Outcome.NEVER_CALL, Outcome.RESCHEDULED}
NOBODY = [outcome for outcome, effect in TABLE.items() if effect == Effect.HALF_DAY]


class ClaimLost(Exception):
    """Somebody else has taken this customer over, or the call has been saved already: nothing was written."""


@dataclass
class Handled:
    """A recovery's answer to one dissatisfaction; a recheck fills in only the opinion."""

    dissatisfaction: Dissatisfaction
    cause: str = ""
    measure: str = ""
    is_carried_out: bool = False
    opinion: str = ""


@dataclass
class Said:
    """What came out for one follow-up. version: what was asked, None for today's. answers: question code -> score. dissatisfactions: as csi.actions.record_response takes them.
    revisit: 'satisfied' or 'dissatisfied' with a complaint's solution. verified: the questions of followups.verification -> 'yes' or 'no'. is_complaint: register one, from all that was said."""

    version: QuestionnaireVersion | None = None
    answers: dict[str, int | None] = field(default_factory=dict)
    words: str = ""
    dissatisfactions: list[dict] = field(default_factory=list)
    handled: list[Handled] = field(default_factory=list)
    revisit: str = ""
    is_complaint: bool = False
    demands: str = ""
    verified: dict[str, str] = field(default_factory=dict)


class Refused(ValidationError):
    """The form cannot be saved; `followup` is the section at fault, None for the call as a whole."""

    def __init__(self, message, followup: FollowUp | None = None):
        super().__init__(message)
        self.followup = followup


@dataclass(frozen=True)
class Saved:
    attempt: Attempt
    is_repeated: bool = False
    complaints: tuple[Complaint, ...] = ()


RECORDS = ("store", "customer", "vehicle", "order__advisor", "delivery__consultant", "response__advisor", "recovers", "complaint")


def owed(sheet: CallSheet, now: datetime, *, records: bool = True) -> list[FollowUp]:
    """What a call now is for: everything that has opened; if nothing has, the next to open (the customer rang first). records: with what
    each is about, which a dial that nobody answered does not ask for."""
    rows = FollowUp.objects.open().filter(sheet=sheet).order_by("due_at", "pk")
    rows = list(rows.select_related(*RECORDS) if records else rows)
    opened = [row for row in rows if row.opens_at <= now]
    return opened or [row for row in rows if row.opens_at == min(r.opens_at for r in rows)]


def agreed_for(followups: list[FollowUp], now: datetime) -> datetime | None:
    """The soonest time still to come on which the customer and we agreed for one of these: a call before it is the caller's decision."""
    return min((at for row in followups if (at := row.agreed_for) and at > now), default=None)


def asks_about(user, followups: list[FollowUp]) -> bool:
    """The person would record answers about their own work."""
    return any(
        user.pk in (followup.complaint.handler_id, followup.complaint.against_id)
        if followup.complaint_id
        else user.pk in (followup.response.surveyor_id, followup.response.advisor_id)
        if followup.plan == Plan.VERIFICATION
        else (followup.questionnaire or followup.plan == Plan.RECHECK) and rated(followup) == user
        for followup in followups
    )


def tried(followups: list[FollowUp]) -> dict[int, set[outcomes.HalfDay]]:
    """The half-days in which nobody answered, by follow-up."""
    found: dict[int, set[outcomes.HalfDay]] = {followup.pk: set() for followup in followups}
    rows = Served.objects.filter(followup__in=found, attempt__outcome__in=NOBODY)
    for pk, day, half in rows.values_list("followup", "attempt__on", "attempt__half_day"):
        found[pk].add((day, half))
    return found


@transaction.atomic
def save_call(
    *,
    sheet: CallSheet,
    claim: int,
    token: str,
    outcome: str,
    phone: Phone | None,
    own_line: str = "",
    words: str = "",
    agreed_at: datetime | None = None,
    said: dict[int, Said] | None = None,
    by,
) -> Saved:
    """One dial and its consequences. claim: the `claims` that the form was shown with. token: of that form; the same form twice is
    one dial. said: follow-up pk -> what came out, for an interview. Raises ClaimLost, Refused, csi.actions.OwnOrder."""
    now = clock.now()
    if not leases.hand_in(sheet.pk, by, claim):
        before = Attempt.objects.filter(token=token, by=by, sheet=sheet).first()
        if before:
            return Saved(before, is_repeated=True)
        raise ClaimLost
    followups = owed(sheet, now, records=outcome == Outcome.INTERVIEWED)
    if not followups:
        raise ClaimLost
    if outcome == Outcome.INTERVIEWED and asks_about(by, followups):
        raise csi.OwnOrder
    _check(outcome, phone, agreed_at, followups, now)
    call = _Call(sheet, followups, outcome, phone, agreed_at, words.strip(), by, now)
    attempt = call.record(token, own_line)
    call.judge_phone()
    if outcome == Outcome.INTERVIEWED:
        call.save_interview(said or {})
    call.close_and_retry()
    planner.refresh_sheets([sheet.pk])
    audit.record("call.saved", by=by, store=sheet.store, subject=attempt, outcome=outcome, followups=[row.pk for row in followups])
    return Saved(attempt, complaints=tuple(call.complaints))


def _check(outcome: str, phone: Phone | None, agreed_at, followups: list[FollowUp], now) -> None:
    if outcome not in Outcome.values:
        raise Refused(_("Choose what came of the call."))
    if outcome == Outcome.RESCHEDULED and (agreed_at is None or agreed_at <= now):
        raise Refused(_("Say when to call again: a time that is still to come."))
    if outcome == Outcome.RESCHEDULED and agreed_at > now + FARTHEST_CALLBACK:
        raise Refused(_("That is more than 60 days ahead: please check the date."))
    if phone is None and TABLE[outcome] == Effect.BAD_NUMBER:
        raise Refused(_("Choose which number was dialled."))
    if phone is not None and phone.customer_id != followups[0].customer_id:
        raise Refused(_("This number is not the customer's."))


@dataclass
class _Call:
    sheet: CallSheet
    followups: list[FollowUp]
    outcome: str
    phone: Phone | None
    agreed_at: datetime | None
    words: str
    by: object
    now: datetime

    def __post_init__(self):
        self.store, self.customer = self.sheet.store, self.sheet.customer
        self.calling = planner.StoreSettings().calling(self.store)
        self.complaints: list[Complaint] = []

    def record(self, token: str, own_line: str) -> Attempt:
        day, half = outcomes.half_day(self.now, self.calling)
        self.tried = tried(self.followups)  # before this dial is among them
        attempt = Attempt.objects.create(
            store=self.store,
            sheet=self.sheet,
            customer=self.customer,
            phone=self.phone,
            number=self.phone.number if self.phone else "",
            own_line=own_line[:20],
            outcome=self.outcome,
            words=self.words,
            by=self.by,
            at=self.now,
            on=day,
            half_day=half,
            token=token,
        )
        Served.objects.bulk_create(Served(attempt=attempt, followup=row) for row in self.followups)
        mine = FollowUp.objects.filter(pk__in=[row.pk for row in self.followups])
        mine.update(first_dialled_at=Coalesce(F("first_dialled_at"), self.now), dials=F("dials") + 1)
        self.attempt = attempt
        return attempt

    def judge_phone(self) -> None:
        if self.phone is None:
            return
        if self.outcome in ANSWERED:
            archive.mark_phone(phone=self.phone, validity=Phone.Validity.VALID, on=self.store.local_date(self.now), by=self.by)
        elif TABLE[self.outcome] == Effect.BAD_NUMBER:
            with translation.override("en"):  # stored as the source string, shown in the reader's language
                reason = str(Outcome(self.outcome).label)
            archive.mark_phone(phone=self.phone, validity=Phone.Validity.INVALID, reason=reason, by=self.by)

    def save_interview(self, said: dict[int, Said]) -> None:
        for followup in self.followups:
            answer = said.get(followup.pk, Said())
            try:
                self._save_answer(followup, answer)
            except ValidationError as problem:
                raise Refused(problem, followup) from problem

    def _save_answer(self, followup: FollowUp, said: Said) -> None:
        if followup.questionnaire:
            self._save_response(followup, said)
        elif followup.plan == Plan.RECOVERY:
            self._save_recovery(followup, said)
        elif followup.plan == Plan.RECHECK:
            self._save_recheck(followup, said)
        elif followup.plan == Plan.COMPLAINT:
            self._revisit(followup, said.revisit, said.words)
        elif followup.plan == Plan.VERIFICATION:
            verification.record(followup=followup, said=said.verified, at=self.now, by=self.by)
        if said.is_complaint and not followup.complaint_id:
            self._complain(followup, said)
        if said.words.strip() and not followup.questionnaire:
            FollowUp.objects.filter(pk=followup.pk).update(words=said.words.strip())

    def _save_response(self, followup: FollowUp, said: Said) -> None:
        response = csi.record_response(
            store=self.store,
            version=said.version or questionnaires.current(followup.questionnaire),
            occasion=f"followup {followup.pk}",
            customer=self.customer,
            vehicle=followup.vehicle,
            order=followup.order,
            delivery=followup.delivery,
            advisor=rated(followup),
            surveyor=self.by,
            answers=said.answers,
            words=said.words,
            dissatisfactions=said.dissatisfactions,
            at=self.now,
            by=self.by,
        )
        followup.response = response
        if not said.is_complaint:  # a complaint takes the place of the call back
            actions.plan_recovery(response=response)

    def _complain(self, followup: FollowUp, said: Said) -> None:
        """Everything that was typed goes along: the first link that failed, all words, the person named."""
        wrong = said.dissatisfactions
        if not wrong and followup.response_id:
            rows = followup.response.dissatisfactions.select_related("person").order_by("pk")
            wrong = [{"link": row.link, "standard": row.standard, "words": row.words, "person": row.person} for row in rows]
        first = wrong[0] if wrong else {}
        texts = [entry["words"].strip() for entry in wrong] + [said.words.strip()]
        complaint = complaints.open_complaint(
            store=self.store,
            channel=Channel.CALLBACK,
            link=first.get("link") or Link.OTHER,
            standard=first.get("standard") or "",
            words="\n".join(text for text in texts if text),
            demands=said.demands,
            customer=self.customer,
            vehicle=followup.vehicle,
            order=followup.order,
            delivery=followup.delivery,
            response=followup.response,
            against=next((entry["person"] for entry in wrong if entry.get("person")), None),
            by=self.by,
        )
        self.complaints.append(complaint)

    def _revisit(self, followup: FollowUp, answer: str, words: str = "") -> None:
        """What the customer thinks of the solution goes back to the complaint, which closes or is open again."""
        try:
            complaints.record_revisit(complaint=followup.complaint, answer=answer, words=words, by=self.by)
        except (complaints.NotAllowed, complaints.Changed):
            raise ClaimLost from None  # it has moved on: reopened, or asked about on its own page

    def _save_recovery(self, followup: FollowUp, said: Said) -> None:
        for handled in said.handled:
            csi.handle_dissatisfaction(
                dissatisfaction=handled.dissatisfaction,
                cause=handled.cause,
                measure=handled.measure,
                is_carried_out=handled.is_carried_out,
                at=self.now,
                by=self.by,
            )
            if handled.opinion:
                csi.record_opinion(dissatisfaction=handled.dissatisfaction, opinion=handled.opinion, at=self.now, by=self.by)
        if not said.handled and not said.words.strip():
            raise ValidationError({"words": _("Write down what was said and what will be done.")})

    def _save_recheck(self, followup: FollowUp, said: Said) -> None:
        for handled in said.handled:
            csi.record_opinion(dissatisfaction=handled.dissatisfaction, opinion=handled.opinion, at=self.now, by=self.by)
        if any(handled.opinion == Dissatisfaction.Opinion.DISSATISFIED for handled in said.handled):
            for manager in duty.care_managers(self.store, self.store.local_date(self.now)):
                steps.tell(followup, manager, stage="still_unhappy", topic="still_unhappy")

    def close_and_retry(self) -> None:
        others = self.customer.phones.callable().exclude(pk=self.phone.pk if self.phone else None)
        spare = TABLE[self.outcome] == Effect.BAD_NUMBER and others.exists()  # else nobody asks for it
        unreachable = []
        for followup in self.followups:
            what = self._consequence(followup, spare)
            mine = FollowUp.objects.open().filter(pk=followup.pk)
            if what.status:
                changed = mine.update(status=what.status, outcome=self.outcome, closed_at=self.now, closed_by=self.by, next_at=None)
            else:
                changed = mine.update(outcome=self.outcome, next_at=what.next_at)
            if changed != 1:
                raise ClaimLost
            if what.status == FollowUp.Status.UNREACHABLE:
                unreachable.append(followup)
            if followup.complaint_id and what.status in (FollowUp.Status.UNREACHABLE, FollowUp.Status.REFUSED):
                self._revisit(followup, str(what.status), self.words)
            if what.status == FollowUp.Status.DONE and followup.plan == Plan.RECOVERY:
                followup.refresh_from_db()
                actions.plan_recheck(recovery=followup)
        if unreachable:
            self._give_up(unreachable)
        if self.outcome == Outcome.NEVER_CALL:
            self._never_again()

    def _consequence(self, followup: FollowUp, spare: bool) -> outcomes.Consequence:
        try:
            return outcomes.consequence(
                self.outcome,
                now=self.now,
                calling=self.calling,
                tried=self.tried[followup.pk],
                limit=self.store.unreachable_half_days,
                has_other_phone=spare,
                agreed_at=self.agreed_at,
            )
        except NoHours:
            raise Refused(_("The store has no calling hours: please tell the customer manager.")) from None

    def _give_up(self, followups: list[FollowUp]) -> None:
        Customer.objects.filter(pk=self.customer.pk).update(confirm_number=True)
        outbox.owe_letter(
            store=self.store,
            customer_id=self.customer.pk,
            occasion=f"attempt {self.attempt.pk}",
            topic="unreachable",
            plans=[followup.plan for followup in followups],
        )
        audit.record("customer.unreachable", by=self.by, store=self.store, subject=self.customer, attempt=self.attempt.pk)

    def _never_again(self) -> None:
        archive.set_do_not_call(customer=self.customer, by=self.by)
        rest = FollowUp.objects.open().filter(customer=self.customer)
        sheets = set(rest.values_list("sheet", flat=True))
        caps.note_followups(rest.select_related("store"), caps.Reason.DO_NOT_CALL, self.now)
        rest.update(status=FollowUp.Status.REFUSED, outcome=self.outcome, closed_at=self.now, closed_by=self.by, next_at=None)
        planner.refresh_sheets(sheets)
