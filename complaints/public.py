"""What a stranger sends from the public feedback page: signed, counted, matched for the staff's eyes only, opened like any other."""

import re
import uuid
from dataclasses import dataclass
from datetime import timedelta

from django.core import signing
from django.db import transaction
from django.utils.translation import gettext as _

from complaints.actions import open_complaint
from complaints.actions_feedback import open_feedback
from complaints.evidence import keep
from complaints.kinds import Channel, EntryKind
from complaints.models import Complaint, Feedback
from complaints.raising import write
from core import allowance, clock, keys
from core.allowance import Rule
from csi.models import Link
from customers.identifiers import clean_plate, parse_phone
from customers.models import Customer, Phone, Vehicle
from staff import people
from staff.models import Store, User

COMPLAINT = "complaint"
# An address may be a whole workshop's or a mobile network's; a store hears of no more than its people could answer.
PER_SENDER = (Rule(5, timedelta(hours=1)), Rule(20, timedelta(days=1)))
PER_STORE = (Rule(60, timedelta(hours=1)),)
QUICKEST, LONGEST = timedelta(seconds=3), timedelta(hours=24)
STAMP, REFERENCE = "complaints.public.stamp", "complaints.public.reference"
REFERENCE_KEPT = timedelta(days=2)


class TooQuick(Exception):
    """Nobody reads and writes in that time."""


class NoStamp(Exception):
    """Not from this page, or the page was open for more than a day."""


def stamp(store: Store) -> str:
    """What the form carries: the store, when it was shown, and a word of its own, signed."""
    return signing.dumps([store.pk, clock.now().timestamp(), uuid.uuid4().hex], salt=STAMP)


def read_stamp(store: Store, text: str) -> str:
    """The form's own word. Raises NoStamp, TooQuick."""
    try:
        of, shown_at, word = signing.loads(text, salt=STAMP)
    except (signing.BadSignature, ValueError):
        raise NoStamp from None
    age = timedelta(seconds=clock.now().timestamp() - shown_at)
    if of != store.pk or not timedelta(0) <= age <= LONGEST:
        raise NoStamp
    if age < QUICKEST:
        raise TooQuick
    return word


@dataclass(frozen=True)
class Match:
    customer: Customer | None
    vehicle: Vehicle | None
    person: User | None


def match(store: Store, *, phone: str, plate: str, about: str) -> Match:
    """Whose phone and car that is, and who of the staff is named, where it is one. A plate alone makes nobody a customer: anybody can
    read it in the street."""
    parsed, cleaned = parse_phone(phone), clean_plate(plate)
    customer = vehicle = person = None
    if parsed.is_valid:
        known = Phone.objects.filter(store=store, tail=keys.tail(parsed.number), number=parsed.number).callable()
        found = Customer.objects.filter(pk__in=known.order_by().values("customer"))[:2]
        customer = found[0] if len(found) == 1 else None
    if cleaned:
        vehicle = Vehicle.objects.active().filter(store=store, plate=cleaned).first()
    if about:
        said = re.sub(r"\s", "", about)
        named = [user for user in people.everyone(store) if len(user.name) > 1 and re.sub(r"\s", "", user.name) in said]
        person = named[0] if len(named) == 1 else None
    return Match(customer, vehicle, person)


@transaction.atomic
def receive(
    *, store: Store, sender: str | None, kind: str, words: str, link: str = "", name: str = "", phone: str = "", plate: str = "",
    about: str = "", photos=(), token: str,
) -> Complaint | Feedback:  # fmt: skip
    """kind: 'complaint', 'suggestion', 'praise'. sender: the address that it came from, which is not kept. Raises Spent, ValidationError."""
    place = f"feedback {store.pk}"
    allowance.take(place=place, sender=allowance.neighbourhood(sender), rules=PER_SENDER)
    allowance.take(place=place, sender="everybody", rules=PER_STORE)
    known = match(store, phone=phone, plate=plate, about=about)
    facts = {
        "store": store, "channel": Channel.WEB, "words": words, "customer": known.customer, "vehicle": known.vehicle, "contact": phone,
        "token": token, "by": None,
    }  # fmt: skip
    if kind != COMPLAINT:
        feedback = open_feedback(kind=kind, giver=name, plate=plate, about=about, person=known.person, **facts)
        for photo in photos:
            keep(upload=photo, at=feedback.created_at, by=None, feedback=feedback)
        return feedback
    complainant = name or ("" if known.customer else _("a customer who left no name"))
    complaint = open_complaint(link=link or Link.OTHER, complainant=complainant, against=known.person, **facts)
    _note_as_written(complaint, name=name, plate=plate, about=about)
    for photo in photos:
        row = keep(upload=photo, at=complaint.created_at, by=None, complaint=complaint)
        write(complaint, EntryKind.EVIDENCE, row.at)
    return complaint


def _note_as_written(complaint: Complaint, *, name: str, plate: str, about: str) -> None:
    """What the complaint's own columns have no place for stands as a line of its timeline."""
    written = {
        _("name"): name if complaint.customer_id else "",
        _("plate"): "" if complaint.vehicle_id else plate,
        _("whom it is about"): about,
    }
    said = [_("%(label)s: %(text)s") % {"label": label, "text": text.strip()} for label, text in written.items() if text.strip()]
    if said:
        write(complaint, EntryKind.NOTED, complaint.created_at, words=_("As written on the feedback page") + "\n" + "\n".join(said))


def reference(row: Complaint | Feedback) -> str:
    """For the address of the thank-you page: signed, and it tells nothing."""
    return signing.dumps([row._meta.model_name, row.pk], salt=REFERENCE)


def of_reference(store: Store, text: str) -> Complaint | Feedback | None:
    try:
        model, pk = signing.loads(text, salt=REFERENCE, max_age=REFERENCE_KEPT)
    except (signing.BadSignature, ValueError):
        return None
    return (Complaint if model == "complaint" else Feedback).objects.filter(pk=pk, store=store).first()
