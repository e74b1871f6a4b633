"""Everything that is done with suggestions and praise. Each act asks the table (complaints.feedback_limits), moves the row by
compare-and-set on its status, writes its line and its audit row, in one transaction.

All raise Changed where somebody else was quicker or the state does not allow it, and ValidationError by field. token: of the form; the
same form twice is one act.
"""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from complaints import feedback_limits
from complaints.escalation import duty_day
from complaints.kinds import Channel, Department, FeedbackAct, FeedbackEntryKind, FeedbackKind, FeedbackStatus, Level, Method
from complaints.models import Feedback, FeedbackClock, FeedbackEntry
from complaints.opening import next_number
from complaints.raising import Changed
from complaints.stores import StoreRules, able
from complaints.telling import feedback_messages
from core import audit, clock, outbox
from staff import people
from staff.models import Store
from staff.roles import Role


def _problems(store, *, kind, channel, words, received_at, now, customer, person) -> dict:
    problems = {}
    if kind not in FeedbackKind.values:
        problems["kind"] = _("Choose suggestion or praise.")
    if channel not in Channel.values:
        problems["channel"] = _("Choose how it reached us.")
    if not words:
        problems["words"] = _("Write down the customer's own words.")
    if received_at > now:
        problems["received_at"] = _("It cannot have been received in the future.")
    if person is not None and not people.everyone(store).filter(pk=person.pk).exists():
        problems["person"] = _("Choose somebody of this store.")
    if customer is not None and customer.store_id != store.pk:
        problems["customer"] = _("This customer belongs to another store.")
    return problems


@transaction.atomic
def open_feedback(
    *,
    store: Store,
    kind: str,
    channel: str,
    words: str,
    customer=None,
    vehicle=None,
    giver: str = "",
    contact: str = "",
    plate: str = "",
    about: str = "",
    person=None,
    received_at: datetime | None = None,
    token: str | None = None,
    by,
) -> Feedback:
    """A suggestion or praise with its limits, running from `received_at`. The same token again gives the row that is there."""
    now = clock.now()
    received_at = received_at or now
    known = Feedback.objects.filter(token=token, store=store).first() if token else None
    if known:
        return known
    words = words.strip()
    problems = _problems(
        store, kind=kind, channel=channel, words=words, received_at=received_at, now=now, customer=customer, person=person
    )  # fmt: skip
    if problems:
        raise ValidationError(problems)
    received_on = store.local_date(received_at)
    row = Feedback(
        store=store, kind=kind, channel=channel, customer=customer, vehicle=vehicle, giver=giver.strip(), contact=contact.strip(),
        plate=plate.strip(), about=about.strip(), person=person, words=words, registered_by=by, received_at=received_at,
        received_on=received_on, created_at=now, token=token,
    )  # fmt: skip
    try:
        with transaction.atomic():  # a number that is not used is given back
            row.number = next_number(store, received_on.year, "F")
            row.save(force_insert=True)
    except IntegrityError:
        known = Feedback.objects.filter(token=token, store=store).first() if token else None
        if known is None:
            raise
        return known  # the same form, sent twice at once
    FeedbackEntry.objects.create(feedback=row, at=now, by=by, kind=FeedbackEntryKind.RECEIVED, status=row.status)
    _start_clocks(row, by)
    audit.record("feedback.opened", by=by, store=store, subject=row, kind=kind, channel=channel)
    return row


def _start_clocks(row: Feedback, by) -> None:
    rules = StoreRules(row.store)
    desk = rules.desk(Department.SERVICE, row.received_at)
    owners = {
        FeedbackAct.ACKNOWLEDGE: by if by in desk else next(iter(desk), None),
        FeedbackAct.PASS_ON: by if by in desk else next(iter(desk), None),
        FeedbackAct.EVALUATE: next(iter(rules.care_managers(row.received_at) or _managers(rules, row.received_at)), None),
    }
    clocks = []
    for act in feedback_limits.LIMITED[row.kind]:
        total = feedback_limits.due(act, row.received_at, rules.staffed)
        clocks.append(
            FeedbackClock(
                store=row.store, feedback=row, act=act, owner=owners[act], started_at=total.started_at, due_at=total.due_at,
                warn_at=total.warn_at, why=total.as_data(),
            )
        )  # fmt: skip
    clocks = FeedbackClock.objects.bulk_create(clocks)
    told = [one for one in clocks if one.owner is not None and one.owner != by]
    outbox.owe(message for one in told for message in feedback_messages(one, [one.owner], stage="started", topic=f"feedback_{one.act}"))


def _managers(rules: StoreRules, at: datetime) -> list:
    return rules.roster(Department.SERVICE, at)(Level.MANAGER)


def superiors(store: Store, rules: StoreRules, at: datetime) -> list:
    """Who is told that a limit has passed: the customer manager and the general manager who are there."""
    return able(people.present(store, duty_day(at, rules.staffed), Role.CARE_MANAGER, Role.GENERAL_MANAGER))


