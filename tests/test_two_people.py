"""Two people edit one record: the second is told who was first and when, finds everything typed still in the form, and can save again.

Walks the edits of tests/posts.py: every address there of that kind.
"""

import pytest
from django.urls import reverse

from staff.actions import create_user
from staff.models import Membership
from staff.roles import SIGN_IN
from tests.browsing import form_to
from tests.posts import POSTS, Post, typed_by
from tests.samples import ARGUMENTS, World

pytestmark = [pytest.mark.django_db, pytest.mark.page]
EDITS = [(name, post) for name, posts in POSTS.items() for post in posts if post.kind == "edit"]


class Person:
    def __init__(self, client, world: World, name: str):
        self.client, self.world = client, world
        roles = [role for role in SIGN_IN if role != "regional"]
        self.user = create_user(username=name, name=name, store=world.store, role=roles[0])
        Membership.objects.bulk_create(Membership(user=self.user, store=world.store, role=role) for role in roles[1:])
        client.force_login(self.user, backend="django.contrib.auth.backends.ModelBackend")

    def form(self, html: str, post: Post, url: str, page: str, typed: dict) -> dict:
        form = form_to(html, url, page, post.having, typed)
        assert form is not None, f"no form to {url}"
        return form

    def fills_in(self, post: Post, url: str, page: str, typed) -> dict:
        filled = typed_by(typed, self.world, self.user)
        return {**self.form(self.client.get(page).content.decode(), post, url, page, filled), **filled}


@pytest.fixture
def two(client, store, settings):
    from django.test import Client

    world = World(store, create_user(username="owner", name="李四", store=store, role="advisor"))
    return Person(client, world, "先来的人"), Person(Client(), world, "后来的人")


def addresses(post: Post, name: str, world: World, user) -> tuple[str, str]:
    """(where it is sent, where its form stands)."""
    arguments = ARGUMENTS.get(name, {})
    arguments = post.before(world, user) or (arguments(world, user) if callable(arguments) else arguments)
    url = reverse(name, kwargs=arguments)
    page = post.page(world, user) if callable(post.page) else post.page
    return url, page or url


def edited_by_both(two, name: str, post: Post):
    """(the second's answer, where it was sent, where the form stood)."""
    first, second = two
    url, page = addresses(post, name, first.world, first.user)
    sent = [person.fills_in(post, url, page, typed) for person, typed in ((first, post.typed), (second, post.other))]
    assert first.client.post(url, sent[0]).status_code == 302
    return second.client.post(url, sent[1]), url, page


@pytest.mark.parametrize(("name", "post"), EDITS, ids=[name for name, _post in EDITS])
def test_the_second_is_told_who_was_first_and_loses_nothing(two, name, post):
    answer, url, page = edited_by_both(two, name, post)
    html = answer.content.decode()
    assert answer.status_code in (200, 422), "the second overwrote the first"
    assert "先来的人" in html, "who was first"
    second = two[1]
    typed = typed_by(post.other, second.world, second.user)
    again = second.form(html, post, url, page, typed)
    lost = {key: value for key, value in typed.items() if key in again and again[key] != [value]}
    assert lost == {}
    assert second.client.post(url, {**again, **{key: value for key, value in typed.items() if key not in again}}).status_code == 302


def test_with_the_guard_taken_out_the_second_overwrites(two, monkeypatch):
    from core.forms import ShownMixin

    monkeypatch.setattr(ShownMixin, "watch", lambda form, record, state=None: None)
    post = POSTS["staff:store"][0]
    answer, _url, _page = edited_by_both(two, "staff:store", post)
    assert answer.status_code == 302
