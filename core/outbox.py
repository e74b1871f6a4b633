"""Messages to people: promised in the transaction of their cause, delivered by the sweep, unique by occasion.

What is delivered in the application is owed on the channels that lead out of the house as well, where one is configured; those are sent
by core.delivery.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

from django.conf import settings
from django.db.models import F, Min

from core import clock, topics
from core.models import OutboxMessage, Webhook

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


def letter(*, store, customer_id: int, occasion: str, topic: str, **params) -> OutboxMessage:
    """A text message or letter to a customer, not owed yet: it will wait on the letters list until a person has sent it."""
    return OutboxMessage(
        store_code=store.code,
        recipient=f"customer {customer_id}",
        occasion=occasion,
        stage="letter",
        topic=topic,
        channel=OutboxMessage.Channel.LETTER,
        params=params,
    )


def owe_letter(*, store, customer_id: int, occasion: str, topic: str, **params) -> None:
    owe([letter(store=store, customer_id=customer_id, occasion=occasion, topic=topic, **params)])


def due(now):
    """Messages that the sweep has yet to deliver."""
    return OutboxMessage.objects.filter(status=OutboxMessage.Status.PENDING, channel=OutboxMessage.Channel.IN_APP, next_at__lte=now)


def send_due(now) -> int:
    """Delivers what is due in the application. Rights are checked at delivery: whoever has left gets nothing any more."""
    here: list[OutboxMessage] = []
    gone: list[int] = []
    for message in due(now).select_related("user").order_by("next_at", "pk")[:BATCH]:
        if message.user and message.user.is_active:
            here.append(message)
        else:
            gone.append(message.pk)
    pending = OutboxMessage.objects.filter(status=OutboxMessage.Status.PENDING)
    pending.filter(pk__in=gone).update(status=OutboxMessage.Status.DEAD, error="gone", attempts=F("attempts") + 1)
    sent = pending.filter(pk__in=[message.pk for message in here]).update(
        status=OutboxMessage.Status.SENT, sent_at=now, attempts=F("attempts") + 1
    )
    owe(_further(here))
    return sent


def _further(messages: list[OutboxMessage]) -> Iterator[OutboxMessage]:
    """The same on other channels: by e-mail to whoever has an address, and once to the store's group, however many people are told."""
    hooks = {hook.store_code: hook for hook in Webhook.objects.filter(store_code__in={message.store_code for message in messages})}
    for message in messages:
        same = {name: getattr(message, name) for name in ("store_code", "occasion", "stage", "topic", "path", "params")}
        if settings.EMAIL_IS_ON and message.user.email:
            yield OutboxMessage(**same, user=message.user, recipient=message.recipient, channel=OutboxMessage.Channel.EMAIL)
        hook = hooks.get(message.store_code)
        if hook and topics.kind_of(message.topic) in hook.kinds:
            yield to_group(hook, **same)


def to_group(hook: Webhook, **facts) -> OutboxMessage:
    """A message to the store's group that is not owed yet. facts: as message() has them."""
    facts["store_code"] = hook.store_code
    return OutboxMessage(**facts, recipient=f"store {hook.store_code}", channel=OutboxMessage.Channel.WEBHOOK)


def resend(*, store, pk: int | None = None) -> int:
    """What was given up, one message or all of the store's, is due again from now on; returns how many."""
    again = {"status": OutboxMessage.Status.PENDING, "attempts": 0, "next_at": clock.now(), "error": ""}
    return _undelivered(store, pk).update(**again)


def put_away(*, store, pk: int | None = None) -> int:
    """Somebody has seen that it was not delivered and leaves it at that."""
    return _undelivered(store, pk).update(read_at=clock.now())


def _undelivered(store, pk: int | None):
    rows = OutboxMessage.objects.undelivered(store)
    return rows if pk is None else rows.filter(pk=pk)


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
