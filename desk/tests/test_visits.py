# ruff: noqa: F811 (fixtures are shared with the floor below by import)
import re
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from complaints.actions import open_complaint
from complaints.models import Complaint
from core import clock
from core.models import AuditEvent
from customers.actions import add_phone, create_customer, create_vehicle
from customers.models import Customer, Vehicle
from followups.models import FollowUp
from lounge.actions_waiting import add_order
from tests.browsing import form_to
from visits import actions
from visits.forms import CarForm
from visits.models import OrderItem, ServiceOrder
from visits.tests.conftest import agreed, car, noon, owner, visit  # noqa: F401


@pytest.fixture
def client_(signed_in):
    return signed_in("advisor", name="江洋")


@pytest.fixture
def advisor(client_):
    return client_.user


def version_in(response) -> str:
    return re.search(rb'name="version" value="(\d+)"', response.content).group(1).decode()


def hidden(response, name: str) -> str:
    return re.search(rf'name="{name}" value="([^"]*)"', response.content.decode()).group(1)


def shown_on(response, url: str) -> dict[str, list[str]]:
    """All that a browser would send of the page's form."""
    return form_to(response.content.decode(), url, url, {}, {})


RECEPTION = {"kind": "maintenance", "source": "walk_in", "promise": "60", "mileage": "12,500 km", "words": "刹车有异响"}


def test_a_known_car_needs_only_what_is_new(client_, car, owner, noon):
    page = client_.get(reverse("desk:new_visit"), {"vehicle": car.pk})
    text = page.content.decode()
    assert "单小明" in text
    assert "138****5678" in text
    assert "13812345678" not in text
    answer = client_.post(reverse("desk:new_visit"), RECEPTION | {"vehicle": car.pk, "seen": "", "advisor": client_.user.pk})
    order = ServiceOrder.objects.get()
    assert answer.url == reverse("desk:visit", args=[order.pk])
    assert (order.customer, order.advisor, order.mileage, order.words) == (owner, client_.user, 12_500, "刹车有异响")
    assert order.promised_at == noon() + timedelta(hours=1)
    assert client_.get(answer.url).status_code == 200


def test_reception_shows_what_matters_now(client_, visit, car, owner, advisor, noon):
    order = visit()
    actions.add_item(order=order, text="四轮定位", result="declined", by=advisor)
    actions.deliver(order=order, expected_version=order.version, by=advisor)
    Vehicle.objects.filter(pk=car.pk).update(recall="气囊", insurance_until=date(2026, 12, 1), next_maintenance_on=date(2026, 11, 20))
    Customer.objects.filter(pk=owner.pk).update(confirm_number=True, note="不喜欢等待", licence_expires_on=date(2026, 12, 5))
    text = client_.get(reverse("desk:new_visit"), {"vehicle": car.pk}).content.decode()
    for sign in ("四轮定位", "气囊", "2026-12-01", "2026-11-20", "不喜欢等待", "2026-12-05", "phone_is_right"):
        assert sign in text, sign


def test_reception_shows_an_open_complaint_but_not_to_whom_it_is_about(client_, car, owner, advisor, noon):
    made = open_complaint(store=owner.store, channel="phone", link="quality", words="空调不凉", customer=owner, by=None)
    shown = client_.get(reverse("desk:new_visit"), {"vehicle": car.pk}).content.decode()
    assert made.number in shown and "空调不凉" not in shown, "what it says stands on its own page"
    Complaint.objects.filter(pk=made.pk).update(handler=None, against=advisor)
    assert made.number not in client_.get(reverse("desk:new_visit"), {"vehicle": car.pk}).content.decode()


def test_the_number_that_was_confirmed_at_the_counter_is_valid_again(client_, car, owner, noon):
    Customer.objects.filter(pk=owner.pk).update(confirm_number=True)
    client_.post(reverse("desk:new_visit"), RECEPTION | {"vehicle": car.pk, "phone_is_right": "on"})
    owner.refresh_from_db()
    assert not owner.confirm_number
    assert owner.phones.get().validity == "valid"


def test_the_counter_can_put_right_a_customer_without_a_valid_number(client_, car, owner, noon):
    Customer.objects.filter(pk=owner.pk).update(confirm_number=True)
    owner.phones.update(validity="invalid", reason="wrong person")
    page = client_.get(reverse("desk:new_visit"), {"vehicle": car.pk}).content.decode()
    assert "new_phone" in page
    client_.post(reverse("desk:new_visit"), RECEPTION | {"vehicle": car.pk, "new_phone": "139 0000 1234"})
    owner.refresh_from_db()
    assert not owner.confirm_number
    assert list(owner.phones.values_list("validity", flat=True)) == ["valid", "invalid"]


