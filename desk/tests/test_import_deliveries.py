"""manage.py import_records deliveries: new-car deliveries, and whose the cars are from then on (contracts.md, Import)."""

from datetime import UTC, date, datetime, timedelta

import openpyxl
import pytest

from core import clock
from customers.actions import create_customer, create_vehicle, retire_vehicle, save_vehicle, transfer_vehicle
from customers.models import Customer, Ownership, Phone, Vehicle
from desk.imports import archive
from desk.tests.importing import bring_in, counts, reasons
from followups.models import FollowUp
from followups.steps import plan_deliveries
from staff.models import User
from visits.deliveries import record_delivery
from visits.models import NewCarDelivery

COLUMNS = ["交车日期", "客户姓名", "联系电话", "车架号", "车牌号", "车型", "销售顾问", "车价", "备注"]
DAY = date(2026, 5, 6)


def vin(n: int = 1) -> str:
    return f"LS4ABCDE0{n:08d}"


def row(n: int = 1, **changes) -> dict:
    values = {
        "交车日期": datetime(2026, 5, 5 + n % 20, 15, 0),
        "客户姓名": f"李{'甲乙丙丁戊己庚辛壬癸'[n % 10]}{'子丑寅卯辰巳午未申酉'[n // 10 % 10]}",
        "联系电话": f"139{n:08d}",
        "车架号": vin(n),
        "车牌号": "临时",
        "车型": "CS75PLUS",
        "销售顾问": ["赵敏", "钱进"][n % 2],
        "车价": 120_000,
        "备注": None,
    }
    return values | changes


@pytest.fixture
def workbook(tmp_path):
    """workbook([row, …], columns=…) -> the path of a new .xlsx file."""

    def make(rows, columns=COLUMNS):
        book = openpyxl.Workbook()
        book.active.title = "交车"
        book.active.append(list(columns))
        for values in rows:
            book.active.append([values.get(column) for column in columns])
        book.save(tmp_path / "deliveries.xlsx")
        return str(tmp_path / "deliveries.xlsx")

    return make


def run(path, *options, kind="deliveries"):
    return bring_in(kind, path, *options)


def conflicts(told) -> list:
    return [(conflict["row"], conflict["column"]) for conflict in told["conflicts"]]


def facts():
    models = NewCarDelivery, Vehicle, Customer, Phone, Ownership
    return [list(model.objects.order_by("pk").values()) for model in models], User.objects.count()


def ownerships():
    return list(Ownership.objects.order_by("since", "pk").values_list("customer__name", "since", "until"))


@pytest.fixture
def owner(store):
    """A customer with the car of row 1, known since an order of August."""
    customer = create_customer(store=store, name="李乙子", phones=["13900000001"], by=None)
    return create_vehicle(store=store, owner=customer, since=date(2026, 8, 1), vin=vin(), by=None), customer


def test_a_delivery_is_stored_with_everything_that_its_row_says(store, workbook):
    told = run(workbook([row(1, 备注="送脚垫")]))
    assert counts(told) == (1, 0, 0, 0)
    delivery = NewCarDelivery.objects.select_related("vehicle", "customer", "consultant").get()
    assert (delivery.origin, delivery.delivered_on, delivery.price_fen, delivery.note) == ("imported", DAY, 12_000_000, "送脚垫")
    assert delivery.delivered_at == datetime(2026, 5, 6, 7, 0, tzinfo=UTC)
    assert (delivery.customer.name, delivery.customer.phones.get().number) == ("李乙子", "+8613900000001")
    car = delivery.vehicle
    assert (car.vin, car.plate, car.model, car.purchased_on, car.bought_here) == (vin(), "", "CS75PLUS", DAY, True)
    assert car.consultant == delivery.consultant and delivery.consultant.name == "钱进"
    assert ownerships() == [("李乙子", DAY, None)]


def test_the_same_file_again_changes_nothing(store, workbook):
    path = workbook([row(n) for n in range(1, 41)])
    assert counts(run(path)) == (40, 0, 0, 0)
    before = facts()
    assert counts(run(path)) == (0, 0, 40, 0)
    assert facts() == before


def test_two_deliveries_of_one_car_come_in_again_unchanged(store, workbook):
    path = workbook([row(1), row(2, 车架号=vin(1), 车型="CS55"), row(1, 交车日期="2026-05-09", 车型="UNI-V")])
    assert counts(run(path)) == (3, 0, 0, 0)
    assert Vehicle.objects.get().purchased_on == date(2026, 5, 9)
    before = facts()
    assert counts(run(path)) == (0, 0, 3, 0)
    assert facts() == before


