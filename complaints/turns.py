"""Who may do what to a complaint now, and one person's one act on it: the frame of every act in complaints.actions."""

from dataclasses import dataclass, field
from datetime import datetime

from complaints.escalation import rung_of
from complaints.kinds import Approval, ClockKind, Department, Level
from complaints.models import Complaint, Entry
from complaints.raising import Changed, move, write
from complaints.stores import StoreRules
from complaints.transitions import TABLE, Act, Who, following, may
from core import audit, clock
from staff.access import accesses
from staff.models import User
from staff.roles import Role

MANAGERS = {Department.SERVICE: Role.SERVICE_MANAGER, Department.SALES: Role.SALES_MANAGER}


class NotAllowed(Exception):
    """The state of the complaint does not allow it, or it is not this person's to do."""


def parties(complaint: Complaint, user, roles) -> frozenset[str]:
    """What a person with these roles in the store is to the complaint; nothing where it is about them."""
    if user is None or user.pk == complaint.against_id:
        return frozenset()
    found = {Who.READER}
    rung = rung_of(complaint.department, roles) or 0
    if user.pk == complaint.handler_id:
        found.add(Who.HANDLER)
    if user.pk == complaint.superior_id:
        found.add(Who.SUPERIOR)
    if max(complaint.level, Level.SUPERVISOR) <= rung < Level.REGION or (rung == complaint.level == Level.REGION):
        found.add(Who.ABOVE)
    if {Role.CALLER, Role.CARE_MANAGER} & set(roles):
        found.add(Who.DESK)
    if {MANAGERS[complaint.department], Role.GENERAL_MANAGER} & set(roles):
        found.add(Who.MANAGER)
    if Role.REGIONAL in roles:
        found.add(Who.REGION)
    return frozenset(found)


def roles_of(user, store) -> frozenset[str]:
    access = accesses(user).get(store) if user is not None else None
    return access.roles if access else frozenset()


def _sent(complaint: Complaint, token: str, by):
    return Entry.objects.filter(token=token, complaint=complaint, by=by)


def is_done(complaint: Complaint, token: str, by) -> bool:
    """Whether this very form has been carried out: of the same form sent twice at once, the second is refused by what the first did."""
    return _sent(complaint, token, by).exists()


@dataclass
class Turn:
    """One person's one act: checked when it begins, written by done()."""

    given: Complaint
    act: str
    by: User
    seen: int | None = None
    token: str | None = None
    now: datetime = field(default_factory=clock.now)

    def __post_init__(self):
        self.repeated = _sent(self.given, self.token, self.by).first() if self.token else None
        if self.repeated:
            return
        rows = Complaint.objects.select_related("store", "customer", "vehicle", "handler", "superior", "against")
        self.complaint = rows.get(pk=self.given.pk)
        if self.seen is not None and self.complaint.version != self.seen:
            raise Changed
        self.who = parties(self.complaint, self.by, roles_of(self.by, self.complaint.store))
        if not may_do(self.complaint, self.act, self.who):
            raise NotAllowed
        self.rules = StoreRules(self.complaint.store)
        self.to = following(self.complaint.status, self.act)

    def done(self, kind: str, *, status: str | None = None, changes: dict | None = None, **entry) -> Entry:
        """Moves the complaint and writes the line."""
        complaint = self.complaint
        move(complaint, **({"status": status or self.to} | (changes or {})))
        line = write(complaint, kind, self.now, by=self.by, token=self.token or None, **entry)
        audit.record(f"complaint.{kind}", by=self.by, store=complaint.store, subject=complaint, entry=line.pk, status=complaint.status)
        return line


def may_do(complaint: Complaint, act: str, who) -> bool:
    """As the table says; and nothing that there is no call for."""
    return may(complaint.status, act, who) and _is_called_for(complaint, act, who)


def _is_called_for(complaint: Complaint, act: str, who) -> bool:
    """The region decides only what was asked, a first reply is given once, and nobody takes over what is theirs; but whoever handles it
    and owes the instruction as well does with that what they owe."""
    match act:
        case Act.APPROVE:
            return complaint.approval == Approval.ASKED
        case Act.FIRST_REPLY:
            return complaint.clocks.running().filter(kind=ClockKind.FIRST_REPLY).exists()
        case Act.TAKE_OVER:
            return Who.HANDLER not in who or Who.SUPERIOR in who
    return True


def acts_for(complaint: Complaint, who) -> list[str]:
    """The buttons of the page, in the order of the table."""
    return [act for act in TABLE if may_do(complaint, act, who)]