def test_the_new_number_is_the_first_to_dial_and_the_old_ones_move_behind(client_, car, owner, noon):
    Customer.objects.filter(pk=owner.pk).update(confirm_number=True)
    add_phone(customer=owner, text="023-6000 0000", by=None)
    client_.post(reverse("desk:new_visit"), RECEPTION | {"vehicle": car.pk, "new_phone": "139 0000 1234"})
    numbers = ["+8613900001234", "+8613812345678", "+862360000000"]
    assert list(owner.phones.callable().values_list("number", flat=True)) == numbers


def test_confirming_at_the_counter_is_about_the_number_that_was_shown(client_, car, owner, noon):
    Customer.objects.filter(pk=owner.pk).update(confirm_number=True)
    owner.phones.update(validity="invalid", reason="wrong person")
    second = add_phone(customer=owner, text="139 0000 1234", by=None)
    page = client_.get(reverse("desk:new_visit"), {"vehicle": car.pk})
    assert page.context["attention"].phone_to_confirm == second.masked
    client_.post(reverse("desk:new_visit"), RECEPTION | {"vehicle": car.pk, "phone_is_right": "on"})
    assert list(owner.phones.values_list("validity", flat=True)) == ["invalid", "valid"]


def test_an_unknown_car_and_customer_are_opened_in_one_form(client_, noon):
    new = RECEPTION | {
        "new": "1",
        "owner-name": "何丽",
        "owner-phone": "139 0000 1111",
        "owner-gender": "female",
        "car-plate": "渝b·12345",
        "car-model": "UNI-T",
    }
    answer = client_.post(reverse("desk:new_visit"), new)
    order = ServiceOrder.objects.get()
    assert answer.url == reverse("desk:visit", args=[order.pk])
    assert (order.vehicle.plate, order.customer.name, order.customer.phones.get().number) == ("渝B12345", "何丽", "+8613900001111")
    assert order.vehicle.ownerships.get().customer == order.customer


@pytest.mark.parametrize(
    ("typed", "field", "value"),
    [
        ("渝b·99999", "car-plate", "渝B99999"),
        ("lsgpc52u6af102555", "car-vin", "LSGPC52U6AF102555"),
        ("139 0000 1111", "owner-phone", "139 0000 1111"),
    ],
)
def test_what_was_searched_in_vain_stands_in_the_form_for_an_unknown_car(client_, noon, typed, field, value):
    page = client_.post(reverse("desk:new_visit"), {"new": "1", "q": typed, "target": "visit"})
    assert page.status_code == 200 and "aria-invalid" not in page.content.decode()
    box = re.search(rf'<input[^>]*name="{field}"[^>]*>', page.content.decode()).group(0)
    assert f'value="{value}"' in box
    assert not ServiceOrder.objects.exists()


def test_what_was_typed_stays_when_something_is_wrong(client_, noon):
    new = RECEPTION | {"new": "1", "owner-name": "何丽", "owner-phone": "12", "car-plate": "渝B1", "car-model": "UNI-T"}
    answer = client_.post(reverse("desk:new_visit"), new)
    assert answer.status_code == 422
    text = answer.content.decode()
    for typed in ("何丽", "渝B1", "UNI-T", "刹车有异响"):
        assert typed in text
    assert not ServiceOrder.objects.exists()
    assert not Customer.objects.exists()


def test_a_car_with_a_file_is_not_opened_again_but_pointed_to(client_, car, noon):
    new = RECEPTION | {"new": "1", "owner-name": "何丽", "owner-phone": "13900001111", "car-plate": "渝A12345"}
    answer = client_.post(reverse("desk:new_visit"), new)
    assert answer.status_code == 422
    assert 'name="known"' in answer.content.decode()
    assert Vehicle.objects.count() == 1


def sent_back(page) -> dict:
    """What the browser would send from the form of that page if nothing were typed."""
    return form_to(page.content.decode(), reverse("desk:new_visit"), reverse("desk:new_visit"), {}, {})


def test_what_was_typed_about_the_visit_goes_with_it_to_the_file_that_the_car_has(client_, car, owner, noon):
    typed = UNKNOWN | {"car-plate": "渝A12345", "kind": "repair", "promise": "120", "waits_in_lounge": "on", "known": "owner"}
    page = client_.post(reverse("desk:new_visit"), typed)
    assert page.status_code == 200 and not ServiceOrder.objects.exists(), "it is shown first"
    assert page.context["customer"] == owner
    client_.post(reverse("desk:new_visit"), sent_back(page))
    order = ServiceOrder.objects.get()
    assert (order.customer, order.kind, order.mileage, order.words, order.waits_in_lounge) == (owner, "repair", 12_500, "刹车有异响", True)
    assert order.promised_at == noon() + timedelta(hours=2)


