"""Everything that the lounge desk writes: keyword-only, atomic, audited. What two people may do at once is a compare-and-set."""

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from core import audit, clock, outbox
from core.models import OutboxMessage
from customers.identifiers import plate_tail
from customers.models import Customer
from lounge import drinks
from lounge.lines import addressed, waiting_orders
from lounge.models import LoungeSettings, Prospect, Question, Request, Waiting
from staff import people
from staff.models import Store, User
from staff.roles import Role
from visits.actions import set_waits_in_lounge
from visits.models import ServiceOrder


class Changed(Exception):
    """Somebody else was quicker; nothing was written."""


def seat(*, order: ServiceOrder, by) -> Waiting:
    """The row of the order's customer, made when the desk first does something for them."""
    facts = {"store": order.store, "arrived_at": order.received_at, "added_by": by}
    return Waiting.objects.get_or_create(order=order, defaults=facts)[0]


@transaction.atomic
def add_waiting(*, store: Store, name: str, why: str, by) -> Waiting:
    """Somebody who waits without a car of theirs in the workshop. name: how they are addressed. Raises ValidationError."""
    waiting = Waiting(store=store, name=name.strip(), why=why, arrived_at=clock.now(), added_by=by)
    waiting.full_clean()
    waiting.save()
    audit.record("waiting.added", by=by, store=store, subject=waiting, why=why)
    return waiting


@transaction.atomic
def add_order(*, order: ServiceOrder, by) -> Waiting:
    """The customer of a car that is here waits, which nobody had said at reception, or waits again on another day. Raises Changed."""
    now = clock.now()
    if waiting_orders(order.store, now).filter(pk=order.pk).exists():
        raise Changed
    set_waits_in_lounge(order=order, waits=True, by=by)
    waiting = seat(order=order, by=by)
    Waiting.objects.filter(pk=waiting.pk).update(
        arrived_at=now, left_at=None, drink="", served=0, served_at=None, attended_at=None, added_by=by
    )
    audit.record("waiting.added", by=by, store=order.store, subject=waiting, why=waiting.why)
    return waiting


@transaction.atomic
def serve(*, waiting: Waiting, drink: str, seen: int, by) -> None:
    """drink: one that is on offer. seen: how many had been served when the page was shown. Raises ValidationError, Changed."""
    if drink not in drinks.on_offer(waiting.store):
        raise ValidationError(_("That is not on the store's list of drinks any more."))
    now = clock.now()
    mine = Waiting.objects.filter(pk=waiting.pk, served=seen)
    if not mine.update(served=F("served") + 1, drink=drink, served_at=now, attended_at=now):
        raise Changed
    audit.record("waiting.served", by=by, store=waiting.store, subject=waiting)


@transaction.atomic
def look_after(*, waiting: Waiting, by) -> None:
    """Somebody has been with them: the line steps back behind those who have waited longer."""
    Waiting.objects.filter(pk=waiting.pk).update(attended_at=clock.now())
    audit.record("waiting.looked_after", by=by, store=waiting.store, subject=waiting)


@transaction.atomic
def note_request(*, waiting: Waiting, text: str, by) -> Request:
    """A small wish, to be done by whoever has a hand free. Raises ValidationError."""
    request = Request(waiting=waiting, text=text.strip(), by=by)
    request.full_clean()
    if not request.text:
        raise ValidationError({"text": _("Write down what the customer would like.")})
    request.save()
    audit.record("waiting.request_noted", by=by, store=waiting.store, subject=waiting, request=request.pk)
    return request


@transaction.atomic
def ask_advisor(*, waiting: Waiting, by, text: str = "") -> list[User]:
    """The customer asks for their advisor, who is told once; returns who was told: where the advisor cannot be, whoever leads them
    today; nobody, where nobody is there. Raises Changed while an earlier question is open, ValidationError without a car."""
    if waiting.order is None:
        raise ValidationError(_("Whoever waits without a car has no advisor."))
    request = Request(waiting=waiting, text=text.strip(), for_advisor=True, by=by)
    request.full_clean(validate_constraints=False)
    try:
        with transaction.atomic():
            request.save()
    except IntegrityError:
        raise Changed from None
    told = _who_is_told(waiting.order)
    facts = {"who": addressed(waiting.order), "plate": plate_tail(waiting.order.vehicle.plate)}
    path = f"/visits/{waiting.order_id}/"
    outbox.owe(_messages(waiting.store, told, f"lounge request {request.pk}", "lounge_asks", path, **facts))
    audit.record("waiting.advisor_asked", by=by, store=waiting.store, subject=waiting, request=request.pk, told=[user.pk for user in told])
    return told


