"""The tablet on the counter: paired once, shows what a colleague puts on it, never by whoever is rated, and leads nowhere else."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from core import clock, sweep
from csi import counter, links
from csi.actions import OwnOrder
from csi.models import CounterScreen, Invitation, Response
from customers.actions import set_do_not_call
from followups import asking
from followups.actions import plan_for_order
from followups.models import FollowUp
from staff.actions import create_store

pytestmark = [pytest.mark.django_db, pytest.mark.page]
HAPPY = {"q-overall": "5", "q-service": "3"}


@pytest.fixture
def tablet(store, clock_at) -> Client:
    """A browser with the cookie of a paired screen, which is its `screen`."""
    tablet = Client()
    tablet.screen = counter.add_screen(store=store, name="前台一号", by=None)
    address = f"/counter/pair/{counter.pairing_token(tablet.screen)}/"
    assert "前台一号" in tablet.get(address).content.decode()
    assert tablet.post(address).url == "/counter/"
    return tablet


@pytest.fixture
def on_screen(tablet, make_order, caller):
    """on_screen() -> the invitation that the tablet shows now."""

    def make(**fields) -> Invitation:
        order = make_order(**fields)
        plan_for_order(order=order)
        invitation = asking.invite_to_order(order=order, by=caller)
        counter.show(screen=tablet.screen, invitation=invitation, by=caller)
        return invitation

    return make


def test_a_tablet_is_paired_once_and_within_a_quarter_of_an_hour(store, clock_at):
    screen, first, second, late = counter.add_screen(store=store, name="前台", by=None), Client(), Client(), Client()
    address = f"/counter/pair/{counter.pairing_token(screen)}/"
    assert first.get("/counter/").status_code == 403
    assert first.post(address).status_code == 302 and first.get("/counter/").status_code == 200
    assert second.post(address).status_code == 404 and second.get("/counter/").status_code == 403
    other = counter.add_screen(store=store, name="前台二号", by=None)
    address = f"/counter/pair/{counter.pairing_token(other)}/"
    clock_at.shift(timedelta(minutes=16))
    assert late.get(address).status_code == 404


def test_a_double_tap_pairs_once_and_both_answers_bring_the_cookie(store, client):
    screen = counter.add_screen(store=store, name="前台", by=None)
    address = f"/counter/pair/{counter.pairing_token(screen)}/"
    first, again = (client.post(address, {"once": "one form"}) for _n in range(2))
    assert (first.status_code, again.status_code) == (302, 302)
    assert first.cookies["counter"].value == again.cookies["counter"].value
    assert client.post(address, {"once": "another tablet's"}).status_code == client.post(address).status_code == 404


def test_the_cookie_is_the_screens_only_and_no_session(tablet, client, store):
    assert "sessionid" not in tablet.cookies and tablet.cookies["counter"]["httponly"] and tablet.cookies["counter"]["path"] == "/counter/"
    assert tablet.get("/").status_code == 302 and "/login/" in tablet.get("/").url
    client.cookies["counter"] = links.token(Invitation(store=store))
    assert client.get("/counter/").status_code == 403


def test_a_screen_that_was_removed_shows_nothing_any_more(tablet, signed_in):
    manager = signed_in("care_manager")
    assert "前台一号" in manager.get("/settings/counter/").content.decode()
    manager.post(f"/settings/counter/{tablet.screen.pk}/remove/")
    assert tablet.get("/counter/").status_code == 403


def test_a_manager_adds_a_screen_and_sees_how_to_pair_it(signed_in):
    manager = signed_in("care_manager")
    manager.post("/settings/counter/", {"name": "收银台"})
    page = manager.get("/settings/counter/").content.decode()
    assert "收银台" in page and "/counter/pair/" in page and "<svg" in page
    assert signed_in("advisor").get("/settings/counter/").status_code == 403


def test_there_are_no_more_than_ten_screens(store):
    for n in range(counter.MOST):
        counter.add_screen(store=store, name=f"屏{n}", by=None)
    with pytest.raises(ValidationError):
        counter.add_screen(store=store, name="再来一块", by=None)


def test_a_signed_in_tablet_shows_nothing_and_pairing_signs_out(tablet, on_screen, store, person):
    on_screen()
    user = person("caller")
    tablet.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    page = tablet.get("/counter/")
    assert page.status_code == 403 and "请先退出登录" in page.content.decode()
    screen = counter.add_screen(store=store, name="二号", by=None)
    tablet.post(f"/counter/pair/{counter.pairing_token(screen)}/")
    assert "sessionid" not in tablet.cookies or not tablet.cookies["sessionid"].value
    assert tablet.get("/counter/").status_code == 200


def test_it_shows_surname_and_hidden_plate_and_the_answer_counts(tablet, on_screen):
    assert tablet.get("/counter/state/").json() == {"shown": False}
    invitation = on_screen()
    assert tablet.get("/counter/state/").json() == {"shown": True}
    page = tablet.get("/counter/").content.decode()
    assert "张先生" in page and invitation.customer.name not in page and invitation.vehicle.plate not in page and "…001" in page
    assert "13812345678" not in page and "/queue/" not in page and "<a " not in page
    done = tablet.post("/counter/", {"visit": links.token(invitation), **HAPPY})
    assert done.url == "/counter/thanks/" and "感谢" in tablet.get(done.url).content.decode()
    assert Response.objects.get().channel == "counter"
    assert tablet.get("/counter/state/").json() == {"shown": False} and "欢迎光临" in tablet.get("/counter/").content.decode()
    sweep.run(until_done=True)
    assert FollowUp.objects.get(plan="service").status == "done"


def test_what_is_incomplete_comes_back_and_nothing_is_kept(tablet, on_screen):
    invitation = on_screen()
    refused = tablet.post("/counter/", {"visit": links.token(invitation), "words": "半句话"})
    assert refused.status_code == 422 and "半句话" in refused.content.decode()
    tablet.post("/counter/leave/")
    assert Invitation.objects.get().draft == {} and tablet.get("/counter/state/").json() == {"shown": False}
    assert "半句话" not in tablet.get("/counter/").content.decode()


def test_after_ten_minutes_it_rests_by_itself(tablet, on_screen, clock_at):
    on_screen()
    clock_at.shift(counter.SHOWN_FOR)
    assert tablet.get("/counter/state/").json() == {"shown": False}


def test_the_next_visit_does_not_take_the_answers_of_the_one_before(tablet, on_screen):
    first, second = on_screen(), on_screen()
    tablet.post("/counter/", {"visit": links.token(first), **HAPPY})
    assert Response.objects.get().order == first.order
    assert counter.shown(CounterScreen.objects.get()) == second


def test_another_stores_visit_is_not_taken(tablet, on_screen):
    invitation = on_screen()
    other = create_store(code="S2", name="另一店")
    screen = counter.add_screen(store=other, name="二店", by=None)
    elsewhere = Client()
    elsewhere.post(f"/counter/pair/{counter.pairing_token(screen)}/")
    for visit in (links.token(invitation), "x", ""):
        elsewhere.post("/counter/", {"visit": visit, **HAPPY})
    assert not Response.objects.exists()


def test_the_rated_advisor_does_not_put_their_own_order_on_it(tablet, on_screen, advisor, signed_in):
    invitation = on_screen()
    with pytest.raises(OwnOrder):
        counter.show(screen=tablet.screen, invitation=invitation, by=advisor)


def test_cars_handed_over_today_are_put_on_it_without_ones_own(tablet, make_order, signed_in):
    desk = signed_in("advisor")
    own, other = make_order(clock.now(), advisor=desk.user), make_order(clock.now())
    make_order(clock.now() - timedelta(days=2))
    lines = desk.get("/csi/counter/").context["lines"]
    assert [line["order"] for line in lines] == [other]
    assert desk.post("/csi/counter/", {"order": own.pk, "screen": tablet.screen.pk}).status_code == 404
    desk.post("/csi/counter/", {"order": other.pk, "screen": "999"})
    assert not Invitation.objects.exists()
    desk.post("/csi/counter/", {"order": other.pk, "screen": tablet.screen.pk})
    assert tablet.get("/counter/state/").json() == {"shown": True}


def test_who_asked_never_to_be_called_may_answer_at_the_counter(tablet, make_order, caller, signed_in):
    order = make_order(clock.now())
    set_do_not_call(customer=order.customer, by=caller)
    signed_in("caller").post("/csi/counter/", {"order": order.pk, "screen": tablet.screen.pk})
    invitation = Invitation.objects.get()
    assert invitation.occasion == f"callback order {order.pk}"
    tablet.post("/counter/", {"visit": links.token(invitation), **HAPPY})
    assert Response.objects.get().order == order
    sweep.run(until_done=True)
    assert Invitation.objects.get().answered_at and not FollowUp.objects.filter(plan="service").exists()
