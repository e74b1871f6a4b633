"""Everything that is done with an open complaint. Each act asks the table (complaints.transitions), moves the complaint by
compare-and-set, writes its line of the timeline and its audit row, in one transaction.

seen: the complaint's `version` that the person looked at; None for machines. token: of the form; the same form twice is one act.
All raise Changed where somebody else was quicker, NotAllowed, and ValidationError by field.
"""

from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from complaints import explain, raising, ticking
from complaints.clocks import promised
from complaints.escalation import LADDERS, climb
from complaints.kinds import Approval, Cause, ClockKind, Closing, EntryKind, Level, Method, Status
from complaints.models import Clock, Complaint, ComplaintSettings, Entry, Feedback
from complaints.opening import open_complaint
from complaints.raising import Changed, write
from complaints.telling import tell, tell_of_clock
from complaints.transitions import Act, after_revisit
from complaints.turns import NotAllowed, Turn
from core import audit
from customers.identifiers import parse_phone
from staff import people

__all__ = ["Changed", "NotAllowed", "open_complaint"]

REPLIES = [ClockKind.FIRST_REPLY, ClockKind.DEPARTMENT_REPLY, ClockKind.NEXT_CONTACT]
FARTHEST_CONTACT = timedelta(days=60)


def _need(**texts: str) -> None:
    missing = {name: _("Please fill this in.") for name, text in texts.items() if not text.strip()}
    if missing:
        raise ValidationError(missing)


def _need_method(method: str) -> None:
    if method not in Method.values:
        raise ValidationError({"method": _("Say how the customer was told.")})


@transaction.atomic
def sign(*, complaint: Complaint, seen: int | None = None, token: str | None = None, by) -> Entry:
    """The handler signs for receipt; the time is kept."""
    turn = Turn(complaint, Act.SIGN, by, seen, token)
    return turn.repeated or turn.done(EntryKind.SIGNED)


@transaction.atomic
def first_reply(
    *, complaint: Complaint, method: str, told: str, words: str = "", seen: int | None = None, token: str | None = None, by
) -> Entry:
    """The care desk has told the customer that they are heard."""
    turn = Turn(complaint, Act.FIRST_REPLY, by, seen, token)
    if turn.repeated:
        return turn.repeated
    _need_method(method)
    _need(told=told)
    line = turn.done(EntryKind.FIRST_REPLY, method=method, told=told.strip(), words=words.strip())
    ticking.meet(turn.complaint, [ClockKind.FIRST_REPLY], turn.now)
    return line


@transaction.atomic
def reply(
    *,
    complaint: Complaint,
    method: str,
    told: str,
    next_at: datetime | None,
    number: str,
    words: str = "",
    seen: int | None = None,
    token: str | None = None,
    by,
) -> Entry:
    """The department has told the customer method, progress or result. Unsolved as it is, the time of the next contact and the number
    for it are needed, and start the next clock; a solved one is resolved instead."""
    turn = Turn(complaint, Act.REPLY, by, seen, token)
    if turn.repeated:
        return turn.repeated
    _need_method(method)
    _need(told=told, number=number)
    if not parse_phone(number).is_valid:
        raise ValidationError({"number": _("This is no phone number: write one such as 138 1234 5678 or 023-6000 0000.")})
    if next_at is None or next_at <= turn.now:
        raise ValidationError({"next_at": _("Say when the customer hears from us again: a time that is still to come.")})
    if next_at > turn.now + FARTHEST_CONTACT:
        raise ValidationError({"next_at": _("That is more than 60 days ahead: please check the date.")})
    line = turn.done(EntryKind.REPLIED, method=method, told=told.strip(), words=words.strip(), next_at=next_at, number=number.strip()[:40])
    ticking.meet(turn.complaint, REPLIES, turn.now)
    owner = turn.complaint.handler or by
    ticking.start(turn.complaint, ClockKind.NEXT_CONTACT, owner=owner, total=promised(turn.now, next_at))
    return line


@transaction.atomic
def wait(*, complaint: Complaint, words: str, seen: int | None = None, token: str | None = None, by) -> Entry:
    """Only the customer can go on: the running clocks of the work pause, those that are late already do not."""
    turn = Turn(complaint, Act.WAIT, by, seen, token)
    if turn.repeated:
        return turn.repeated
    _need(words=words)
    if Clock.objects.running().filter(complaint=turn.complaint, kind=ClockKind.FIRST_REPLY).exists():
        raise ValidationError(_("Reply to the customer first: nobody waits for a customer who has heard nothing yet."))
    line = turn.done(EntryKind.WAITED, words=words.strip())
    ticking.pause(turn.complaint, turn.now)
    return line


