import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from customers import actions
from staff.actions import create_store

pytestmark = pytest.mark.django_db
URL = "/search/"
LIVE = {"HX-Request": "true"}


@pytest.fixture
def owner(store):
    owner = actions.create_customer(store=store, name="单小明", phones=["13812345678"], by=None)
    actions.create_vehicle(store=store, owner=owner, plate="渝AD12345", model="CS75 PLUS", by=None)
    return owner


def test_the_result_shows_plate_owner_and_a_masked_phone(signed_in, owner):
    page = signed_in("caller").post(URL, {"q": "345"}).content.decode()
    for text in ("渝AD12345", "CS75 PLUS", "单小明", "138****5678", reverse("desk:customer", args=[owner.pk])):
        assert text in page
    assert "13812345678" not in page


def test_without_javascript_it_is_a_page_and_live_it_is_a_part_of_one(signed_in, owner):
    client = signed_in("advisor")
    assert "<html" in client.post(URL, {"q": "sxm"}).content.decode()
    part = client.post(URL, {"q": "sxm"}, headers=LIVE).content.decode()
    assert "<html" not in part and "单小明" in part


def test_the_page_opens_empty_and_names_never_stand_in_the_address(signed_in, owner):
    page = signed_in("advisor").get(URL + "?q=单小明")
    assert page.status_code == 200 and "渝AD12345" not in page.content.decode()


def test_picking_a_car_for_a_visit_leads_to_the_new_visit(signed_in, owner):
    page = signed_in("advisor").post(URL, {"q": "345", "target": "visit"}, headers=LIVE).content.decode()
    assert f"/visits/new/?vehicle={owner.ownerships.get().vehicle_id}" in page


def test_an_unknown_car_leads_to_a_new_one(signed_in, owner):
    page = signed_in("advisor").post(URL, {"q": "99999", "target": "visit"}, headers=LIVE).content.decode()
    assert f'action="{reverse("desk:new_visit")}"' in page and 'name="q" value="99999"' in page


def test_enter_on_a_car_that_is_not_found_stays_with_the_booking(signed_in, owner):
    page = signed_in("advisor").post(URL, {"q": "99999", "target": "appointment"})
    shown = page.content.decode()
    assert page.templates[0].name == "visits/appointment_search.html" and "未找到" in shown and 'value="99999"' in shown
    assert f'href="{reverse("desk:customer_new")}?for=appointment"' in shown


def test_a_customer_without_a_car_can_bring_one(signed_in, store):
    customer = actions.create_customer(store=store, name="李四", by=None)
    page = signed_in("advisor").post(URL, {"q": "ls", "target": "visit"}, headers=LIVE).content.decode()
    assert f"/visits/new/?customer={customer.pk}" in page


def test_two_digits_are_too_few_and_it_says_so(signed_in, owner):
    page = signed_in("advisor").post(URL, {"q": "45"}, headers=LIVE)
    assert page.context["is_short"] and not page.context["rows"]


def test_a_nonsense_target_is_none(signed_in, owner):
    for target, car in (("nonsense", ""), ("owner", ""), ("owner", "x")):
        page = signed_in("advisor").post(URL, {"q": "345", "target": target, "vehicle": car}, headers=LIVE)
        assert page.status_code == 200 and page.context["target"] == ""


def test_another_stores_customers_are_not_found(signed_in, owner):
    other = create_store(code="S2", name="别家店")
    actions.create_customer(store=other, name="单小明", phones=["13812345678"], by=None)
    page = signed_in("advisor").post(URL, {"q": "13812345678"}, headers=LIVE)
    assert [row.customer for row in page.context["rows"]] == [owner]


def test_more_results_cost_no_more_queries(signed_in, store, owner, django_assert_max_num_queries):
    client = signed_in("advisor")
    client.post(URL, {"q": "345"}, headers=LIVE)
    with CaptureQueriesContext(connection) as few:
        client.post(URL, {"q": "345"}, headers=LIVE)
    for n in range(15):
        one = actions.create_customer(store=store, name=f"客户{n}", phones=[f"1390000{n:02d}345"], by=None)
        actions.create_vehicle(store=store, owner=one, plate=f"渝B{n:02d}345", by=None)
    with django_assert_max_num_queries(len(few)):
        client.post(URL, {"q": "345"}, headers=LIVE)
    assert len(few) <= 11


def test_a_stranger_signs_in_first(client, store):
    assert client.post(URL, {"q": "345"}).status_code == 302