def test_an_unknown_consultant_becomes_a_named_person_with_a_warning_and_a_known_one_is_found(store, person, workbook):
    known = person("sales", name="赵敏")
    told = run(workbook([row(1), row(2)]))
    assert [(w["column"], w["value"]) for w in told["warnings"] if "named person" in w["reason"]] == [("销售顾问", "钱进")]
    assert NewCarDelivery.objects.get(vehicle__vin=vin(2)).consultant == known
    assert not User.objects.get(name="钱进").has_usable_password()


@pytest.mark.parametrize("title", ["交车日期", "交车时间", "购车时间", "购车日期", "提车日期"])
@pytest.mark.parametrize("price", ["车价", "成交价", "裸车价（元）"])
def test_columns_by_their_aliases(store, workbook, title, price):
    run(workbook([{title: "2026/5/6", "＊VIN码": vin(), "车主": "李乙子", price: "¥98,800"}], [title, "＊VIN码", "车主", price]))
    delivery = NewCarDelivery.objects.get()
    assert (delivery.delivered_on, delivery.price_fen) == (DAY, 9_880_000)


def test_a_date_without_a_time_is_the_closing_time_of_that_day(store, workbook):
    run(workbook([row(1, 交车日期="2026-05-06")]))
    assert NewCarDelivery.objects.get().delivered_at.astimezone(store.tz).strftime("%F %H:%M") == "2026-05-06 18:30"


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("交车日期", None, "the date is missing"),
        ("交车日期", "上周", "no date; write one such as 2026-01-05 14:30"),
        ("客户姓名", None, "the customer's name is missing"),
        ("车架号", None, "neither plate nor VIN"),
        ("车架号", "LS4", "a VIN has 17 characters; this one has 3"),
        ("车价", "-1", "an amount is not negative"),
    ],
)
def test_a_row_is_rejected_whole(store, workbook, column, value, reason):
    told = run(workbook([row(1, **{column: value}), row(2)]))
    assert counts(told) == (1, 0, 0, 1)
    assert (told["rejects"][0]["row"], told["rejects"][0]["reason"]) == (2, reason)
    assert not Vehicle.objects.filter(vin=vin(1)).exists()


def test_a_delivery_of_tomorrow_is_rejected_and_one_of_today_is_not(store, workbook):
    today = store.today()
    told = run(workbook([row(1, 交车日期=today), row(2, 交车日期=today + timedelta(days=1))]))
    assert counts(told) == (1, 0, 0, 1)
    assert (told["rejects"][0]["column"], told["rejects"][0]["reason"]) == ("交车日期", "the day lies in the future")


def test_the_later_of_two_rows_about_one_delivery_wins(store, workbook):
    told = run(workbook([row(1, 车价=1), row(1, 车价=2)]))
    assert counts(told) == (1, 0, 0, 1)
    assert [(reject["row"], reject["column"], reject["reason"]) for reject in told["rejects"]] == [(2, "交车日期", "repeated below")]
    assert NewCarDelivery.objects.get().price_fen == 200


def test_newer_values_overwrite_an_import_and_empty_cells_erase_nothing(store, workbook):
    run(workbook([row(1, 备注="送脚垫")]))
    told = run(workbook([row(1, 车价=118_000, 备注=None, 销售顾问=None, 交车日期="2026-05-06")]))
    assert counts(told) == (0, 1, 0, 0)
    delivery = NewCarDelivery.objects.select_related("consultant").get()
    assert (delivery.price_fen, delivery.note, delivery.consultant.name) == (11_800_000, "送脚垫", "钱进")
    assert delivery.delivered_at == datetime(2026, 5, 6, 7, 0, tzinfo=UTC)  # a date alone does not erase the time


def test_a_typed_delivery_stays_and_what_the_file_says_otherwise_is_a_conflict(store, person, owner, workbook):
    car, customer = owner
    car.ownerships.update(since=DAY)
    consultant = person("sales", name="赵敏")
    record_delivery(
        store=store, vehicle=car, customer=customer, by=consultant, consultant=consultant, price_fen=1,
        delivered_at=datetime(2026, 5, 6, 3, 0, tzinfo=UTC),
    )  # fmt: skip
    before = facts()
    told = run(workbook([row(1, 备注="送脚垫", 客户姓名="别人", 联系电话="13700000000")]))
    assert counts(told) == (0, 0, 1, 0)
    assert conflicts(told) == [(2, column) for column in ("客户姓名", "交车日期", "销售顾问", "车价", "备注")]
    assert facts() == before
    told = run(workbook([row(1, 交车日期="2026-05-06", 车价=0.01, 销售顾问="赵敏")]))
    assert (counts(told), told["conflicts"]) == ((0, 0, 1, 0), [])


