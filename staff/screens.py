"""Screens that show something without anybody signed in, a television in the lounge (docs/adr/0021). On a tablet customers answer as well: it
is paired instead (csi.counter).

A screen's key stands in its address: a random word, signed. A room shows it with its own URL, and asks of_key() in its view.
"""

from datetime import timedelta

from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.db.models import Q

from core import audit, clock
from staff.models import Screen, Store

_signer = Signer(salt="staff.screens", sep=".")
SEEN_EVERY = timedelta(minutes=1)


@transaction.atomic
def make(*, store: Store, name: str, by) -> Screen:
    """Raises ValidationError."""
    screen = Screen(store=store, name=name.strip(), made_by=by)
    screen.full_clean()
    screen.save()
    audit.record("screen.made", by=by, store=store, subject=screen)
    return screen


@transaction.atomic
def withdraw(*, screen: Screen, by) -> bool:
    """From now on its address opens nothing; False if that was so already."""
    if not Screen.objects.filter(pk=screen.pk, withdrawn_at=None).update(withdrawn_at=clock.now()):
        return False
    audit.record("screen.withdrawn", by=by, store=screen.store, subject=screen)
    return True


def key_of(screen: Screen) -> str:
    """What stands in the screen's address; it can be shown again, but not made from the database alone."""
    return _signer.sign(screen.word)


def of_key(key: str) -> Screen | None:
    """The screen with that key; None when it is forged or withdrawn. Notes that it has asked."""
    try:
        word = _signer.unsign(key)
    except BadSignature:
        return None
    screen = Screen.objects.select_related("store").filter(word=word, withdrawn_at=None).first()
    if screen:
        now = clock.now()
        if screen.last_seen_at is None or screen.last_seen_at <= now - SEEN_EVERY:
            long_ago = Q(last_seen_at=None) | Q(last_seen_at__lte=now - SEEN_EVERY)
            Screen.objects.filter(long_ago, pk=screen.pk).update(last_seen_at=now)
    return screen