def test_a_new_owner_takes_the_car_over_at_the_counter(client_, noon, car, owner):
    known = client_.post(reverse("desk:new_visit"), UNKNOWN | {"car-plate": "渝A12345", "known": "owner"})
    page = client_.post(reverse("desk:new_visit"), sent_back(known) | {"known": "new_owner"})
    assert page.status_code == 200 and "单小明" not in page.content.decode() and not ServiceOrder.objects.exists()
    client_.post(reverse("desk:new_visit"), sent_back(page))
    order = ServiceOrder.objects.get()
    assert (order.customer.name, order.mileage, order.words) == ("何丽", 12_500, "刹车有异响")
    assert car.ownerships.get(until=None).customer == order.customer and car.ownerships.exclude(until=None).get().customer == owner


def test_who_thinks_better_of_the_new_owner_loses_nothing(client_, car, owner, noon):
    asked = UNKNOWN | {"car-plate": "渝A12345", "known": "new_owner"}
    back = client_.post(reverse("desk:new_visit"), sent_back(client_.post(reverse("desk:new_visit"), asked)) | {"known": "owner"})
    client_.post(reverse("desk:new_visit"), sent_back(back))
    assert ServiceOrder.objects.values_list("customer", "words").get() == (owner.pk, "刹车有异响")
    assert car.ownerships.get().customer == owner


def test_a_new_owner_whose_phone_is_on_file_is_asked_for_here_too(client_, noon, car, store):
    heir = create_customer(store=store, name="何丽", phones=["13900001111"], by=None)
    page = client_.post(reverse("desk:new_visit"), UNKNOWN | {"car-plate": "渝A12345", "known": "new_owner"})
    asked = client_.post(reverse("desk:new_visit"), sent_back(page))
    assert asked.status_code == 422 and asked.context["matches"] == [heir]
    client_.post(reverse("desk:new_visit"), sent_back(asked))
    assert ServiceOrder.objects.get().customer == heir == car.ownerships.get(until=None).customer


def test_a_plate_that_was_put_right_is_saved_whatever_button_enter_presses(client_, car, noon):
    client_.post(reverse("desk:new_visit"), UNKNOWN | {"car-plate": "渝A54321", "known": "owner"})
    assert ServiceOrder.objects.get().vehicle.plate == "渝A54321"


def test_a_car_that_had_left_comes_back_with_a_new_owner_only(client_, car, owner, noon):
    Vehicle.objects.filter(pk=car.pk).update(status="transferred")
    page = client_.post(reverse("desk:new_visit"), UNKNOWN | {"car-vin": car.vin, "known": "owner"})
    assert page.status_code == 422 and 'name="known"' not in page.content.decode()
    assert reverse("desk:vehicle_transfer", args=[car.pk]) in page.content.decode()


def test_a_phone_on_file_asks_who_it_is(client_, owner, noon):
    new = RECEPTION | {"new": "1", "owner-name": "单小明", "owner-phone": "13812345678", "car-plate": "渝B12345"}
    answer = client_.post(reverse("desk:new_visit"), new)
    assert answer.status_code == 422
    assert "owner-same_as" in answer.content.decode()
    client_.post(reverse("desk:new_visit"), new | {"owner-same_as": str(owner.pk)})
    assert ServiceOrder.objects.get().customer == owner
    assert Customer.objects.count() == 1


UNKNOWN = RECEPTION | {"new": "1", "owner-name": "何丽", "owner-phone": "13900001111"}


@pytest.mark.parametrize(
    ("typed", "field", "said"),
    [
        ({"car-plate": "临渝A12345"}, "plate", "临"),
        ({"car-vin": "LSGPC52U6AFIO2554"}, "vin", "I, O"),
        ({"car-vin": "LSGPC52U6AF10255"}, "vin", "16"),
    ],
)
def test_what_is_wrong_with_plate_or_vin_is_named(client_, noon, typed, field, said):
    refused = client_.post(reverse("desk:new_visit"), UNKNOWN | typed)
    assert said in " ".join(refused.context["car_form"].errors[field])
    assert not ServiceOrder.objects.exists()


@pytest.mark.parametrize(("vin", "tags"), [("LS5A3DBE0JA123456", ["success", "warning"]), ("LSGPC52U6AF102554", ["success"])])
def test_a_check_digit_that_does_not_fit_is_said_and_the_visit_open(client_, noon, vin, tags):
    page = client_.post(reverse("desk:new_visit"), UNKNOWN | {"car-vin": vin}, follow=True)
    assert sorted(message.level_tag for message in page.context["messages"]) == tags
    assert ServiceOrder.objects.get().vehicle.vin == vin