def test_fields_of_the_car_that_a_person_has_entered_stay(store, person, owner, workbook):
    car, _customer = owner
    mine = person("sales", name="孙立")
    car.purchased_on, car.consultant, car.model = date(2026, 5, 1), mine, "逸动"
    save_vehicle(vehicle=car, expected_version=1, by=mine)
    told = run(workbook([row(1)]))
    assert counts(told) == (1, 0, 0, 0)
    assert sorted(conflicts(told)) == sorted([(2, "交车日期"), (2, "销售顾问"), (2, "车型")])
    car.refresh_from_db()
    assert (car.purchased_on, car.consultant, car.model, car.bought_here) == (date(2026, 5, 1), mine, "逸动", True)
    before = facts()
    assert counts(run(workbook([row(1)]))) == (0, 0, 1, 0)
    assert facts() == before


def test_an_owner_known_from_a_later_visit_has_owned_the_car_since_its_delivery(store, owner, workbook):
    run(workbook([row(1)]))
    assert ownerships() == [("李乙子", DAY, None)]
    assert Customer.objects.count() == 1


def test_another_buyer_before_a_known_owner_is_the_earlier_owner(store, owner, workbook):
    run(workbook([row(1, 客户姓名="周五", 联系电话="13811112222")]))
    assert ownerships() == [("周五", DAY, date(2026, 8, 1)), ("李乙子", date(2026, 8, 1), None)]


def test_earlier_owners_are_kept_when_the_present_one_bought_the_car_after_them(store, owner, workbook):
    car, _customer = owner
    other = create_customer(store=store, name="周五", phones=["13811112222"], by=None)
    transfer_vehicle(vehicle=car, to=other, on=date(2026, 9, 1), by=None)
    run(workbook([row(1, 客户姓名="周五", 联系电话="13811112222", 交车日期="2026-08-15")]))
    assert ownerships() == [("李乙子", date(2026, 8, 1), date(2026, 9, 1)), ("周五", date(2026, 9, 1), None)]
    assert NewCarDelivery.objects.get().customer == other


def test_another_name_and_phone_after_a_known_owner_transfers_the_car_from_that_day(store, owner, workbook):
    path = workbook([row(1, 客户姓名="周五", 联系电话="13811112222", 交车日期="2026-10-01")])
    run(path)
    assert ownerships() == [("李乙子", date(2026, 8, 1), date(2026, 10, 1)), ("周五", date(2026, 10, 1), None)]
    before = facts()
    assert counts(run(path)) == (0, 0, 1, 0)
    assert facts() == before


@pytest.mark.parametrize("phone", [None, "13900000001"])
def test_another_name_alone_is_no_other_owner_and_a_warning_says_so(store, owner, workbook, phone):
    path = workbook([row(1, 客户姓名="李一子", 联系电话=phone, 交车日期="2026-10-01")])
    told = run(path)
    assert "the car's owner has another name on file; it was kept" in reasons(told)
    assert NewCarDelivery.objects.get().customer == owner[1]
    assert Customer.objects.count() == Ownership.objects.count() == 1
    before = facts()
    assert counts(run(path)) == (0, 0, 1, 0)
    assert facts() == before


def test_a_delivery_without_a_phone_comes_in_again_unchanged_also_after_the_car_was_sold_on(store, workbook):
    path = workbook([row(1, 联系电话=None)])
    assert "no phone" in reasons(run(path))
    other = create_customer(store=store, name="周五", phones=["13811112222"], by=None)
    transfer_vehicle(vehicle=Vehicle.objects.get(), to=other, on=date(2026, 9, 1), by=None)
    before = facts()
    assert counts(run(path)) == (0, 0, 1, 0)
    assert facts() == before


def test_a_car_that_has_left_is_not_given_an_owner_again(store, owner, workbook):
    car, _customer = owner
    retire_vehicle(vehicle=car, status=Vehicle.Status.SCRAPPED, on=date(2026, 9, 1), by=None)
    run(workbook([row(1, 交车日期="2026-10-01")]))
    assert ownerships() == [("李乙子", date(2026, 8, 1), date(2026, 9, 1))]
    assert NewCarDelivery.objects.count() == 1


def test_a_buyer_named_otherwise_with_the_same_phone_on_the_same_day_is_told_of_once(store, workbook):
    path = workbook([row(1), row(1, 客户姓名="李一子", 车价=1, 销售顾问="赵敏", 交车日期="2026-05-06 16:00")])
    told = run(path)
    assert "another row tells of the same hand-over; this one was left out" in reasons(told)
    assert NewCarDelivery.objects.get().price_fen == 12_000_000
    before = facts()
    assert counts(run(path)) == (0, 0, 2, 0)
    assert facts() == before


def test_a_car_sold_on_before_its_owner_was_first_here_has_both_owners(store, owner, workbook):
    path = workbook([row(1), row(1, 客户姓名="周五", 联系电话="13811112222", 交车日期="2026-06-01")])
    assert counts(run(path)) == (2, 0, 0, 0)
    assert ownerships() == [("李乙子", DAY, date(2026, 6, 1)), ("周五", date(2026, 6, 1), None)]


