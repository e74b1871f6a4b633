import json
from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError

from complaints.actions import open_complaint
from complaints.kinds import Channel, Level
from complaints.models import Clock, Complaint, Entry
from core.commands import Command as BaseCommand
from core.commands import sentence
from csi.models import Link
from customers.identifiers import clean_plate
from customers.models import Ownership, Vehicle
from staff import people
from staff.models import Store


class Command(BaseCommand):
    help = "complaint open: registers one; complaint show NUMBER: how it stands."

    def add_arguments(self, parser):
        parser.add_argument("action", choices=["open", "show"])
        parser.add_argument("number", nargs="?", metavar="NUMBER", help="of the complaint to show")
        parser.add_argument("--store", metavar="CODE")
        parser.add_argument("--plate", metavar="P", help="of an active car of the store; its owner is the customer")
        parser.add_argument("--link", metavar="LINK", help=", ".join(Link.values))
        parser.add_argument("--words", metavar="TEXT", help="the customer's own words")
        parser.add_argument("--against", metavar="USER", help="sign-in name of the person complained about")
        parser.add_argument("--channel", default=Channel.PHONE, metavar="C", help=", ".join(Channel.values))
        parser.add_argument("--at", metavar="ISO", help="when it was received; without a zone in the store's")
        parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")

    def handle(self, *args, action, **options):
        complaint = self.open(**options) if action == "open" else self.find(options["number"], options["store"])
        told = as_json(complaint)
        self.stdout.write(json.dumps(told, ensure_ascii=False) if options["json"] else as_text(told))

    def open(self, *, number, store, plate, link, words, against, channel, at, **options):
        missing = [f"--{name}" for name, value in (("store", store), ("plate", plate), ("link", link), ("words", words)) if not value]
        if number or missing:
            raise CommandError(f"needed: {', '.join(missing)}" if missing else "open takes no NUMBER")
        where = self.store(store)
        vehicle = Vehicle.objects.active().filter(store=where, plate=clean_plate(plate)).first()
        owner = Ownership.objects.filter(vehicle=vehicle, until=None).select_related("customer").first() if vehicle else None
        if owner is None:
            raise CommandError("no active car with an owner has this plate in the store")
        accused = people.everyone(where).filter(username=against).first() if against else None
        if against and accused is None:
            raise CommandError(f"nobody of the store signs in as {against}")
        try:
            return open_complaint(
                store=where, channel=channel, link=link, words=words, customer=owner.customer, vehicle=vehicle, against=accused,
                received_at=self.moment(at, where), by=None,
            )  # fmt: skip
        except ValidationError as error:
            raise CommandError(sentence(error)) from None

    @staticmethod
    def store(code) -> Store:
        try:
            return Store.objects.get(code=code)
        except Store.DoesNotExist:
            known = ", ".join(Store.objects.order_by("code").values_list("code", flat=True)) or "none yet"
            raise CommandError(f"unknown store {code}; known: {known}") from None

    @staticmethod
    def moment(text, store):
        if not text:
            return None
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            raise CommandError(f"{text} is no ISO time, such as 2026-11-24T17:40") from None
        return at if at.tzinfo else at.replace(tzinfo=store.tz)

    @staticmethod
    def find(number, store) -> Complaint:
        if not number:
            raise CommandError("show needs the NUMBER of a complaint")
        rows = Complaint.objects.filter(number=number)
        found = (rows.filter(store__code=store) if store else rows).select_related("store", "handler", "superior", "against").first()
        if found is None:
            raise CommandError(f"no complaint has the number {number}")
        return found


def _when(at, complaint) -> str | None:
    return at.astimezone(complaint.store.tz).isoformat() if at else None


def _name(user) -> str | None:
    return user.username if user else None


def _clock(clock: Clock, complaint: Complaint) -> dict:
    times = {
        name: _when(getattr(clock, f"{name}_at"), complaint)
        for name in ("started", "due", "warned", "met", "breached", "raised", "paused", "dropped")
    }
    return {"kind": clock.kind, "occasion": clock.occasion, "owner": _name(clock.owner), **times, "why": clock.why}


def _line(entry: Entry, complaint: Complaint) -> dict:
    return {
        "at": _when(entry.at, complaint), "by": _name(entry.by), "what": entry.kind, "status": entry.status,
        "level": Level(entry.level).name.lower(), "person": _name(entry.person), "cause": entry.cause or None,
        "clock": entry.clock.kind if entry.clock_id else None, "method": entry.method or None, "next_at": _when(entry.next_at, complaint),
        "words": entry.words, "told": entry.told,
    }  # fmt: skip


def as_json(complaint: Complaint) -> dict:
    """People are named by how they sign in."""
    return {
        "number": complaint.number, "store": complaint.store.code, "status": complaint.status,
        "level": Level(complaint.level).name.lower(), "handler": _name(complaint.handler), "superior": _name(complaint.superior),
        "against": _name(complaint.against), "channel": complaint.channel, "department": complaint.department, "link": complaint.link,
        "received_at": _when(complaint.received_at, complaint), "closed_at": _when(complaint.closed_at, complaint),
        "closing": complaint.closing or None,
        "clocks": [_clock(clock, complaint) for clock in complaint.clocks.select_related("owner")],
        "timeline": [_line(entry, complaint) for entry in complaint.entries.select_related("by", "person", "clock")],
    }  # fmt: skip


def as_text(told: dict) -> str:
    lines = [f"{told['number']}  {told['status']}  level {told['level']}  handler {told['handler'] or '-'}"]
    for clock in told["clocks"]:
        ended = [f"{name} {clock[name]}" for name in ("met", "breached", "paused", "dropped") if clock[name]]
        lines.append(f"  {clock['kind']} {clock['occasion']}  due {clock['due']}  {'  '.join(ended) or 'running'}")
    return "\n".join(lines)