@transaction.atomic
def resume(*, complaint: Complaint, words: str = "", seen: int | None = None, token: str | None = None, by) -> Entry:
    """The customer has done their part: the clocks go on with what was left of them."""
    turn = Turn(complaint, Act.RESUME, by, seen, token)
    if turn.repeated:
        return turn.repeated
    line = turn.done(EntryKind.RESUMED, words=words.strip())
    ticking.resume(turn.complaint, turn.now, turn.rules)
    return line


@transaction.atomic
def instruct(*, complaint: Complaint, words: str, person=None, seen: int | None = None, token: str | None = None, by) -> Entry:
    """The superior says what is to be done; person: who is to do it from now on, None for the present handler."""
    turn = Turn(complaint, Act.INSTRUCT, by, seen, token)
    if turn.repeated:
        return turn.repeated
    _need(words=words)
    handler = person or turn.complaint.handler
    if person is not None and not handlers(turn.complaint).filter(pk=person.pk).exists():
        raise ValidationError({"person": _("Choose somebody of the department who is not complained about and can sign in.")})
    line = turn.done(EntryKind.INSTRUCTED, changes={"handler": handler, "superior": None}, words=words.strip(), person=handler)
    ticking.meet(turn.complaint, [ClockKind.INSTRUCTION], turn.now)
    ticking.hand_over(turn.complaint, handler)
    if handler is not None and handler != by:
        topic = "complaint_yours" if person is not None else "complaint_instructed"
        tell(turn.complaint, [handler], occasion=f"complaint entry {line.pk}", stage="instructed", topic=topic)
    return line


def handlers(complaint: Complaint):
    """Who may be given the complaint: the department's people up to the general manager, who can sign in; never the accused."""
    roles = [role for level, role in LADDERS[complaint.department].items() if level not in (Level.CALLER, Level.REGION)]
    return people.members(complaint.store, *roles).exclude(password__startswith="!").exclude(pk=complaint.against_id)


@transaction.atomic
def take_over(*, complaint: Complaint, words: str = "", seen: int | None = None, token: str | None = None, by) -> Entry:
    """The superior makes it their own."""
    turn = Turn(complaint, Act.TAKE_OVER, by, seen, token)
    if turn.repeated:
        return turn.repeated
    before = turn.complaint.handler
    line = turn.done(EntryKind.TAKEN_OVER, changes={"handler": by, "superior": None}, words=words.strip(), person=by)
    ticking.meet(turn.complaint, [ClockKind.INSTRUCTION], turn.now)
    ticking.hand_over(turn.complaint, by)
    if before is not None and before != by:
        tell(turn.complaint, [before], occasion=f"complaint entry {line.pk}", stage="taken", topic="complaint_raised_away")
    return line


@transaction.atomic
def escalate(*, complaint: Complaint, words: str, seen: int | None = None, token: str | None = None, by) -> Entry:
    """The handler asks the next level for help."""
    turn = Turn(complaint, Act.ESCALATE, by, seen, token)
    if turn.repeated:
        return turn.repeated
    _need(words=words)
    if raising.next_above(turn.complaint, turn.rules, turn.now) is None:
        raise ValidationError(_("Nobody above is there to raise it to."))
    line = raising.raise_one(turn.complaint, turn.rules, cause=Cause.REQUEST, now=turn.now, by=by, words=words.strip(), token=token or None)
    audit.record("complaint.raised", by=by, store=turn.complaint.store, subject=turn.complaint, entry=line.pk, cause=Cause.REQUEST)
    return line


@transaction.atomic
def forward(*, complaint: Complaint, words: str, seen: int | None = None, token: str | None = None, by) -> Entry:
    """A manager hands the decision to the region."""
    turn = Turn(complaint, Act.FORWARD, by, seen, token)
    if turn.repeated:
        return turn.repeated
    _need(words=words)
    skip = [user for user in (turn.complaint.against, turn.complaint.handler) if user is not None]
    found = climb(Level.REGION, turn.rules.roster(turn.complaint.department, turn.now), skip=skip)
    if found is None:
        raise ValidationError(_("No regional auditor is there to forward it to."))
    person = found[1]
    was_waiting = turn.complaint.status == Status.WAITING
    changes = {"level": Level.REGION, "superior": person, "handler": turn.complaint.handler or person}
    line = turn.done(EntryKind.FORWARDED, changes=changes, words=words.strip(), person=person)
    if was_waiting:
        ticking.resume(turn.complaint, turn.now, turn.rules)
    total = turn.rules.due(ClockKind.INSTRUCTION, turn.now)
    ticking.drop(turn.complaint, turn.now, [ClockKind.INSTRUCTION])
    ticking.start(turn.complaint, ClockKind.INSTRUCTION, owner=person, total=total)
    tell(turn.complaint, [person], occasion=f"complaint entry {line.pk}", stage="forwarded", topic="complaint_forwarded")
    return line


