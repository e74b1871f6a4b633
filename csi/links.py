"""The address that a customer opens: a random key and its store, signed. It tells nothing, and none can be made up."""

import re

from django.conf import settings
from django.core import signing
from django.urls import reverse

from csi.models_invitations import Invitation

SALT = "csi.links"
LONGEST = 200
_VALUE = re.compile(r"[0-9]{1,18}\.[A-Za-z0-9_-]{22}\Z", re.ASCII)


class NoLink(Exception):
    """Not a link of ours: made up, cut off, altered, or of an invitation that is gone."""


def token(invitation: Invitation) -> str:
    return signing.Signer(salt=SALT).sign(f"{invitation.store_id}.{invitation.key}")


def read(text: str) -> tuple[int, str]:
    """(store's pk, key). Costs no query. Raises NoLink."""
    try:
        value = signing.Signer(salt=SALT).unsign(text) if len(text) <= LONGEST else ""
    except signing.BadSignature:
        raise NoLink from None
    if not _VALUE.match(value):
        raise NoLink
    store, key = value.split(".")
    return int(store), key


def find(text: str, *related: str) -> Invitation:
    """Whatever has become of it, with its store, and what `related` names. One query. Raises NoLink."""
    store, key = read(text)
    found = Invitation.objects.select_related("store", *related).filter(key=key, store=store).order_by().first()
    if found is None:
        raise NoLink
    return found


def path(invitation: Invitation) -> str:
    return reverse("csi:survey", args=[token(invitation)])


def address(invitation: Invitation, request=None, *, scanned: bool = False) -> str:
    """The whole address: below SITE_URL, else below the one by which this page was asked for. scanned: of the printed code."""
    here = path(invitation) + ("?qr=1" if scanned else "")
    if settings.SITE_URL:
        return settings.SITE_URL + here
    return request.build_absolute_uri(here) if request else here