def _who_is_told(order: ServiceOrder) -> list[User]:
    today = order.store.today()
    advising = people.present(order.store, today, Role.ADVISOR, Role.SUPERVISOR, Role.SERVICE_MANAGER).filter(pk=order.advisor_id)
    return _able(advising) or _able(people.present(order.store, today, Role.SUPERVISOR, Role.SERVICE_MANAGER))


def _able(users) -> list[User]:
    """Those who can sign in: whoever is only named would never see it."""
    return list(users.exclude(password__startswith="!"))


def _messages(store: Store, users: list[User], occasion: str, topic: str, path: str, **facts) -> list[OutboxMessage]:
    return [outbox.message(store=store, user=user, occasion=occasion, stage="told", topic=topic, path=path, **facts) for user in users]


@transaction.atomic
def do_request(*, request: Request, by) -> bool:
    """Done; also means that somebody has been there. False if somebody had already said so."""
    now = clock.now()
    if not Request.objects.filter(pk=request.pk, done_at=None).update(done_at=now, done_by=by):
        return False
    waiting = request.waiting
    Waiting.objects.filter(pk=waiting.pk).update(attended_at=now)
    audit.record("waiting.request_done", by=by, store=waiting.store, subject=waiting, request=request.pk)
    return True


@transaction.atomic
def leave(*, waiting: Waiting, by) -> bool:
    """They have left the lounge; the order says so as well. False if that was known."""
    mine = Waiting.objects.filter(pk=waiting.pk)
    if waiting.order is None:
        done = bool(mine.filter(left_at=None).update(left_at=clock.now()))
    else:
        done = set_waits_in_lounge(order=waiting.order, waits=False, by=by)
        if done:
            mine.update(left_at=clock.now())
    if done:
        audit.record("waiting.left", by=by, store=waiting.store, subject=waiting)
    return done


@transaction.atomic
def come_back(*, waiting: Waiting, by) -> bool:
    """They sit there again, or never left. False if that was known, or the car is gone."""
    if waiting.order is not None and not set_waits_in_lounge(order=waiting.order, waits=True, by=by):
        return False
    if not Waiting.objects.filter(pk=waiting.pk, left_at__isnull=False).update(left_at=None):
        return False
    audit.record("waiting.came_back", by=by, store=waiting.store, subject=waiting)
    return True


@transaction.atomic
def answer_question(*, store: Store, question: str, answer: str, by, waiting: Waiting | None = None) -> Question:
    """What somebody asked in the lounge and was told on the spot. Raises ValidationError."""
    now = clock.now()
    row = Question(store=store, waiting=waiting, question=question.strip(), answer=answer.strip(), by=by, at=now, on=store.local_date(now))
    row.full_clean()
    row.save()
    if waiting:
        Waiting.objects.filter(pk=waiting.pk).update(attended_at=now)
    audit.record("lounge.question_answered", by=by, store=store, subject=row)
    return row


@transaction.atomic
def notice_prospect(*, store: Store, words: str, by, waiting: Waiting | None = None, person: User | None = None, **facts) -> Prospect:
    """Somebody who might buy a car. facts: name, contact, model. person: the consultant who should call, else sales decides. They and
    whoever leads sales today are told. Raises ValidationError."""
    now = clock.now()
    customer: Customer | None = waiting.order.customer if waiting and waiting.order else None
    row = Prospect(
        store=store,
        waiting=waiting,
        customer=customer,
        words=words.strip(),
        person=person,
        by=by,
        at=now,
        on=store.local_date(now),
        **facts,
    )
    if waiting and not row.name:
        row.name = waiting.name
    if not row.name and customer is None:
        raise ValidationError({"name": _("Write down how they are addressed, or choose who it is.")})
    row.full_clean()
    row.save()
    told = _able(people.present(store, store.today(), Role.SALES_SUPERVISOR)) or _able(
        people.present(store, store.today(), Role.SALES_MANAGER)
    )
    told = list(dict.fromkeys([*([person] if person else []), *told]))
    outbox.owe(_messages(store, told, f"prospect {row.pk}", "lounge_prospect", f"/lounge/notes/#prospect-{row.pk}"))
    audit.record("lounge.prospect_noticed", by=by, store=store, subject=row, told=[user.pk for user in told])
    return row


@transaction.atomic
def see_to_prospect(*, prospect: Prospect, by) -> bool:
    """Somebody of sales has talked to them. False if somebody had already said so."""
    if not Prospect.objects.filter(pk=prospect.pk, seen_to_at=None).update(seen_to_at=clock.now(), seen_to_by=by):
        return False
    audit.record("lounge.prospect_seen_to", by=by, store=prospect.store, subject=prospect)
    return True


@transaction.atomic
def save_settings(*, store: Store, drinks: str, by) -> LoungeSettings:
    settings, _made = LoungeSettings.objects.update_or_create(store=store, defaults={"drinks": drinks})
    audit.record("lounge.settings_saved", by=by, store=store, subject=store)
    return settings
