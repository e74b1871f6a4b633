"""Who may open what: every address × every role × two stores, against the table in staff/roles.py.

An address without a rule, or with arguments that tests/samples.py does not know, fails.
"""

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, path, reverse
from django.views.decorators.http import require_POST

from staff.access import requires
from staff.actions import create_store, create_user
from staff.models import Membership
from staff.roles import ABILITIES, SIGN_IN
from tests.samples import ARGUMENTS, QUERIES, World

pytestmark = [pytest.mark.django_db, pytest.mark.page]
# A tablet on the counter is known by its own cookie: whoever comes without one is told so, staff or stranger.
ON_THE_COUNTER = {"csi:counter", "csi:counter_state", "csi:counter_leave", "csi:counter_thanks"}
PUBLIC = {
    "core:healthz", "core:metrics", "staff:login", "staff:logout", "staff:language", "complaints:public", "complaints:thanks",
    "csi:survey", "csi:survey_draft", "csi:survey_thanks", "csi:counter_pair", "lounge:on_screen", *ON_THE_COUNTER,
}  # fmt: skip
# A role with the ability may still find nothing, because the record is another person's own or of a department not its own.
OWN_RECORDS = {
    "desk:inbox_read", "followups:call", "followups:claim", "followups:release", "followups:leave", "followups:beat",
    "complaints:complaint", "complaints:print", "complaints:add_file", "complaints:file", "complaints:act", "complaints:reveal_number", "complaints:reveal_contact", "complaints:suggestion", "complaints:suggestion_act", "complaints:suggestion_reveal_contact", "complaints:suggestion_file", "followups:draft", "followups:add_contact", "followups:reveal", "reports:response",
    "reports:plan", "reports:plan_review", "reports:plan_end", "lounge:prospect_seen_to", "lounge:swap",
}  # fmt: skip
# Records that all stores share.
SHARED = {
    "csi:draft_start", "csi:version", "csi:version_publish", "csi:draft_discard", "csi:preview", "csi:question_add", "csi:question",
    "csi:question_act", "followups:questionnaire",
}  # fmt: skip
OPENED = {200, 302, 405}


def addresses(patterns=None, namespace: str = "") -> dict[str, object]:
    """'app:name' -> view, for the whole URLconf."""
    found = {}
    for entry in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(entry, URLResolver):
            found |= addresses(entry.url_patterns, f"{namespace}{entry.namespace}:" if entry.namespace else namespace)
        elif isinstance(entry, URLPattern):
            found[f"{namespace}{entry.name or entry.pattern}"] = entry.callback
    return found


def without_rule(views: dict[str, object]) -> list[str]:
    """Neither public by name and by decorator, nor with an ability of the table."""
    return [
        name
        for name, view in views.items()
        if (getattr(view, "login_required", True) is False) != (name in PUBLIC)
        or (name not in PUBLIC and getattr(view, "ability", None) not in ABILITIES)
    ]


ADDRESSES = addresses()
GUARDED = {name: view.ability for name, view in ADDRESSES.items() if name not in PUBLIC and getattr(view, "ability", None) in ABILITIES}


@pytest.fixture
def world(store):
    owner = create_user(username="owner", name="李四", store=store, role="advisor")
    return World(store, owner)


@pytest.fixture
def visitor(client, store):
    """visitor('caller', 'sales', …) -> the test client of somebody of the store with these roles."""

    def make(*roles: str, at=store):
        user = create_user(username="visitor", name="王五", store=at, role=roles[0], password="pass-word-1")
        for role in roles[1:]:
            Membership.objects.create(user=user, store=at, role=role)
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        client.user = user
        return client

    return make


def url_of(name: str, world: World, user) -> str:
    arguments = ARGUMENTS.get(name, {})
    url = reverse(name, kwargs=arguments(world, user) if callable(arguments) else arguments)
    return f"{url}?{QUERIES[name]}" if name in QUERIES else url


def test_every_address_has_a_rule():
    assert without_rule(ADDRESSES) == []


def test_an_address_without_a_rule_is_found():
    @require_POST
    @requires("work")
    def guarded(request): ...

    patterns = [path("a/", lambda request: None, name="forgotten"), path("b/", guarded, name="guarded")]
    assert without_rule(addresses(patterns)) == ["forgotten"]


def test_every_address_with_arguments_has_a_sample(world):
    unknown = [name for name in ARGUMENTS if name not in ADDRESSES]
    assert unknown == [], "tests/samples.py names addresses that are no more"
    for name in GUARDED:
        url_of(name, world, world.owner)


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_public_addresses_ask_nobody_to_sign_in(client, world, name):
    assert client.get(url_of(name, world, None)).status_code in ({403, 405} if name in ON_THE_COUNTER else {200, 405})


def test_everything_else_asks_a_stranger_to_sign_in(client, world):
    login = reverse("staff:login")
    for name in GUARDED:
        answer = client.get(url_of(name, world, world.owner))
        assert answer.status_code == 302 and answer["Location"].startswith(login), name


@pytest.mark.parametrize("role", SIGN_IN)
def test_a_role_opens_exactly_what_its_abilities_allow(visitor, world, role):
    client = visitor(role)
    client.raise_request_exception = False
    wrong = {}
    for name, ability in GUARDED.items():
        url = url_of(name, world, client.user)
        answer = client.get(url)
        status = answer.status_code
        if status == 500:
            wrong[name] = f"{type(answer.exc_info[1]).__name__}: {answer.exc_info[1]}"[:300]
            continue
        if role in ABILITIES[ability]:
            allowed = OPENED | {404} if name in OWN_RECORDS else OPENED
            if status not in allowed:
                wrong[name] = f"{status} though {role} has {ability}"
            continue
        if status == 405:
            status = client.post(url).status_code
        if status != 403:
            wrong[name] = f"{status} though {role} lacks {ability}"
    assert wrong == {}


def test_with_the_guard_taken_out_the_matrix_would_fail(visitor, world, monkeypatch):
    from staff.models import Access

    monkeypatch.setattr(Access, "can", lambda self, ability: True)
    client = visitor("sales")
    assert client.get(reverse("staff:people")).status_code == 200


def test_every_address_of_own_records_opens_for_somebody(visitor, world):
    client = visitor("caller", "care_manager", "general_manager")
    closed = [name for name in OWN_RECORDS if client.get(url_of(name, world, client.user)).status_code not in OPENED]
    assert closed == []


def test_the_records_of_another_store_are_not_there(visitor, world):
    """Whatever somebody may do in their own store, another store's record is the 404 of a missing one."""
    other = create_store(code="S2", name="另一店")
    client = visitor(*[role for role in SIGN_IN if role != "regional"], at=other)
    wrong = {}
    for name in GUARDED:
        if name in SHARED or not callable(ARGUMENTS.get(name)):
            continue
        url = url_of(name, world, world.owner)
        status = client.get(url).status_code
        if status == 405:
            status = client.post(url).status_code
        if status != 404:
            wrong[name] = status
    assert wrong == {}
