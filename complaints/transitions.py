"""What may be done with a complaint, in which state, by whom: one table, asked by the buttons and by the action (design, rule 5)."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from complaints.kinds import Status


class Act(TextChoices):
    SIGN = "sign", _("Sign for receipt")
    FIRST_REPLY = "first_reply", _("Record the first reply")
    REPLY = "reply", _("Record a reply")
    RESOLVE = "resolve", _("Resolve")
    WAIT = "wait", _("Wait for the customer")
    RESUME = "resume", _("Go on")
    INSTRUCT = "instruct", _("Instruct")
    TAKE_OVER = "take_over", _("Take over")
    ESCALATE = "escalate", _("Raise one level")
    FORWARD = "forward", _("Forward to the region")
    ASK = "ask", _("Ask for approval of a compensation")
    APPROVE = "approve", _("Decide on the compensation")
    REVISIT = "revisit", _("Record the revisit")
    CLOSE = "close", _("Sign off and close")
    NOTE = "note", _("Add a note")
    EVIDENCE = "evidence", _("Add a file")


class Who(TextChoices):
    """What a person is to a complaint; the machine is SWEEP. The person complained about is nobody here (当事人回避)."""

    HANDLER = "handler"
    SUPERIOR = "superior"  # to whom it was raised, and who owes the instruction
    ABOVE = "above"  # on a rung at or above the complaint's level in the department's ladder
    DESK = "desk"  # the callers and the customer manager
    REGION = "region"
    MANAGER = "manager"  # the department's manager, the general manager
    READER = "reader"  # may see it


@dataclass(frozen=True)
class Rule:
    """to: the state that follows, by the state before; a state not named does not allow the act. who: any of them may."""

    to: dict[str, str]
    who: frozenset[str]


S = Status
UNSIGNED = {S.RECEIVED, S.REOPENED}
WORKED_ON = {S.ACKNOWLEDGED, S.IN_HAND, S.FORWARDED}
UNSOLVED = UNSIGNED | WORKED_ON | {S.WAITING}
OPEN = UNSOLVED | {S.RESOLVED, S.REVISITED}
EVERY = frozenset(S)


def _stays(states: Collection[str]) -> dict[str, str]:
    return {state: state for state in states}


def _to(state: str, states: Collection[str]) -> dict[str, str]:
    return dict.fromkeys(states, state)


RESPONSIBLE = frozenset({Who.HANDLER, Who.SUPERIOR, Who.ABOVE})

TABLE: dict[str, Rule] = {
    Act.SIGN: Rule(_to(S.ACKNOWLEDGED, UNSIGNED), frozenset({Who.HANDLER})),
    Act.FIRST_REPLY: Rule(_stays(UNSOLVED - {S.WAITING}), frozenset({Who.DESK})),
    Act.REPLY: Rule(_to(S.IN_HAND, UNSOLVED - {S.WAITING}), RESPONSIBLE),
    Act.RESOLVE: Rule(_to(S.RESOLVED, UNSOLVED), RESPONSIBLE),
    Act.WAIT: Rule(_to(S.WAITING, WORKED_ON), RESPONSIBLE),
    Act.RESUME: Rule(_to(S.IN_HAND, {S.WAITING}), RESPONSIBLE | {Who.DESK}),
    # Whoever instructs leaves the work with the handler, or hands it to somebody; taking over makes it one's own.
    Act.INSTRUCT: Rule(_stays(UNSOLVED - {S.FORWARDED} | {S.RESOLVED}) | {S.FORWARDED: S.IN_HAND}, frozenset({Who.SUPERIOR, Who.ABOVE})),
    Act.TAKE_OVER: Rule(
        _to(S.ACKNOWLEDGED, UNSIGNED) | _stays(WORKED_ON - {S.FORWARDED} | {S.WAITING, S.RESOLVED}) | {S.FORWARDED: S.IN_HAND},
        frozenset({Who.SUPERIOR, Who.ABOVE}),
    ),
    Act.ESCALATE: Rule(_stays(UNSOLVED - {S.WAITING}), frozenset({Who.HANDLER})),
    Act.FORWARD: Rule(_to(S.FORWARDED, UNSOLVED - {S.FORWARDED}), frozenset({Who.MANAGER})),
    Act.ASK: Rule(_stays(UNSOLVED), RESPONSIBLE),
    Act.APPROVE: Rule(_stays(UNSOLVED), frozenset({Who.REGION})),
    Act.REVISIT: Rule(_to(S.CLOSED, {S.RESOLVED}), frozenset({Who.DESK})),  # or reopened, or to be signed off: see outcome()
    Act.CLOSE: Rule(_to(S.CLOSED, {S.REVISITED}), frozenset({Who.MANAGER})),
    Act.NOTE: Rule(_stays(EVERY), frozenset({Who.READER})),
    Act.EVIDENCE: Rule(_stays(OPEN), frozenset({Who.READER})),
}


def following(status: str, act: str) -> str | None:
    """The state after `act`; None where the state does not allow it."""
    return TABLE[act].to.get(status)


def may(status: str, act: str, who: Collection[str]) -> bool:
    return following(status, act) is not None and not TABLE[act].who.isdisjoint(who)


def acts(status: str, who: Collection[str]) -> list[Act]:
    """What somebody may do now, in the order of the table: the buttons of the page."""
    return [act for act in Act if may(status, act, who)]


def after_revisit(*, is_satisfied: bool, needs_signature: bool) -> str:
    """The customer's answer decides. Major complaints are signed off by the department's manager (S3 2.3, 重大投诉)."""
    if not is_satisfied:
        return Status.REOPENED
    return Status.REVISITED if needs_signature else Status.CLOSED