@pytest.mark.parametrize("typed", ["12k", "-1", "2000001", "1.5"])
def test_a_wrong_mileage_is_told_its_field_its_limits_and_an_example(client_, car, noon, typed):
    refused = client_.post(reverse("desk:new_visit"), RECEPTION | {"vehicle": car.pk, "mileage": typed})
    (said,) = refused.context["form"].errors["mileage"]
    for part in ("里程数", "2,000,000", "12,500"):
        assert part in said


@pytest.fixture
def driven(visit, car, advisor, noon):
    """The car was here three weeks ago, with 12,600 km."""
    noon.later(days=-21)
    last = visit(mileage=12_600)
    actions.deliver(order=last, expected_version=last.version, by=advisor)
    noon.later(days=21)
    car.refresh_from_db()
    return car


def test_fewer_kilometres_than_last_time_are_said_at_the_field_and_taken_when_saved_again(client_, driven, noon):
    typed = {"vehicle": driven.pk, "mileage": "12,500"}
    asked = client_.post(reverse("desk:new_visit"), RECEPTION | typed)
    assert asked.status_code == 422 and list(asked.context["form"].errors) == ["mileage"]
    assert {"2026-11-02", "12,600"} <= set(re.findall(r"[\d,-]+", " ".join(asked.context["form"].errors["mileage"])))
    again = client_.post(reverse("desk:new_visit"), sent_back(asked))
    assert again.status_code == 302, "whatever else was typed is still there"
    order = ServiceOrder.objects.here().get()
    driven.refresh_from_db()
    assert (order.mileage, order.words, driven.mileage) == (12_500, "刹车有异响", 12_500)
    assert AuditEvent.objects.filter(verb="vehicle.mileage_corrected", by=client_.user).count() == 1


def test_another_figure_that_is_too_low_is_asked_about_anew_and_one_that_fits_is_not(client_, driven, noon):
    asked = sent_back(client_.post(reverse("desk:new_visit"), RECEPTION | {"vehicle": driven.pk}))
    assert client_.post(reverse("desk:new_visit"), asked | {"mileage": "1250"}).status_code == 422
    assert not ServiceOrder.objects.here().exists()
    assert client_.post(reverse("desk:new_visit"), asked | {"mileage": "12600"}).status_code == 302
    driven.refresh_from_db()
    assert driven.mileage == 12_600 and not AuditEvent.objects.filter(verb="vehicle.mileage_corrected").exists()


def test_of_a_car_that_was_never_here_it_is_said_what_its_file_says(client_, car, noon):
    asked = client_.post(reverse("desk:new_visit"), RECEPTION | {"vehicle": car.pk, "mileage": "11999"})
    assert asked.status_code == 422 and "12,000" in " ".join(asked.context["form"].errors["mileage"])


def test_two_advisors_who_open_the_same_car_make_one_visit(client_, car, noon):
    form = RECEPTION | {"vehicle": car.pk, "seen": ""}
    client_.post(reverse("desk:new_visit"), form)
    second = client_.post(reverse("desk:new_visit"), form)
    assert second.status_code == 422
    assert "刹车有异响" in second.content.decode()
    assert ServiceOrder.objects.count() == 1
    assert hidden(second, "seen") == f"{ServiceOrder.objects.get().pk},"


def test_a_rework_is_chosen_from_the_cars_earlier_orders(client_, visit, car, advisor):
    earlier = visit()
    actions.deliver(order=earlier, expected_version=earlier.version, by=advisor)
    form = RECEPTION | {"vehicle": car.pk, "seen": "", "kind": "rework"}
    assert client_.post(reverse("desk:new_visit"), form).status_code == 422
    client_.post(reverse("desk:new_visit"), form | {"redoes": earlier.pk})
    assert ServiceOrder.objects.get(kind="rework").redoes == earlier