@transaction.atomic
def ask_approval(*, complaint: Complaint, fen: int, words: str, seen: int | None = None, token: str | None = None, by) -> Entry:
    """The region is asked to approve a compensation above the store's goodwill limit."""
    turn = Turn(complaint, Act.ASK, by, seen, token)
    if turn.repeated:
        return turn.repeated
    _need(words=words)
    if fen <= turn.rules.settings.goodwill_limit_fen:
        raise ValidationError({"fen": _("This is within the store's goodwill limit: no approval is needed.")})
    line = turn.done(EntryKind.ASKED, changes={"asked_fen": fen, "approval": Approval.ASKED}, fen=fen, words=words.strip())
    region = turn.rules.roster(turn.complaint.department, turn.now)(Level.REGION)
    tell(turn.complaint, region, occasion=f"complaint entry {line.pk}", stage="asked", topic="complaint_approval")
    return line


@transaction.atomic
def decide_approval(
    *, complaint: Complaint, granted: bool, words: str = "", seen: int | None = None, token: str | None = None, by
) -> Entry:
    """The region grants or refuses the amount that was asked for."""
    turn = Turn(complaint, Act.APPROVE, by, seen, token)
    if turn.repeated:
        return turn.repeated
    if not granted:
        _need(words=words)
    kind, approval = (EntryKind.APPROVED, Approval.GRANTED) if granted else (EntryKind.NOT_APPROVED, Approval.REFUSED)
    line = turn.done(kind, changes={"approval": approval}, fen=turn.complaint.asked_fen, words=words.strip())
    tell(turn.complaint, [turn.complaint.handler], occasion=f"complaint entry {line.pk}", stage="decided", topic="complaint_decided")
    return line


@transaction.atomic
def resolve(
    *,
    complaint: Complaint,
    cause: str,
    solution: str,
    result: str,
    measure: str,
    method: str,
    told: str,
    compensation_fen: int = 0,
    seen: int | None = None,
    token: str | None = None,
    by,
) -> Entry:
    """Solved, and the customer has been told so. Compensation above the goodwill limit needs the region's approval before."""
    turn = Turn(complaint, Act.RESOLVE, by, seen, token)
    if turn.repeated:
        return turn.repeated
    _need(cause=cause, solution=solution, result=result, measure=measure, told=told)
    _need_method(method)
    row = turn.complaint
    approved = row.asked_fen if row.approval == Approval.GRANTED else 0
    if compensation_fen < 0:
        raise ValidationError({"compensation": _("Write an amount that is not below zero.")})
    if compensation_fen > max(turn.rules.settings.goodwill_limit_fen, approved):
        raise ValidationError(
            {"compensation": _("This is above the store's goodwill limit: ask the region for its approval first, then resolve.")}
        )
    found = {"cause": cause.strip(), "solution": solution.strip(), "result": result.strip(), "measure": measure.strip()}
    changes = found | {
        "compensation_fen": compensation_fen, "resolved_at": turn.now, "resolved_by": by, "resolutions": row.resolutions + 1,
        "superior": None,
    }  # fmt: skip
    words = explain.solution(**found)
    line = turn.done(EntryKind.RESOLVED, changes=changes, method=method, told=told.strip(), words=words, fen=compensation_fen or None)
    ticking.meet(row, REPLIES, turn.now)
    ticking.drop(row, turn.now)
    desk = [user for user in turn.rules.desk(row.department, turn.now) if user not in (row.against, row.handler)]
    owner = row.registered_by if row.registered_by in desk else next(iter(desk), None)
    revisit = ticking.start(row, ClockKind.REVISIT, owner=owner, total=turn.rules.due(ClockKind.REVISIT, turn.now))
    revisit.complaint = row
    tell_of_clock(revisit, [owner], stage="started", topic="complaint_revisit")
    return line


ANSWERS = ("satisfied", "dissatisfied", "unreachable", "refused")


@transaction.atomic
def record_revisit(
    *, complaint: Complaint, answer: str, words: str = "", method: str = Method.PHONE, seen: int | None = None, token: str | None = None, by
) -> Entry:
    """answer: 'satisfied' closes (a major complaint is signed off first), 'dissatisfied' reopens it one level up with fresh clocks,
    'unreachable' (after three tries) and 'refused' close it as such."""
    turn = Turn(complaint, Act.REVISIT, by, seen, token)
    if turn.repeated:
        return turn.repeated
    if answer not in ANSWERS:
        raise ValidationError({"answer": _("Ask whether the customer is satisfied now.")})
    row = turn.complaint
    if answer == "dissatisfied":
        _need(words=words)
        return _reopen(turn, words.strip(), method)
    if answer == "satisfied" and after_revisit(is_satisfied=True, needs_signature=row.is_major) == Status.REVISITED:
        line = turn.done(EntryKind.REVISITED, status=Status.REVISITED, method=method, words=words.strip())
        ticking.meet(row, [ClockKind.REVISIT], turn.now)
        ticking.drop(row, turn.now)
        managers = turn.rules.roster(row.department, turn.now)(Level.MANAGER)
        tell(row, managers, occasion=f"complaint entry {line.pk}", stage="sign_off", topic="complaint_to_sign_off")
        return line
    return _close(
        turn, {"satisfied": Closing.SATISFIED, "unreachable": Closing.UNREACHABLE, "refused": Closing.REFUSED}[answer], words, method
    )


