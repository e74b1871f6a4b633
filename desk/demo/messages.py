"""The inbox and the letters: what the sweep and the calls would have left there."""

from datetime import datetime, timedelta

from core.models import OutboxMessage
from desk.demo.calls import Desk
from followups.models import FollowUp
from followups.planning import Plan
from staff.models import User
from staff.roles import SIGN_IN, Role

LATE_SHOWN = 12
LETTERS_WAITING = 4
UNDELIVERED = 2


def letters(desk: Desk) -> list[OutboxMessage]:
    """One for each customer who could not be reached; the latest still wait to be sent."""
    rows = []
    unreachable = sorted(desk.unreachable, key=lambda owed: owed.followup.closed_at)
    for n, owed in enumerate(reversed(unreachable)):
        at = owed.followup.closed_at
        row = OutboxMessage(
            store_code=desk.store.code,
            occasion=f"attempt {owed.attempts[-1].pk}",
            stage="letter",
            recipient=f"customer {owed.customer.pk}",
            channel=OutboxMessage.Channel.LETTER,
            topic="unreachable",
            params={"plans": [owed.followup.plan]},
            created_at=at,
            next_at=at,
        )
        if n >= LETTERS_WAITING:
            row.status, row.sent_at, row.sent_by = (
                OutboxMessage.Status.SENT,
                min(at + timedelta(days=1), desk.now),
                desk.people.account(Role.CALLER),
            )
        rows.append(row)
    return rows


def unread(desk: Desk) -> list[OutboxMessage]:
    """A welcome for everybody; for the people concerned what is owed and what is late."""
    rows = [
        _message(desk, desk.people.account(role), f"store {desk.store.pk}", "welcome", "demo_welcome", "/", desk.now - timedelta(hours=1))
        for role in SIGN_IN
    ]
    still_open = [owed.followup for level in desk.levels for owed in level if owed.followup.status == FollowUp.Status.OPEN]
    late = sorted((row for row in still_open if row.breached_at and row.first_dialled_at is None), key=lambda row: row.due_at)
    for followup in still_open:
        if followup.plan == Plan.RECOVERY:
            rows.append(_about(desk, followup, followup.assignee, "opened", "recovery_owed", followup.started_at))
    for followup in late[-LATE_SHOWN:]:
        is_recovery = followup.plan == Plan.RECOVERY
        role, topic = (Role.SUPERVISOR, "recovery_late") if is_recovery else (Role.CARE_MANAGER, "followup_late")
        rows.append(_about(desk, followup, desk.people.account(role), "breached", topic, followup.breached_at))
    return sorted(rows, key=lambda row: row.sent_at)


def _about(desk: Desk, followup: FollowUp, user: User, stage: str, topic: str, at: datetime) -> OutboxMessage:
    facts = {"plan": followup.plan, "due": f"{followup.due_at.astimezone(desk.store.tz):%m-%d %H:%M}"}
    return _message(desk, user, f"followup {followup.pk}", stage, topic, f"/calls/{followup.sheet.pk}/", at, **facts)


def _message(desk: Desk, user: User, occasion: str, stage: str, topic: str, path: str, at: datetime, **params) -> OutboxMessage:
    """An unread message, as the sweep would have delivered it."""
    return OutboxMessage(
        store_code=desk.store.code,
        user=user,
        recipient=f"user {user.pk}",
        occasion=occasion,
        stage=stage,
        topic=topic,
        path=path,
        params=params,
        status=OutboxMessage.Status.SENT,
        attempts=1,
        created_at=at,
        next_at=at,
        sent_at=at,
    )


def undelivered(told: list[OutboxMessage]) -> list[OutboxMessage]:
    """Of what was told about late calls the latest was to leave the house too: for the group, whose robot has been switched off since,
    and for a manager without an e-mail address."""
    late = [message for message in told if message.topic == "followup_late"][-UNDELIVERED:]
    group = [_given_up(m, OutboxMessage.Channel.WEBHOOK, recipient=f"store {m.store_code}", user=None, error="off") for m in late]
    return group + [_given_up(m, OutboxMessage.Channel.EMAIL, recipient=m.recipient, user=m.user, error="gone") for m in late[-1:]]


def _given_up(message: OutboxMessage, channel: str, **changes) -> OutboxMessage:
    same = {
        name: getattr(message, name) for name in ("store_code", "occasion", "stage", "topic", "path", "params", "created_at", "next_at")
    }
    return OutboxMessage(**same, channel=channel, status=OutboxMessage.Status.DEAD, attempts=1, **changes)
