import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.models import AuditEvent
from staff import actions, people
from staff.models import Membership, Region, User
from staff.roles import Role

pytestmark = pytest.mark.page

URL = "/settings/people/"


@pytest.fixture
def manager(signed_in):
    client = signed_in("care_manager", name="赵经理")
    client.cookies["django_language"] = "en"
    return client


def post(client, act, user, /, **data):
    return client.post(reverse(f"staff:{act}", args=[user.pk]), data)


def test_people_stand_in_pinyin_order(manager, person):
    for name in ("曾志强", "李娜", "单小明"):
        person("advisor", name)
    shown = [row["person"].name for row in manager.get(URL).context["rows"]]
    assert shown == ["李娜", "单小明", "曾志强", "赵经理"]


def test_a_person_is_added_and_can_sign_in(manager, client, store):
    answer = {"name": "王丽", "role": "caller", "username": "wangli", "password": "kuai-8-ban-x"}
    response = manager.post(f"{URL}add/", answer)
    made = User.objects.get(username="wangli")
    assert response.url == reverse("staff:person", args=[made.pk])
    assert made.check_password("kuai-8-ban-x") and made.name_key == "wangli"
    assert Membership.objects.get(user=made).role == "caller"
    event = AuditEvent.objects.get(verb="user.created", subject=f"user {made.pk}")
    assert event.by == manager.user and "王丽" not in str(event.details)


def test_somebody_who_is_only_named_needs_no_sign_in(manager, store):
    manager.post(f"{URL}add/", {"name": "张师傅", "role": "technician", "username": "", "password": ""})
    made = User.objects.get(name="张师傅")
    assert not made.has_usable_password()
    assert "only named" in manager.get(URL).content.decode()


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"role": "king"},
        {"role": "regional"},
        {"password": "12345678"},
        {"password": ""},
        {"username": ""},
        {"username": "taken"},
    ],
)
def test_a_person_who_cannot_be_added_is_not(manager, person, store, wrong):
    User.objects.create_user("taken", name="x")
    before = User.objects.count()
    response = manager.post(f"{URL}add/", {"name": "王丽", "role": "caller", "username": "wangli", "password": "kuai-8-ban-x"} | wrong)
    assert response.status_code == 200 and "is-invalid" in response.content.decode()
    assert User.objects.count() == before


def test_a_role_is_given_and_taken(manager, person, store):
    user = person("advisor")
    post(manager, "role_give", user, role="supervisor")
    assert set(user.memberships.values_list("role", flat=True)) == {"advisor", "supervisor"}
    post(manager, "role_take", user, role="advisor")
    assert set(user.memberships.values_list("role", flat=True)) == {"supervisor"}
    assert list(
        AuditEvent.objects.filter(subject=f"user {user.pk}", verb__startswith="role").order_by("pk").values_list("verb", flat=True)
    ) == [
        "role.given",
        "role.taken",
    ]


def test_whoever_has_lost_the_last_role_is_shut_out(manager, person, client, store):
    user = person("caller")
    post(manager, "role_take", user, role="caller")
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get("/inbox/").status_code == 403


def test_whoever_has_lost_the_last_role_stays_listed_and_is_given_one_again(manager, person):
    user = person("caller", "周婷")
    assert post(manager, "role_take", user, role="caller").url == reverse("staff:person", args=[user.pk])
    assert "without a role" in manager.get(URL).content.decode()
    assert "No role: whoever has none" in manager.get(reverse("staff:person", args=[user.pk])).content.decode()
    post(manager, "role_give", user, role="advisor")
    assert user.memberships.get().role == "advisor"


def test_whoever_has_lost_the_last_role_here_and_works_elsewhere_stays_listed_and_is_given_one_again(manager, person):
    other = actions.create_store(code="S2", name="二店")
    moved = person("caller", "吴敏")
    Membership.objects.create(user=moved, store=other, role="advisor")
    page = reverse("staff:person", args=[moved.pk])
    assert post(manager, "role_take", moved, role="caller").url == page
    assert "吴敏" in manager.get(URL).content.decode() and manager.get(page).status_code == 200
    assert list(people.everyone(other)) == [moved]
    post(manager, "role_give", moved, role="advisor")
    assert moved.memberships.filter(store__code="S2").exists() and moved.memberships.exclude(store__code="S2").get().role == "advisor"


def test_the_sign_in_of_whoever_lost_the_last_role_elsewhere_is_not_this_managers_to_change(manager, person):
    """The other store may give the role back, and would let in whoever knows the password."""
    other = actions.create_store(code="S2", name="二店")
    moved = person("caller", "吴敏")
    Membership.objects.create(user=moved, store=other, role="advisor")
    post(manager, "role_take", moved, role="caller")
    actions.take_role(user=moved, store=other, role="advisor", by=None)
    assert moved in people.everyone(other) and moved in people.everyone(manager.user.memberships.get().store)
    post(manager, "person_password", moved, password="kuai-8-ban-x")
    moved.refresh_from_db()
    assert moved.check_password("pass-word-1")
    assert people.may_manage_account(person("care_manager", at=other), moved)


def test_whoever_never_had_a_role_here_is_not_listed_when_the_last_one_elsewhere_is_taken(manager, person):
    """A manager who could give a role to somebody else's person would name people of a store that is not theirs."""
    other = actions.create_store(code="S2", name="二店")
    theirs = person("caller", "周婷", at=other)
    actions.take_role(user=theirs, store=other, role="caller", by=None)
    assert [row["person"].name for row in manager.get(URL).context["rows"]] == ["赵经理"]
    assert list(people.everyone(other)) == [theirs]
    assert post(manager, "role_give", theirs, role="advisor").status_code == 404