def _close(turn: Turn, closing: str, words: str, method: str = "") -> Entry:
    row = turn.complaint
    line = turn.done(
        EntryKind.CLOSED,
        status=Status.CLOSED,
        changes={"closed_at": turn.now, "closing": closing, "superior": None},
        method=method,
        words=words.strip(),
    )
    ticking.meet(row, [ClockKind.REVISIT], turn.now)
    ticking.drop(row, turn.now)
    if closing == Closing.UNREACHABLE:
        tell(
            row,
            turn.rules.care_managers(turn.now),
            occasion=f"complaint entry {line.pk}",
            stage="unreachable",
            topic="complaint_unreachable",
        )
    return line


def _reopen(turn: Turn, words: str, method: str) -> Entry:
    """One level up: the person there handles it from now on. With nobody above it stays where it is, and the care manager is told."""
    row = turn.complaint
    found = raising.next_above(row, turn.rules, turn.now)
    level, handler = found or (row.level, row.handler)
    changes = {
        "level": level, "handler": handler, "superior": None, "resolved_at": None, "resolved_by": None, "approval": "", "asked_fen": None,
    }  # fmt: skip
    line = turn.done(
        EntryKind.REOPENED, status=Status.REOPENED, changes=changes, cause=Cause.DISSATISFIED, person=handler, method=method, words=words
    )
    ticking.meet(row, [ClockKind.REVISIT], turn.now)
    ticking.drop(row, turn.now)
    ticking.start(row, ClockKind.FIRST_REPLY, owner=turn.by, total=turn.rules.due(ClockKind.FIRST_REPLY, turn.now))
    ticking.start(row, ClockKind.DEPARTMENT_REPLY, owner=handler, total=turn.rules.due(ClockKind.DEPARTMENT_REPLY, turn.now))
    told = [handler] if found else [handler, *turn.rules.care_managers(turn.now)]
    tell(row, told, occasion=f"complaint entry {line.pk}", stage="reopened", topic="complaint_reopened" if found else "complaint_top")
    return line


@transaction.atomic
def close(*, complaint: Complaint, words: str = "", seen: int | None = None, token: str | None = None, by) -> Entry:
    """The department's manager signs off a major complaint whose customer is satisfied."""
    turn = Turn(complaint, Act.CLOSE, by, seen, token)
    return turn.repeated or _close(turn, Closing.SATISFIED, words)


@transaction.atomic
def note(*, complaint: Complaint, words: str, seen: int | None = None, token: str | None = None, by) -> Entry:
    """Something worth keeping. It disturbs nobody else's act: the complaint itself stays as it is."""
    turn = Turn(complaint, Act.NOTE, by, None, token)
    if turn.repeated:
        return turn.repeated
    _need(words=words)
    line = write(turn.complaint, EntryKind.NOTED, turn.now, by=by, token=token or None, words=words.strip())
    audit.record("complaint.noted", by=by, store=turn.complaint.store, subject=turn.complaint, entry=line.pk)
    return line


@transaction.atomic
def reveal_number(*, of: Complaint | Feedback | Entry, by) -> str:
    """The number for the next contact, or that of whoever has no file, to read (`of.shown`) and to dial; '' where it cannot be dialled.
    Who looked is kept, as of a customer's phone."""
    subject, where = (of.complaint, {"entry": of.pk}) if isinstance(of, Entry) else (of, {"field": of.WRITTEN})
    audit.record("phone.revealed", by=by, store=subject.store, subject=subject, **where)
    return of.dialled


@transaction.atomic
def save_settings(*, store, goodwill_limit_fen: int, has_public_page: bool = True, by, **bases: str) -> None:
    """bases: 'staffed' or 'wall' by clock. Clocks that run already keep their limits."""
    values = {**bases, "goodwill_limit_fen": goodwill_limit_fen, "has_public_page": has_public_page}
    ComplaintSettings.objects.update_or_create(store=store, defaults=values)
    audit.record("complaint.settings", by=by, store=store, subject=store, **values)