def test_a_visit_goes_from_reception_to_the_promised_calls_by_taps(client_, visit, noon, agreed):
    order = visit(mileage=12_500, **(agreed | {"estimate_fen": 1500_50}))
    for left, to in (("reception", "diagnosis"), ("diagnosis", "job_order")):
        client_.post(reverse("desk:visit_step", args=[order.pk]), {"from": left, "to": to, "checked": ["covers", "nonsense"]})
    client_.post(reverse("desk:visit_sign", args=[order.pk]))
    client_.post(reverse("desk:visit_start", args=[order.pk]))
    client_.post(reverse("desk:visit_step", args=[order.pk]), {"from": "repair", "to": "inspection"})
    client_.post(reverse("desk:visit_step", args=[order.pk]), {"from": "inspection", "to": "ready"})
    order.refresh_from_db()
    assert order.step == "ready" and order.signed_at and order.work_started_at
    assert order.steps_taken.get(step="job_order").checklist == ["covers"]
    noon.later(hours=3)
    page = client_.get(reverse("desk:visit_hand_over", args=[order.pk]))
    assert b"17500" in page.content
    answer = client_.post(
        reverse("desk:visit_hand_over", args=[order.pk]),
        {
            "version": version_in(page), "delivered_at": "2026-11-23T15:00", "labour_fen": "¥1,200.50", "parts_fen": "300", "mileage": "12500",
            "next_maintenance_on": "2027-05-23", "next_maintenance_km": "17500", "checked": ["seen_off"],
        },
    )  # fmt: skip
    assert answer.url == reverse("desk:visit", args=[order.pk])
    order.refresh_from_db()
    assert (order.step, order.total_fen, order.next_maintenance_km) == ("delivered", 1500_50, 17_500)
    call = FollowUp.objects.get(order=order)
    assert call.plan == "service"
    text = client_.get(answer.url).content.decode()
    assert "11-23 17:00" in text or "17:00" in text
    assert "details" in text


def test_a_hand_over_whose_calls_cannot_be_planned_did_not_happen(client_, visit, monkeypatch):
    order = visit()
    page = client_.get(reverse("desk:visit_hand_over", args=[order.pk]))

    def broken(**kwargs):
        raise RuntimeError

    monkeypatch.setattr("desk.views.visits.followups.plan_for_order", broken)
    with pytest.raises(RuntimeError):
        client_.post(reverse("desk:visit_hand_over", args=[order.pk]), {"version": version_in(page), "delivered_at": "2026-11-23T12:00"})
    order.refresh_from_db()
    assert order.step == "reception"


def test_of_two_editors_the_second_keeps_what_was_typed_and_sees_what_differs(client_, visit, advisor):
    order = visit(note="原来")
    page = client_.get(reverse("desk:visit_edit", args=[order.pk]))
    actions.edit_order(order=order, expected_version=order.version, by=advisor, note="同事写的")
    typed = {"version": version_in(page), "kind": "repair", "source": "walk_in", "note": "我写的"}
    second = client_.post(reverse("desk:visit_edit", args=[order.pk]), typed)
    assert second.status_code == 422
    text = second.content.decode()
    assert "我写的" in text
    assert "同事写的" in text
    assert client_.post(reverse("desk:visit_edit", args=[order.pk]), typed | {"version": version_in(second)}).status_code == 302
    order.refresh_from_db()
    assert order.note == "我写的"


def test_what_the_second_of_two_editors_did_not_touch_stays_as_the_first_saved_it(client_, visit, advisor, person):
    order = visit(note="原来", words="原话")
    url = reverse("desk:visit_edit", args=[order.pk])
    shown = shown_on(client_.get(url), url)
    who, when = person("technician"), clock.now() + timedelta(hours=5)
    actions.edit_order(
        order=order,
        expected_version=order.version,
        by=advisor,
        words="第一人改的",
        waits_in_lounge=True,
        promised_at=when,
        technicians=[who],
    )
    second = client_.post(url, shown | {"mileage": ["88000"], "note": ["我写的"]})
    assert second.status_code == 422
    again = shown_on(second, url)
    assert client_.post(url, again).status_code == 302
    order.refresh_from_db()
    assert (order.mileage, order.note, order.words, order.waits_in_lounge) == (88_000, "我写的", "第一人改的", True)
    assert (order.promised_at, list(order.technicians.all())) == (when.replace(second=0, microsecond=0), [who])


def test_what_two_hand_over_at_once_is_told_field_by_field(client_, visit, advisor):
    order = visit(note="原来")
    url = reverse("desk:visit_hand_over", args=[order.pk])
    shown = shown_on(client_.get(url), url)
    actions.edit_order(order=order, expected_version=order.version, by=advisor, labour_fen=300_00, total_fen=300_00, note="同事写的")
    second = client_.post(url, shown | {"parts_fen": ["50"], "note": ["我写的"]})
    assert [row[1:] for row in second.context["differences"]] == [("300", False), ("300", False), ("同事写的", True)]
    client_.post(url, shown_on(second, url))
    order.refresh_from_db()
    assert (order.step, order.labour_fen, order.parts_fen, order.total_fen, order.note) == ("delivered", 300_00, 50_00, 350_00, "我写的")


