"""The address of a survey: nothing but what was signed opens anything, and it tells nothing (domain §6)."""

import re
from datetime import timedelta

import pytest
from django.core import signing
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from csi import invitations, links, questionnaires
from csi.models import Invitation
from customers.actions import create_customer
from staff.actions import create_store

pytestmark = pytest.mark.django_db
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.:=/%?& 。\x00"


@pytest.fixture
def invitation(store) -> Invitation:
    customer = create_customer(store=store, name="张三", phones=["13812345678"], by=None)
    version = questionnaires.current("service-callback")
    return invitations.invite(store=store, version=version, occasion="followup 12", customer=customer)


def test_a_link_is_found_again_and_holds_neither_names_nor_numbers_of_records(invitation):
    token = links.token(invitation)
    assert links.find(token) == invitation
    store, key, *signature = re.split("[.:]", token)
    assert (int(store), key, len(signature)) == (invitation.store_id, invitation.key, 1)
    assert len(key) == 22 and "张" not in token and "12345678" not in token and links.path(invitation) == f"/s/{token}/"


@pytest.mark.parametrize("made_up", [
    "", "x", ":", ".:", "1.x:y", "1", "1." + "A" * 22, "1." + "A" * 22 + ":", "1." + "A" * 22 + ":" + "B" * 43, "A" * 5000, "张三", "\x00",
    "../../etc/passwd", "1' OR '1'='1", "0" * 199,
])  # fmt: skip
def test_what_is_made_up_opens_nothing(invitation, made_up):
    with pytest.raises(links.NoLink):
        links.find(made_up)


def test_another_purposes_signature_opens_nothing(invitation):
    value = f"{invitation.store_id}.{invitation.key}"
    for salt in ("csi.counter", "complaints.public.stamp", "django.core.signing"):
        with pytest.raises(links.NoLink):
            links.find(signing.Signer(salt=salt).sign(value))
    with pytest.raises(links.NoLink):
        links.find(signing.TimestampSigner(salt=links.SALT).sign(value))


def test_another_stores_key_opens_nothing_even_if_it_were_signed(invitation):
    other = create_store(code="S2", name="另一店")
    with pytest.raises(links.NoLink):
        links.find(signing.Signer(salt=links.SALT).sign(f"{other.pk}.{invitation.key}"))


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_altered_link_ever_opens_anything(invitation, data):
    token = links.token(invitation)
    place = data.draw(st.integers(0, len(token) - 1))
    kind = data.draw(st.sampled_from(["change", "insert", "drop", "cut", "swap case", "append"]))
    letter = data.draw(st.sampled_from(LETTERS))
    altered = {
        "change": token[:place] + letter + token[place + 1 :],
        "insert": token[:place] + letter + token[place:],
        "drop": token[:place] + token[place + 1 :],
        "cut": token[:place],
        "swap case": token[:place] + token[place:].swapcase(),
        "append": token + letter,
    }[kind]
    if altered == token:
        return
    with pytest.raises(links.NoLink):
        links.find(altered)


@given(st.text(max_size=120))
def test_nothing_that_somebody_types_opens_anything(text):
    with pytest.raises(links.NoLink):
        links.read(text)


def test_a_new_link_replaces_one_that_has_run_out_and_the_old_address_is_dead(invitation, time_machine):
    before = links.token(invitation)
    assert (
        invitations.invite(store=invitation.store, version=invitation.version, occasion="followup 12", customer=invitation.customer)
        == invitation
    )
    assert links.token(Invitation.objects.get()) == before
    time_machine.move_to(invitation.expires_at + timedelta(minutes=1))
    again = invitations.invite(store=invitation.store, version=invitation.version, occasion="followup 12", customer=invitation.customer)
    assert again.pk == invitation.pk and links.token(again) != before
    with pytest.raises(links.NoLink):
        links.find(before)
