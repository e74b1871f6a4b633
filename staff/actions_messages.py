"""What managers do about messages that leave the house: the group's robot, and what was not delivered."""

import uuid

from django.db import transaction

from core import audit, clock, outbox
from core.delivery import TEST
from core.models import Webhook
from core.tasks import deliver, hint
from staff.models import Store


@transaction.atomic
def set_webhook(*, store: Store, preset: str, url: str, secret: str, heading: str, kinds: list[str], by) -> Webhook:
    """url empty: address and, unless a new one is given, secret stay. The audit names what was changed, never what to."""
    known = Webhook.objects.filter(store_code=store.code).first()
    hook = known or Webhook(store_code=store.code)
    before = {field.name: getattr(hook, field.name) for field in Webhook._meta.concrete_fields}
    hook.preset, hook.heading, hook.kinds, hook.changed_at = preset, heading, kinds, clock.now()
    hook.url, hook.secret = (url, secret) if url else (hook.url, secret or hook.secret)
    hook.full_clean()
    hook.save()
    changed = sorted(
        name for name, value in before.items() if getattr(hook, name) != value and name not in ("id", "store_code", "changed_at")
    )
    audit.record("webhook.set", by=by, store=store, subject=hook, fields=changed)
    return hook


@transaction.atomic
def remove_webhook(*, store: Store, by) -> bool:
    """The group is told nothing any more, and its address is forgotten; False if there was none."""
    hook = Webhook.objects.filter(store_code=store.code).first()
    if hook is None:
        return False
    audit.record("webhook.removed", by=by, store=store, subject=hook)
    hook.delete()
    return True


@transaction.atomic
def send_test(*, store: Store, by) -> bool:
    """A message to the group, tried once; False where no robot is set. How it went stands in the outbox."""
    hook = Webhook.objects.filter(store_code=store.code).first()
    if hook is None:
        return False
    message = outbox.to_group(hook, occasion=f"webhook test {uuid.uuid4().hex}", stage="test", topic=TEST)
    message.save()
    audit.record("webhook.tested", by=by, store=store, subject=hook, outboxmessage=message.pk)
    transaction.on_commit(lambda: hint(deliver))
    return True


@transaction.atomic
def resend(*, store: Store, pk: int | None = None, by) -> int:
    """One message that was given up, or all of the store's; returns how many."""
    n = outbox.resend(store=store, pk=pk)
    if n:
        audit.record("messages.resent", by=by, store=store, subject=store, n=n, outboxmessage=pk)
        transaction.on_commit(lambda: hint(deliver))
    return n


@transaction.atomic
def put_away(*, store: Store, pk: int | None = None, by) -> int:
    """Not delivered, and left at that; returns how many."""
    n = outbox.put_away(store=store, pk=pk)
    if n:
        audit.record("messages.put_away", by=by, store=store, subject=store, n=n, outboxmessage=pk)
    return n