def test_a_total_that_is_the_sum_goes_on_being_the_sum(client_, visit):
    order = visit()
    url = reverse("desk:visit_edit", args=[order.pk])
    for labour, parts, total in (("300", None, 300_00), ("500", "20", 520_00)):
        form = shown_on(client_.get(url), url)
        assert client_.post(url, form | {"labour_fen": [labour]} | ({"parts_fen": [parts]} if parts else {})).status_code == 302
        order.refresh_from_db()
        assert order.total_fen == total
    form = shown_on(client_.get(url), url)
    client_.post(url, form | {"total_fen": ["480"]})
    form = shown_on(client_.get(url), url)
    client_.post(url, form | {"note": ["打折"]})
    order.refresh_from_db()
    assert order.total_fen == 480_00


@pytest.mark.parametrize(
    ("page", "typed"),
    [
        ("visit_edit", {"promised_at": "2026-11-20T09:00"}),
        ("visit_edit", {"promised_at": "2036-11-20T09:00"}),
        ("visit_scope", {"promised_at": "2026-11-20T09:00", "what": "加项", "consent": "phone"}),
        ("visit_hand_over", {"mileage": "10"}),
        ("visit_hand_over", {"next_maintenance_on": "2020-01-01"}),
        ("visit_hand_over", {"next_maintenance_km": "5"}),
    ],
)
def test_a_time_or_mileage_that_cannot_be_meant_is_refused_at_its_field(client_, visit, advisor, agreed, page, typed):
    order = visit(mileage=12_500, **(agreed if page == "visit_scope" else {}))
    if page == "visit_scope":
        actions.sign(order=order, by=advisor)
    url = reverse(f"desk:{page}", args=[order.pk])
    form = shown_on(client_.get(url), url)
    answer = client_.post(url, form | {name: [value] for name, value in typed.items()})
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [next(iter(typed))]


def test_declined_work_is_offered_again_on_a_day_that_is_still_to_come(client_, visit):
    order = visit()
    typed = {"item-text": "四轮定位", "item-result": "declined", "item-remind_on": "2020-01-01"}
    answer = client_.post(reverse("desk:visit_item_add", args=[order.pk]), typed)
    assert answer.status_code == 422 and list(answer.context["item_form"].errors) == ["remind_on"]
    assert client_.post(reverse("desk:visit_item_add", args=[order.pk]), typed | {"item-remind_on": "2027-01-01"}).status_code == 302


def test_a_maintenance_that_was_overdue_before_does_not_stand_in_the_way_of_a_hand_over(client_, visit, car):
    Vehicle.objects.filter(pk=car.pk).update(next_maintenance_on=date(2026, 1, 1), next_maintenance_km=5_000)
    order = visit(kind="repair", mileage=12_500)
    url = reverse("desk:visit_hand_over", args=[order.pk])
    assert client_.post(url, shown_on(client_.get(url), url)).status_code == 302


def test_what_was_promised_and_has_passed_does_not_stand_in_the_way_of_another_change(client_, visit, noon):
    order = visit(promised_at=clock.now() + timedelta(hours=1))
    noon.later(hours=3)
    url = reverse("desk:visit_edit", args=[order.pk])
    form = shown_on(client_.get(url), url)
    assert client_.post(url, form | {"note": ["晚了"]}).status_code == 302


def test_what_is_missing_on_the_paper_is_said_instead_of_being_signed(client_, visit, agreed):
    order = visit(step="job_order", promised_at=agreed["promised_at"])
    sign, edit = (reverse(f"desk:visit_{name}", args=[order.pk]) for name in ("sign", "edit"))
    page = client_.get(reverse("desk:visit", args=[order.pk])).content.decode()
    assert "预估费用或预计交车时间尚未填写" in page and sign not in page and page.count(edit) == 2
    told = client_.post(sign, follow=True)  # from a page that a colleague's slip has made old
    assert [message.level_tag for message in told.context["messages"]] == ["error"]
    order.refresh_from_db()
    assert order.signed_at is None
    client_.post(edit, shown_on(client_.get(edit), edit) | {"estimate_fen": ["100"]})
    page = client_.get(reverse("desk:visit", args=[order.pk])).content.decode()
    assert "尚未填写" not in page and sign in page
    client_.post(sign)
    order.refresh_from_db()
    assert order.signed_at


def test_a_signed_promise_that_is_saved_again_unchanged_needs_no_consent(client_, car, noon):
    noon.later(seconds=37)
    client_.post(reverse("desk:new_visit"), RECEPTION | {"vehicle": car.pk, "seen": "", "advisor": client_.user.pk})
    order = ServiceOrder.objects.get()
    actions.edit_order(order=order, expected_version=order.version, by=client_.user, estimate_fen=100_00)
    actions.sign(order=order, by=client_.user)
    page = client_.get(reverse("desk:visit_edit", args=[order.pk]))
    typed = {name: page.context["form"][name].value() for name in ("version", "kind", "source")}
    typed |= {"note": "靠窗座位", "estimate_fen": "100"}
    promised = re.search(r'name="promised_at" value="([^"]+)"', page.content.decode()).group(1)
    assert client_.post(reverse("desk:visit_edit", args=[order.pk]), typed | {"promised_at": promised}).status_code == 302


