"""Tablets on the counter: paired once by a manager, they show what a colleague puts on them, and lead nowhere else (domain §6)."""

import base64
from datetime import timedelta

from django.core import signing
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from core import audit, clock
from csi.actions import OwnOrder
from csi.models_invitations import CounterScreen, Invitation, new_key

PAIRING, COOKIE = "csi.counter.pairing", "csi.counter"
PAIRING_LASTS = timedelta(minutes=15)
SHOWN_FOR = timedelta(minutes=10)
MOST = 10  # screens of one store


class NoScreen(Exception):
    """Not a paired tablet, or one that was taken away."""


@transaction.atomic
def add_screen(*, store, name: str, by) -> CounterScreen:
    """Raises ValidationError."""
    if CounterScreen.objects.filter(store=store, removed_at=None).count() >= MOST:
        raise ValidationError({"name": _("There are ten screens already: remove one that is no longer used.")})
    screen = CounterScreen(store=store, name=name.strip(), made_by=by)
    screen.clean_fields(exclude={field.name for field in CounterScreen._meta.fields} - {"name"})
    screen.save()
    audit.record("screen.added", by=by, store=store, subject=screen)
    return screen


@transaction.atomic
def remove_screen(*, screen: CounterScreen, by) -> None:
    """Its tablet shows nothing from now on."""
    gone = {"removed_at": clock.now(), "key": new_key(), "shown": None, "shown_until": None}
    if CounterScreen.objects.filter(pk=screen.pk, removed_at=None).update(**gone):
        audit.record("screen.removed", by=by, store=screen.store, subject=screen)


def pairing_token(screen: CounterScreen) -> str:
    """For the address that the tablet opens once. Of no more use when it is paired, or after a quarter of an hour."""
    return signing.dumps([screen.key, clock.now().timestamp()], salt=PAIRING)


def of_pairing(token: str) -> CounterScreen:
    """Raises NoScreen."""
    try:
        key, made_at = signing.loads(token, salt=PAIRING)
    except (signing.BadSignature, ValueError):
        raise NoScreen from None
    if not 0 <= clock.now().timestamp() - made_at <= PAIRING_LASTS.total_seconds():
        raise NoScreen
    return _screen(key=key, paired_at=None)


def _next_key(key: str, word: str) -> str:
    """Of the paired screen: the same for the same form, sent twice by a double tap, and nobody's to guess."""
    digest = salted_hmac(PAIRING, f"{key} {word}", algorithm="sha256").digest()[:16]
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def paired_before(token: str, word: str) -> str:
    """The cookie of the tablet that has been paired by this very form. Raises NoScreen, for any other."""
    try:
        key = _next_key(signing.loads(token, salt=PAIRING)[0], word)
    except (signing.BadSignature, ValueError):
        raise NoScreen from None
    if not word or not CounterScreen.objects.filter(key=key, removed_at=None).exists():
        raise NoScreen
    return signing.Signer(salt=COOKIE).sign(key)


@transaction.atomic
def pair(*, screen: CounterScreen, word: str = "") -> str:
    """What the tablet's cookie holds from now on. word: the form's own. Raises NoScreen, for the second tablet that comes with one address."""
    key = _next_key(screen.key, word or new_key())
    mine = CounterScreen.objects.filter(pk=screen.pk, key=screen.key, paired_at=None, removed_at=None)
    if not mine.update(key=key, paired_at=clock.now()):
        raise NoScreen
    audit.record("screen.paired", by=None, store=screen.store, subject=screen)
    return signing.Signer(salt=COOKIE).sign(key)


def of_cookie(text: str) -> CounterScreen:
    """Raises NoScreen."""
    try:
        key = signing.Signer(salt=COOKIE).unsign(text)
    except signing.BadSignature:
        raise NoScreen from None
    return _screen(key=key, paired_at__isnull=False)


def _screen(**which) -> CounterScreen:
    about = (
        "store",
        "shown__store",
        "shown__version__questionnaire",
        "shown__customer",
        "shown__vehicle",
        "shown__order",
        "shown__delivery",
        "shown__advisor",
    )
    found = CounterScreen.objects.filter(removed_at=None, **which).select_related(*about).first()
    if found is None:
        raise NoScreen
    return found


def screens(store):
    return CounterScreen.objects.filter(store=store, removed_at=None).order_by("name", "pk")


@transaction.atomic
def show(*, screen: CounterScreen, invitation: Invitation, by) -> None:
    """Puts the questions about one visit on the tablet. Raises OwnOrder: whoever is rated has no hand in it (domain §4)."""
    if invitation.advisor_id is not None and invitation.advisor_id == by.pk:
        raise OwnOrder
    mine = CounterScreen.objects.filter(pk=screen.pk, store=invitation.store_id, removed_at=None)
    if mine.update(shown=invitation, shown_until=clock.now() + SHOWN_FOR):
        audit.record("screen.shown", by=by, store=screen.store, subject=screen, invitation=invitation.pk)


def shown(screen: CounterScreen) -> Invitation | None:
    """What the tablet is to show now; the caller asks whether it has been answered."""
    return screen.shown if screen.shown_id and screen.shown_until > clock.now() else None


def clear(*, screen: CounterScreen, invitation: Invitation | None) -> None:
    """Neutral again, unless a colleague has put the next visit on it meanwhile."""
    CounterScreen.objects.filter(pk=screen.pk, shown=invitation).update(shown=None, shown_until=None)