def test_nobody_gives_the_regional_role_in_the_browser(manager, person):
    """It opens the other stores of the region, which are not this manager's to open."""
    user = person("advisor")
    post(manager, "role_give", user, role="regional")
    assert not user.memberships.filter(role="regional").exists()
    with pytest.raises(Exception, match=r"server|服务器"):
        actions.give_role(user=user, store=user.memberships.get().store, role=Role.REGIONAL, by=manager.user)


def test_the_last_who_may_change_settings_keeps_that_role(manager, store):
    page = manager.post(reverse("staff:role_take", args=[manager.user.pk]), {"role": "care_manager"}, follow=True).content.decode()
    assert "Nobody would be left" in page
    assert manager.user.memberships.filter(role="care_manager").exists()


def test_with_a_second_one_the_role_can_go(manager, person):
    second = person("general_manager")
    post(manager, "role_take", second, role="general_manager")
    assert not second.memberships.exists()


def test_nobody_takes_their_own_last_role(manager, person, store):
    person("general_manager")
    page = manager.post(reverse("staff:role_take", args=[manager.user.pk]), {"role": "care_manager"}, follow=True).content.decode()
    assert "You cannot take your own last role." in page
    assert manager.user.memberships.get().role == "care_manager"
    Membership.objects.create(user=manager.user, store=store, role="caller")
    post(manager, "role_take", manager.user, role="care_manager")
    assert manager.user.memberships.get().role == "caller"


def test_a_new_password_signs_the_person_out(manager, person):
    user, theirs = person("caller"), Client()
    theirs.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    assert theirs.get("/inbox/").status_code == 200
    post(manager, "person_password", user, password="kuai-8-ban-x")
    user.refresh_from_db()
    assert user.check_password("kuai-8-ban-x")
    assert theirs.get("/inbox/").status_code == 302


def test_a_weak_password_is_refused_with_the_reason(manager, person):
    user = person("caller")
    page = post(manager, "person_password", user, password="12345678").content.decode()
    assert "entirely numeric" in page
    user.refresh_from_db()
    assert user.check_password("pass-word-1")


def test_an_imported_advisor_is_given_a_sign_in(manager, store):
    named = actions.add_named(name="李顾问", store=store, role="advisor")
    post(manager, "person_password", named, username="ligw", password="kuai-8-ban-x")
    named.refresh_from_db()
    assert named.username == "ligw" and named.check_password("kuai-8-ban-x")


def test_a_taken_sign_in_name_is_refused(manager, person, store):
    other = person("caller")
    named = actions.add_named(name="李顾问", store=store, role="advisor")
    assert (
        "This sign-in name is taken."
        in post(manager, "person_password", named, username=other.username, password="kuai-8-ban-x").content.decode()
    )
    named.refresh_from_db()
    assert not named.has_usable_password()


def test_closing_a_sign_in_signs_out_and_can_be_undone(manager, person):
    user, theirs = person("caller"), Client()
    theirs.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    post(manager, "person_active", user, active="0")
    assert theirs.get("/inbox/").status_code == 302
    post(manager, "person_active", user, active="1")
    user.refresh_from_db()
    assert user.is_active


def test_nobody_closes_their_own_sign_in(manager, person):
    person("general_manager")
    post(manager, "person_active", manager.user, active="0")
    manager.user.refresh_from_db()
    assert manager.user.is_active


def test_a_name_is_corrected_and_sorts_anew(manager, person):
    user = person("caller", "张三")
    post(manager, "person_rename", user, name="安然")
    user.refresh_from_db()
    assert (user.name, user.name_key) == ("安然", "anran")


def test_people_of_another_store_do_not_exist_here(manager, person):
    stranger = person("caller", at=actions.create_store(code="S2", name="二店"))
    assert manager.get(reverse("staff:person", args=[stranger.pk])).status_code == 404
    for name in ("person_rename", "role_give", "role_take", "person_password", "person_active"):
        assert post(manager, name, stranger, name="x", role="advisor", password="kuai-8-ban-x").status_code == 404


@pytest.mark.parametrize("where", ["another store", "a region"])
def test_the_password_of_somebody_with_rights_elsewhere_is_not_this_managers_to_set(manager, person, store, where):
    """Else the manager could sign in as that person and walk into the other store."""
    user = person("caller")
    if where == "a region":
        store.region = Region.objects.create(name="西南")
        store.save()
        Membership.objects.create(user=user, store=store, role=Role.REGIONAL)
    else:
        Membership.objects.create(user=user, store=actions.create_store(code="S2", name="二店"), role=Role.GENERAL_MANAGER)
    assert not people.may_manage_account(manager.user, user)
    page = post(manager, "person_password", user, password="kuai-8-ban-x")
    assert page.status_code == 200
    post(manager, "person_active", user, active="0")
    post(manager, "person_rename", user, name="Nobody")
    user.refresh_from_db()
    assert user.check_password("pass-word-1") and user.is_active and user.name != "Nobody"


def test_the_list_costs_the_same_however_many_people_there_are(manager, person, store, django_assert_num_queries):
    manager.get(URL)
    with CaptureQueriesContext(connection) as few:
        manager.get(URL)
    assert len(few) <= 12
    for _ in range(20):
        person("advisor")
    with django_assert_num_queries(len(few)):
        manager.get(URL)


@pytest.mark.parametrize("role", ["caller", "service_manager", "regional"])
def test_others_change_nobody(signed_in, person, role):
    client, user = signed_in(role), person("advisor")
    assert client.get(URL).status_code == 403
    for name in ("person_rename", "role_give", "role_take", "person_password", "person_active"):
        assert post(client, name, user, name="x", role="care_manager", password="kuai-8-ban-x").status_code == 403