def test_a_bill_above_the_signed_estimate_is_sent_back_to_the_consent(client_, visit, advisor, agreed):
    order = visit(**(agreed | {"estimate_fen": 100_00}))
    actions.sign(order=order, by=advisor)
    url = reverse("desk:visit_hand_over", args=[order.pk])
    answer = client_.post(url, {"version": order.version, "delivered_at": "2026-11-23T12:00", "labour_fen": "150"})
    assert answer.status_code == 422
    assert reverse("desk:visit_scope", args=[order.pk]) in answer.content.decode()
    scope = {"version": order.version, "what": "更换空调滤芯", "extra_fen": "50", "consent": "phone"}
    assert client_.post(reverse("desk:visit_scope", args=[order.pk]), scope).status_code == 302
    order.refresh_from_db()
    assert order.estimate_fen == 150_00


def test_work_and_parts_are_written_down_and_taken_off(client_, visit):
    order = visit()
    client_.post(reverse("desk:visit_item_add", args=[order.pk]), {"item-text": "机油", "item-result": "done", "item-fen": "80"})
    item = OrderItem.objects.get()
    client_.post(reverse("desk:visit_item", args=[order.pk, item.pk]), {"result": "declined"})
    item.refresh_from_db()
    assert (item.result, item.fen) == ("declined", 80_00)
    client_.post(reverse("desk:visit_item", args=[order.pk, item.pk]), {"result": "remove"})
    assert not OrderItem.objects.exists()
    part = {"part-name": "机油滤清器", "part-origin": "原厂", "part-quantity": "1", "part-warranty_until": "2027-11-23"}
    client_.post(reverse("desk:visit_part_add", args=[order.pk]), part)
    assert order.parts.get().origin == "原厂"
    twice = {"item-text": "机油", "item-result": "done", "item-fen": "abc"}
    refused = client_.post(reverse("desk:visit_item_add", args=[order.pk]), twice)
    assert refused.status_code == 422
    assert "机油" in refused.content.decode()


def test_cancelling_needs_a_reason(client_, visit):
    order = visit()
    url = reverse("desk:visit_cancel", args=[order.pk])
    assert client_.post(url, {"from": "reception", "cancel-reason": ""}).status_code == 422
    assert client_.post(url, {"from": "reception", "cancel-reason": "客户改期"}).status_code == 302
    order.refresh_from_db()
    assert order.step == "cancelled"
    assert client_.get(reverse("desk:visit", args=[order.pk])).status_code == 200


@pytest.mark.parametrize("paper", ["visit_print_order", "visit_print_bill"])
def test_papers_carry_the_stores_name_and_no_whole_phone(client_, visit, paper, advisor):
    order = visit(words="保养")
    actions.add_item(order=order, text="机油", result="done", fen=80_00, by=advisor)
    actions.add_item(order=order, text="四轮定位", result="declined", by=advisor)
    actions.add_part(order=order, name="滤芯", by=advisor)
    text = client_.get(reverse(f"desk:{paper}", args=[order.pk])).content.decode()
    assert "测试店" in text
    assert "机油" in text
    assert "13812345678" not in text


def test_the_board_is_empty_kindly_and_late_cars_come_first(client_, visit, noon):
    assert reverse("desk:new_visit") in client_.get(reverse("desk:visits")).content.decode()
    visit(promised_at=noon() + timedelta(hours=5), number="LATER")
    visit(promised_at=noon() - timedelta(hours=1), number="LATE")
    page = client_.get(reverse("desk:visits"))
    (reception, *_rest) = page.context["columns"]
    assert [order.number for order in reception.orders] == ["LATE", "LATER"]
    assert page.context["n_late"] == 1


def test_mine_shows_my_cars_only(client_, visit, person):
    visit(advisor=person("advisor"))
    assert client_.get(reverse("desk:visits")).context["n_here"] == 1
    assert client_.get(reverse("desk:visits"), {"mine": "1"}).context["n_here"] == 0


def test_every_page_counts_in_the_lounge_whom_its_desk_counts(client_, visit, noon):
    kept = visit(waits_in_lounge=True, advisor=client_.user)
    noon.later(days=1)

    def pages() -> tuple[int, int, int, int]:
        board, today = client_.get(reverse("desk:visits")), client_.get("/").content.decode()
        shown = board.content.decode().count('class="waits"')
        return board.context["n_waiting"], shown, today.count("在休息室"), len(client_.get(reverse("lounge:desk")).context["lines"])

    visit(waits_in_lounge=True, advisor=client_.user)
    assert pages() == (1, 1, 1, 1)
    assert "在休息室等候" not in client_.get(reverse("desk:visit", args=[kept.pk])).content.decode()
    add_order(order=kept, by=client_.user)
    assert pages() == (2, 2, 2, 2)