def test_two_buyers_of_one_car_on_one_day_are_both_kept_with_a_warning(store, workbook):
    path = workbook([row(1), row(1, 客户姓名="周五", 联系电话="13811112222", 交车日期="2026-05-06 16:00")])
    assert "this car was handed over to somebody else on the same day; both are kept" in reasons(run(path))
    assert NewCarDelivery.objects.count() == 2
    before = facts()
    assert counts(run(path)) == (0, 0, 2, 0)
    assert facts() == before


def test_a_time_corrected_to_an_earlier_one_still_brings_the_rows_model(store, workbook):
    run(workbook([row(1)]))
    path = workbook([row(1, 交车日期="2026-05-06 09:00", 车型="UNI-V")])
    assert counts(run(path)) == (0, 1, 0, 0)
    assert Vehicle.objects.get().model == "UNI-V"
    assert counts(run(path)) == (0, 0, 1, 0)


def test_an_older_delivery_does_not_set_the_day_of_purchase_back(store, workbook):
    run(workbook([row(1, 交车日期="2026-09-01")]))
    run(workbook([row(1)]))
    assert Vehicle.objects.get().purchased_on == date(2026, 9, 1)
    assert ownerships() == [("李乙子", DAY, None)]


def test_a_later_visit_knows_model_and_plate_better(store, workbook):
    columns = ["工单号", "客户姓名", "联系电话", "车架号", "车牌号", "车型", "结算日期"]
    order = {"工单号": "RO1", "结算日期": "2026-08-01", "车牌号": "渝A12345", "车型": "CS75PLUS 2026款"}
    run(workbook([row(1) | order], columns), kind="service_orders")
    run(workbook([row(1, 车牌号="渝B11111")]))
    car = Vehicle.objects.get()
    assert (car.plate, car.model, car.purchased_on) == ("渝A12345", "CS75PLUS 2026款", DAY)


def test_follow_ups_are_planned_only_where_a_window_is_open(store, workbook):
    now = clock.now()
    yesterday, long_ago = (now - timedelta(days=1)).astimezone(store.tz), (now - timedelta(days=90)).astimezone(store.tz)
    run(workbook([row(1, 交车日期=yesterday.replace(tzinfo=None)), row(2, 交车日期=long_ago.replace(tzinfo=None))]))
    while plan_deliveries(clock.now()):
        pass
    planned = FollowUp.objects.values_list("customer__name", "plan")
    assert {name for name, _plan in planned} == {"李乙子"}
    assert "sale_week" in {plan for _name, plan in planned}


def test_buyers_who_were_known_are_looked_at_for_their_tier(store, owner, workbook):
    Customer.objects.update(tier_check_on=date(2027, 1, 1))
    run(workbook([row(1)]))
    assert Customer.objects.get().tier_check_on == store.today()


def test_a_dry_run_says_the_same_and_writes_nothing(store, workbook):
    path = workbook([row(1), row(2), row(3, 客户姓名=None)])
    tried = run(path, "--dry-run")
    assert facts() == ([[]] * 5, 0)
    told = run(path)
    assert counts(told) == counts(tried) == (2, 0, 0, 1)
    assert reasons(told) == reasons(tried)


def test_chunks_see_each_others_deliveries(store, workbook, monkeypatch):
    rows = [row(1), row(1, 交车日期="2026-05-09"), row(2, 车架号=vin(1)), row(3)]
    run(workbook(rows), "--dry-run")
    monkeypatch.setattr(archive, "chunk_size", lambda: 1)
    run(workbook(rows))
    before = facts()
    assert len(before[0][0]) == 4
    assert counts(run(workbook(rows))) == (0, 0, 4, 0)
    assert facts() == before


def test_the_statements_of_a_chunk_do_not_grow_with_its_rows(store, person, owner, workbook, django_assert_max_num_queries, monkeypatch):
    monkeypatch.setattr(archive, "chunk_size", lambda: 200)
    for name in ("赵敏", "钱进"):
        person("sales", name=name)
    path = workbook([row(n) for n in range(1, 201)])
    with django_assert_max_num_queries(60):
        run(path)
    path = workbook([row(n, 车价=1, 车型="UNI-V", 联系电话=f"136{n:08d}") for n in range(1, 201)])
    with django_assert_max_num_queries(60):
        assert counts(run(path)) == (0, 200, 0, 0)


def test_a_padded_or_titled_name_is_the_same_buyer_and_the_consultant_the_same_person(store, workbook):
    run(workbook([row(1, 客户姓名="李 乙女士", 销售顾问="赵　敏"), row(2, 客户姓名="李乙", 联系电话=row(1)["联系电话"], 销售顾问="赵敏")]))
    customer = Customer.objects.get()
    assert (customer.name, customer.gender, User.objects.get().name) == ("李乙", "female", "赵敏")
