"""Messages to people: promised in the transaction of their cause, delivered by the sweep, unique by occasion."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import F, Min

from core import clock
from core.models import OutboxMessage

BATCH = 500


def notify(*, store, user, occasion: str, stage: str, topic: str, path: str = "", **params) -> None:
    """Owes `user` one in-app message about `occasion`; a second call for the same stage changes nothing."""
    owe([message(store=store, user=user, occasion=occasion, stage=stage, topic=topic, path=path, **params)])


def message(*, store, user, occasion: str, stage: str, topic: str, path: str = "", **params) -> OutboxMessage:
    """An in-app message that is not owed yet.

    topic: a key of core.topics.TOPICS, rendered in the reader's language when read. params: no names, no phones.
    """
    return OutboxMessage(
        store_code=store.code, user=user, recipient=f"user {user.pk}", occasion=occasion, stage=stage, topic=topic, path=path, params=params
    )


def owe(messages: Iterable[OutboxMessage]) -> None:
    """Those that are owed already, by recipient, occasion and stage, stay as they are."""
    OutboxMessage.objects.bulk_create(messages, ignore_conflicts=True)


def owe_letter(*, store, customer_id: int, occasion: str, topic: str, **params) -> None:
    """A text message or letter to a customer: waits on the letters list until a person has sent it."""
    message = OutboxMessage(
        store_code=store.code,
        recipient=f"customer {customer_id}",
        occasion=occasion,
        stage="letter",
        topic=topic,
        channel=OutboxMessage.Channel.LETTER,
        params=params,
    )
    OutboxMessage.objects.bulk_create([message], ignore_conflicts=True)


def due(now):
    """Messages that the sweep has yet to deliver."""
    return OutboxMessage.objects.filter(status=OutboxMessage.Status.PENDING, channel=OutboxMessage.Channel.IN_APP, next_at__lte=now)


def send_due(now) -> int:
    """Delivers what is due in the application. Rights are checked at delivery: whoever has left gets nothing any more."""
    batch = due(now).order_by("next_at", "pk").values_list("pk", "user__is_active")[:BATCH]
    here: dict[bool, list[int]] = {True: [], False: []}
    for pk, is_active in batch:
        here[bool(is_active)].append(pk)
    pending = OutboxMessage.objects.filter(status=OutboxMessage.Status.PENDING)
    gone = {"status": OutboxMessage.Status.DEAD, "error": "recipient is no longer active"}
    pending.filter(pk__in=here[False]).update(**gone, attempts=F("attempts") + 1)
    return pending.filter(pk__in=here[True]).update(status=OutboxMessage.Status.SENT, sent_at=now, attempts=F("attempts") + 1)


def mark_read(*, user, pk: int | None = None) -> int:
    """Marks one message of this user's, or all of them, as read; returns how many were unread."""
    unread = OutboxMessage.objects.unread_by(user)
    if pk is not None:
        unread = unread.filter(pk=pk)
    return unread.update(read_at=clock.now())


def oldest_due(now) -> datetime | None:
    """Since when the oldest message that the sweep has yet to deliver is due."""
    return due(now).aggregate(at=Min("next_at"))["at"]


def mark_letter_sent(*, pk: int, store, by) -> bool:
    """A person says that the letter went out; False if somebody had already said so."""
    return bool(
        OutboxMessage.objects.filter(
            pk=pk, store_code=store.code, channel=OutboxMessage.Channel.LETTER, status=OutboxMessage.Status.PENDING
        ).update(status=OutboxMessage.Status.SENT, sent_at=clock.now(), sent_by=by)
    )