def queries_of(client, url) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


def many(store, visit, n: int) -> None:
    for i in range(n):
        owner = create_customer(store=store, name=f"客户{i}", phones=[f"1390000{i:04d}"], by=None)
        vehicle = create_vehicle(store=store, owner=owner, plate=f"渝B{10000 + i}", by=None)
        visit(vehicle=vehicle, customer=owner)


def test_the_board_and_the_past_cost_the_same_however_many_cars(client_, store, visit, advisor):
    visit()
    past = visit()
    actions.deliver(order=past, expected_version=past.version, by=advisor)
    board, list_ = reverse("desk:visits"), reverse("desk:past_visits")
    few = queries_of(client_, board), queries_of(client_, list_)
    many(store, visit, 8)
    for order in ServiceOrder.objects.here()[:4]:
        actions.deliver(order=order, expected_version=order.version, by=advisor)
    assert (queries_of(client_, board), queries_of(client_, list_)) == few
    assert max(few) <= 11


def test_a_visits_page_costs_the_same_however_long_its_history(client_, visit, advisor, car):
    order = visit()
    url, new = reverse("desk:visit", args=[order.pk]), f"{reverse('desk:new_visit')}?vehicle={car.pk}"
    past = visit()
    actions.deliver(order=past, expected_version=past.version, by=advisor)
    actions.add_item(order=order, text="机油", result="done", by=advisor)
    actions.add_part(order=order, name="滤芯", by=advisor)
    few = queries_of(client_, url), queries_of(client_, new)
    for n in range(5):
        actions.add_item(order=order, text=f"项目{n}", result="declined", by=advisor)
        actions.add_part(order=order, name=f"零件{n}", by=advisor)
        past = visit()
        actions.deliver(order=past, expected_version=past.version, by=advisor)
    assert (queries_of(client_, url), queries_of(client_, new)) == few
    assert max(few) <= 24


def test_past_visits_are_filtered_and_paged_by_key(client_, visit, advisor, monkeypatch):
    monkeypatch.setattr("desk.views.visits_board.PAGE", 2)
    for kind in ("maintenance", "repair", "repair"):
        order = visit(kind=kind)
        actions.deliver(order=order, expected_version=order.version, by=advisor)
    url = reverse("desk:past_visits")
    first = client_.get(url)
    second = client_.get(url + first.context["next_url"])
    numbers = [order.number for page in (first, second) for order in page.context["orders"]]
    assert numbers == ["V20261123-003", "V20261123-002", "V20261123-001"]
    assert not second.context["next_url"]
    assert [o.number for o in client_.get(url, {"kind": "maintenance"}).context["orders"]] == ["V20261123-001"]
    assert not client_.get(url, {"last": "2026-11-22"}).context["orders"]
    assert client_.get(url, {"first": "nonsense", "after": "nonsense"}).status_code == 200


def test_a_caller_reads_visits_and_changes_nothing(signed_in, visit, person):
    order = visit(by=person("advisor"), advisor=None)
    caller = signed_in("caller")
    text = caller.get(reverse("desk:visit", args=[order.pk])).content.decode()
    assert reverse("desk:visit_step", args=[order.pk]) not in text
    for name in ("visit_step", "visit_sign", "visit_start", "visit_cancel", "visit_item_add", "visit_part_add", "visit_hand_over"):
        assert caller.post(reverse(f"desk:{name}", args=[order.pk])).status_code == 403, name
    assert caller.get(reverse("desk:new_visit")).status_code == 403


def test_a_strangers_visit_is_not_there(client_, visit, person, car):
    from staff.actions import create_store

    order = visit()
    elsewhere = create_store(code="S2", name="另一店")
    stranger = person("advisor", at=elsewhere)
    client_.force_login(stranger, backend="django.contrib.auth.backends.ModelBackend")
    assert client_.get(reverse("desk:visit", args=[order.pk])).status_code == 404
    assert client_.post(reverse("desk:visit_sign", args=[order.pk])).status_code == 404
    assert client_.get(reverse("desk:new_visit"), {"vehicle": car.pk}).status_code == 404


def test_a_vin_of_one_sign_all_over_is_refused_at_the_counter_so_that_it_joins_no_cars():
    assert list(CarForm({"plate": "渝A12345", "vin": "0" * 17}).errors) == ["vin"]
    assert not CarForm({"plate": "渝A12345", "vin": ""}).errors