def is_done(feedback: Feedback, token: str, by) -> bool:
    return FeedbackEntry.objects.filter(token=token, feedback=feedback, by=by).exists()


def _turn(feedback: Feedback, act: str, *, token: str | None, by, kind: str, changes: dict | None = None, **entry) -> FeedbackEntry:
    """Moves the row from the state that was seen, meets the act's limit, writes the line."""
    done = FeedbackEntry.objects.filter(token=token, feedback=feedback, by=by).first() if token else None
    if done:
        return done
    now = clock.now()
    to = feedback_limits.following(feedback.kind, feedback.status, act)
    if to is None:
        raise Changed
    changes = {"status": to, **(changes or {})} | ({"closed_at": now} if to == FeedbackStatus.CLOSED != feedback.status else {})
    if Feedback.objects.filter(pk=feedback.pk, status=feedback.status).update(**changes) != 1:
        raise Changed
    for name, value in changes.items():
        setattr(feedback, name, value)
    mine = FeedbackClock.objects.running().filter(feedback=feedback, act=act)
    mine.filter(due_at__lt=now, breached_at=None).update(breached_at=now)
    mine.update(met_at=now)
    line = FeedbackEntry.objects.create(feedback=feedback, at=now, by=by, kind=kind, status=to, token=token or None, **entry)
    audit.record(f"feedback.{kind}", by=by, store=feedback.store, subject=feedback, entry=line.pk, status=to)
    return line


def _how(feedback: Feedback, method: str, told: str) -> dict[str, str]:
    """How and what the customer was told. Who left nothing to be reached by is told nothing, and that is no fault of ours."""
    if not feedback.is_reachable:
        return {"method": "", "told": ""}
    if method not in Method.values:
        raise ValidationError({"method": _("Say how the customer was told.")})
    if not told.strip():
        raise ValidationError({"told": _("Please fill this in.")})
    return {"method": method, "told": told.strip()}


@transaction.atomic
def acknowledge(*, feedback: Feedback, method: str = "", told: str = "", token: str | None = None, by) -> FeedbackEntry:
    """The customer knows that the suggestion has arrived."""
    how = _how(feedback, method, told)
    return _turn(feedback, FeedbackAct.ACKNOWLEDGE, token=token, by=by, kind=FeedbackEntryKind.ACKNOWLEDGED, **how)


@transaction.atomic
def evaluate(*, feedback: Feedback, is_adopted: bool, reason: str, token: str | None = None, by) -> FeedbackEntry:
    """Adopted or not, and why."""
    if not reason.strip():
        raise ValidationError({"reason": _("Please fill this in.")})
    changes = {"is_adopted": is_adopted, "reason": reason.strip()}
    kind = FeedbackEntryKind.EVALUATED
    line = _turn(feedback, FeedbackAct.EVALUATE, token=token, by=by, kind=kind, changes=changes, words=reason.strip())
    desk = StoreRules(feedback.store).desk(Department.SERVICE, line.at)
    owner = FeedbackClock.objects.filter(feedback=feedback, act=FeedbackAct.ACKNOWLEDGE).select_related("owner").get().owner
    teller = owner if owner in desk else next(iter(desk), None)
    if teller is not None and teller != by:
        outbox.owe(feedback_messages(feedback, [teller], stage="evaluated", topic="feedback_tell"))
    return line


@transaction.atomic
def tell(*, feedback: Feedback, method: str = "", told: str = "", token: str | None = None, by) -> FeedbackEntry:
    """The customer knows whether the suggestion is adopted."""
    return _turn(feedback, FeedbackAct.TELL, token=token, by=by, kind=FeedbackEntryKind.TOLD, **_how(feedback, method, told))


@transaction.atomic
def pass_on(*, feedback: Feedback, person=None, words: str = "", token: str | None = None, by) -> FeedbackEntry:
    """The praise reaches its person, once; None: it is the whole store's. Who cannot sign in is told by whoever passes it on."""
    if person is not None and not people.everyone(feedback.store).filter(pk=person.pk).exists():
        raise ValidationError({"person": _("Choose somebody of this store.")})
    line = _turn(
        feedback, FeedbackAct.PASS_ON, token=token, by=by, kind=FeedbackEntryKind.PASSED_ON, changes={"person": person}, person=person,
        words=words.strip(),
    )  # fmt: skip
    if person is not None and person.has_usable_password():
        outbox.owe(feedback_messages(feedback, [person], stage="passed_on", topic="feedback_praised"))
    return line


@transaction.atomic
def note(*, feedback: Feedback, words: str, token: str | None = None, by) -> FeedbackEntry:
    """Something worth keeping."""
    if not words.strip():
        raise ValidationError({"words": _("Please fill this in.")})
    return _turn(feedback, FeedbackAct.NOTE, token=token, by=by, kind=FeedbackEntryKind.NOTED, words=words.strip())
