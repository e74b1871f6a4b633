"""manage.py import_records customers: files of customers and their cars (contracts.md, Import; domain §2)."""

from datetime import date, datetime

import openpyxl
import pytest

from core import clock
from customers.actions import create_customer, create_vehicle, retire_vehicle, save_customer, save_vehicle, set_do_not_call
from customers.models import Customer, Ownership, Phone, Vehicle
from desk.imports import archive
from desk.tests.importing import bring_in, counts, reasons
from staff.models import User

COLUMNS = [
    "客户姓名", "联系电话", "车牌号", "车架号", "车型", "里程", "性别", "客户类型", "生日", "地址", "区域", "职业", "行业", "客户来源", "驾驶证到期",
    "特殊说明", "服务需求", "VIP", "请勿致电？", "购车日期", "销售顾问", "保险到期", "质保到期", "保养周期(月)", "保养里程间隔", "下次保养日期", "下次保养里程",
]  # fmt: skip
KEPT = "the car's owner has another name on file; it was kept"


def row(n: int = 1, **changes) -> dict:
    values = {
        "客户姓名": f"赵{'甲乙丙丁戊己庚辛壬癸'[n % 10]}{'子丑寅卯辰巳午未申酉'[n // 10 % 10]}",
        "联系电话": f"137{n:08d}",
        "车牌号": f"渝C{n:05d}",
        "车架号": f"LS5ABCDE0{n:08d}",
        "车型": "UNI-T",
    }
    return values | changes


def full(n: int = 1, **changes) -> dict:
    return row(n) | {
        "里程": "12,000公里", "性别": "女", "客户类型": "个人", "生日": date(1975, 3, 4), "地址": "渝中区解放碑1号", "区域": "渝中区", "职业": "教师",
        "行业": "教育", "客户来源": "老客户介绍", "驾驶证到期": "2030-01-02", "特殊说明": "只在周末有空", "服务需求": "上门取车", "VIP": "是",
        "请勿致电？": "否", "购车日期": "2024/5/6", "销售顾问": "赵敏", "保险到期": "2027-05-05", "质保到期": "2027-05-06", "保养周期(月)": "6个月",
        "保养里程间隔": 5000, "下次保养日期": "2027-01-01", "下次保养里程": 15000,
    } | changes  # fmt: skip


@pytest.fixture
def workbook(tmp_path):
    """workbook([row, …], columns=…) -> the path of a new .xlsx file."""

    def make(rows, columns=COLUMNS):
        book = openpyxl.Workbook()
        book.active.title = "客户"
        book.active.append(list(columns))
        for values in rows:
            book.active.append([values.get(column) for column in columns])
        book.save(tmp_path / "customers.xlsx")
        return str(tmp_path / "customers.xlsx")

    return make


def run(path, *options, kind="customers"):
    return bring_in(kind, path, *options)


def conflicts(told) -> list:
    return [(conflict["column"], conflict["reason"]) for conflict in told["conflicts"]]


def facts():
    models = Vehicle, Customer, Phone, Ownership
    return [list(model.objects.order_by("pk").values()) for model in models], User.objects.count()


def ownerships():
    return list(Ownership.objects.order_by("since", "pk").values_list("customer__name", "since", "until"))


def visited(workbook, **changes):
    """An order of the car of row 1, received on 2026-10-01."""
    columns = ["工单号", "客户姓名", "联系电话", "车架号", "车牌号", "车型", "进店日期", "里程", "下次保养日期"]
    order = {"工单号": "RO1", "进店日期": "2026-10-01", "里程": 20_000, "下次保养日期": "2027-04-01"}
    run(workbook([row(1) | order | changes], columns), kind="service_orders")


def test_a_customer_and_the_car_are_stored_with_everything_that_the_row_says(store, workbook):
    told = run(workbook([full()]))
    assert (counts(told), told["conflicts"], told["unknown_columns"]) == ((1, 0, 0, 0), [], [])
    customer = Customer.objects.get()
    assert (customer.name, customer.gender, customer.kind, customer.birthday) == ("赵乙子", "female", "person", date(1975, 3, 4))
    assert (customer.address, customer.region, customer.occupation, customer.trade) == ("渝中区解放碑1号", "渝中区", "教师", "教育")
    assert (customer.source, customer.licence_expires_on, customer.note) == ("referral", date(2030, 1, 2), "只在周末有空")
    assert (customer.wishes, customer.is_vip, customer.do_not_call) == ("上门取车", True, False)
    assert customer.phones.get().number == "+8613700000001"
    car = Vehicle.objects.select_related("consultant").get()
    assert (car.plate, car.vin, car.model, car.mileage) == ("渝C00001", row()["车架号"], "UNI-T", 12_000)
    assert (car.purchased_on, car.consultant.name) == (date(2024, 5, 6), "赵敏")
    assert (car.insurance_until, car.warranty_until) == (date(2027, 5, 5), date(2027, 5, 6))
    assert (car.maintenance_months, car.maintenance_km) == (6, 5000)
    assert (car.next_maintenance_on, car.next_maintenance_km) == (date(2027, 1, 1), 15_000)
    assert ownerships() == [("赵乙子", date(2024, 5, 6), None)]


def test_the_same_file_again_changes_nothing(store, workbook):
    without_car = {"车牌号": None, "车架号": None}
    path = workbook([full(n) for n in range(1, 41)] + [row(n, **without_car) for n in range(41, 51)] + [row(60, 联系电话=None)])
    assert counts(run(path)) == (51, 0, 0, 0)
    before = facts()
    assert counts(run(path)) == (0, 0, 51, 0)
    assert facts() == before


def test_a_car_without_a_day_of_purchase_is_the_customers_from_today(store, workbook):
    run(workbook([row()]))
    assert ownerships() == [("赵乙子", store.today(), None)]


def test_a_customer_without_a_car_is_found_again_by_name_and_phone(store, workbook):
    without_car = {"车牌号": "临时", "车架号": None, "车型": None}
    assert counts(run(workbook([row(1, **without_car)]))) == (1, 0, 0, 0)
    assert counts(run(workbook([row(1, 职业="教师", **without_car)]))) == (0, 1, 0, 0)
    assert Customer.objects.get().occupation == "教师"
    assert not Vehicle.objects.exists()


def test_what_is_said_of_a_car_without_plate_and_vin_is_left_out_with_a_warning(store, workbook):
    told = run(workbook([row(1, 车牌号=None, 车架号=None, 保险到期="2027-01-01")]))
    assert counts(told) == (1, 0, 0, 0)
    assert "what is said of a car without plate and VIN was left out" in reasons(told)


def test_one_customer_with_several_cars_is_one_file(store, workbook):
    same = {"客户姓名": "赵甲", "联系电话": "13700000001"}
    assert counts(run(workbook([row(n, **same) for n in (1, 2, 3)]))) == (3, 0, 0, 0)
    assert (Customer.objects.count(), Ownership.objects.count()) == (1, 3)


@pytest.mark.parametrize("size", [1, 250])
def test_where_rows_of_one_customer_or_one_car_contradict_each_other_the_last_counts(store, workbook, monkeypatch, size):
    monkeypatch.setattr(archive, "chunk_size", lambda: size)
    same = {"客户姓名": "赵甲", "联系电话": "13700000001"}
    cars = [row(1, 职业="教师", 特殊说明="甲", **same), row(2, 职业="医生", **same), row(1, 车架号=None, 车型="UNI-V", **same)]
    assert counts(run(workbook(cars)))[0] == 2
    customer = Customer.objects.get()
    assert (customer.occupation, customer.note) == ("医生", "甲")
    assert Vehicle.objects.get(vin=row(1)["车架号"]).model == "UNI-V"
    before = facts()
    assert counts(run(workbook(cars))) == (0, 0, 3, 0)
    assert facts() == before


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("客户姓名", None, "the customer's name is missing"),
        ("车架号", "LS5", "a VIN has 17 characters; this one has 3"),
        ("车牌号", "渝", "no plate; write one such as 渝A12345"),
        ("请勿致电？", "也许", "write 是 or 否"),
    ],
)
def test_a_row_is_rejected_whole(store, workbook, column, value, reason):
    told = run(workbook([full(1, **{column: value}), row(2)]))
    assert counts(told) == (1, 0, 0, 1)
    assert [(reject["row"], reject["column"], reject["reason"]) for reject in told["rejects"]] == [(2, column, reason)]
    assert Customer.objects.get().name == row(2)["客户姓名"]


@pytest.mark.parametrize(
    ("column", "value", "field", "reason"),
    [
        ("性别", "外星", "gender", "unknown; known are 先生 男 女 小姐 太太 未知 不详 保密"),
        ("客户类型", "甲类", "kind", "unknown; known are 公司 单位 企业 对公 机关 政府 个人 私人 个体"),
        ("生日", "3月5日", "birthday", "no date; write one such as 2026-01-05 14:30"),
        ("生日", "1990", "birthday", "the year cannot be right"),
        ("生日", "85-6-1", "birthday", "the day lies in the future"),
        ("VIP", "也许", "is_vip", "write 是 or 否"),
        ("职业", "教" * 61, "occupation", "longer than 60 characters"),
        ("购车日期", "2021", "purchased_on", "the year cannot be right"),
        ("购车日期", "2099-01-01", "purchased_on", "the day lies in the future"),
        ("保险到期", "明年", "insurance_until", "no date; write one such as 2026-01-05 14:30"),
        ("保养周期(月)", "0", "maintenance_months", "write a number of months from 1 to 120"),
        ("里程", "很多", "mileage", "no number"),
    ],
)
def test_a_cell_beside_who_it_is_that_cannot_be_read_is_left_out_with_a_warning(store, workbook, column, value, field, reason):
    told = run(workbook([full(1, **{column: value})]))
    assert counts(told) == (1, 0, 0, 0)
    said = [(warning["row"], warning["column"], warning["value"], warning["reason"]) for warning in told["warnings"]]
    assert (2, column, value, f"{reason}; this cell was left out") in said
    record = Vehicle.objects.get() if hasattr(Vehicle, field) else Customer.objects.get()
    model_default = type(record)._meta.get_field(field).get_default()
    assert getattr(record, field) == model_default


def test_a_cell_that_is_left_out_erases_nothing(store, workbook):
    run(workbook([full(1)]))
    assert counts(run(workbook([full(1, 生日="3月5日", VIP="也许")]))) == (0, 0, 1, 0)
    customer = Customer.objects.get()
    assert (customer.birthday, customer.is_vip) == (date(1975, 3, 4), True)


def test_a_name_alone_is_rejected_because_people_of_one_name_cannot_be_told_apart(store, workbook):
    told = run(workbook([row(1, 联系电话=None, 车牌号=None, 车架号=None)]))
    assert counts(told) == (0, 0, 0, 1)
    assert told["rejects"][0]["reason"] == "no phone and no car: people of one name cannot be told apart"


def test_the_later_of_two_rows_about_one_car_or_one_customer_without_a_car_wins(store, workbook):
    without_car = {"车牌号": None, "车架号": None}
    told = run(workbook([row(1, 职业="甲"), row(1, 职业="乙"), row(2, 职业="甲", **without_car), row(2, 职业="乙", **without_car)]))
    assert counts(told) == (2, 0, 0, 2)
    assert [(reject["row"], reject["reason"]) for reject in told["rejects"]] == [(2, "repeated below"), (4, "repeated below")]
    assert set(Customer.objects.values_list("occupation", flat=True)) == {"乙"}


@pytest.mark.parametrize(
    ("column", "value", "field", "stored"),
    [
        ("性别", "先生", "gender", "male"), ("性别", "女士", "gender", "female"), ("性别", "男", "gender", "male"), ("性别", "未知", "gender", ""),
        ("客户类型", "单位", "kind", "company"), ("客户类型", "公司客户", "kind", "company"), ("客户类型", "个人", "kind", "person"),
        ("客户来源", "自然进店", "source", "walk_in"), ("客户来源", "朋友推荐", "source", "referral"), ("客户来源", "网络广告", "source", "online"),
        ("客户来源", "电台广告", "source", "advertising"), ("客户来源", "车展", "source", "event"), ("客户来源", "别的", "source", "other"),
        ("驾驶证到期", "长期", "licence_expires_on", None), ("生日", datetime(1948, 12, 1), "birthday", date(1948, 12, 1)),
        ("生日", "27364", "birthday", date(1974, 12, 1)),
        ("VIP", "否", "is_vip", False), ("VIP", "√", "is_vip", True), ("请勿致电？", "是", "do_not_call", True),
    ],
)  # fmt: skip
def test_what_a_cell_means(store, workbook, column, value, field, stored):
    assert counts(run(workbook([row(1, **{column: value})]))) == (1, 0, 0, 0)
    assert getattr(Customer.objects.get(), field) == stored


def test_a_company_is_known_by_its_name_unless_the_file_says_otherwise(store, workbook):
    run(workbook([row(1, 客户姓名="重庆某某公司"), row(2, 客户姓名="某某公司", 客户类型="个体")]))
    assert list(Customer.objects.order_by("pk").values_list("kind", flat=True)) == ["company", "person"]


def test_do_not_call_is_set_by_a_file_and_never_taken_back_by_one(store, workbook):
    run(workbook([row(1)]))
    assert counts(run(workbook([row(1, **{"请勿致电？": "是"})]))) == (0, 1, 0, 0)
    assert counts(run(workbook([row(1, **{"请勿致电？": "否"})]))) == (0, 0, 1, 0)
    assert Customer.objects.get().do_not_call


def test_newer_values_overwrite_an_import_and_empty_cells_erase_nothing(store, workbook):
    run(workbook([full(1)]))
    before = facts()
    assert counts(run(workbook([{name: value for name, value in row(1).items() if name in COLUMNS[:4]}]))) == (0, 0, 1, 0)
    assert facts() == before
    told = run(
        workbook([full(1, 地址="江北区2号", VIP="否", 保险到期="2028-05-05", 车型="UNI-V", 车牌号="渝D99999", 联系电话="13711112222")])
    )
    assert counts(told) == (0, 1, 0, 0)
    customer, car = Customer.objects.get(), Vehicle.objects.get()
    assert (customer.address, customer.is_vip, customer.version, customer.phones.count()) == ("江北区2号", False, 2, 2)
    assert (car.insurance_until, car.model, car.plate) == (date(2028, 5, 5), "UNI-V", "渝D99999")


def test_fields_that_a_person_has_entered_stay_and_each_conflict_is_listed(store, person, workbook):
    me = person("care_manager")
    run(workbook([full(1)]))
    customer, car = Customer.objects.get(), Vehicle.objects.get()
    customer.address, customer.birthday = "南岸区3号", date(1980, 1, 1)
    save_customer(customer=customer, expected_version=1, by=me)
    car.insurance_until, car.model, car.plate, car.consultant, car.mileage = date(2029, 1, 1), "逸动", "渝D99999", me, 11_000
    car.next_maintenance_on = date(2027, 3, 3)
    save_vehicle(vehicle=car, expected_version=1, by=me)
    before = facts()
    told = run(workbook([full(1)]))
    assert counts(told) == (0, 0, 1, 0)
    assert sorted(column for column, _reason in conflicts(told)) == sorted(
        ["地址", "生日", "保险到期", "车型", "车牌号", "销售顾问", "里程", "下次保养日期"]
    )
    assert {reason for _column, reason in conflicts(told)} == {"a person has entered another value; it was kept"}
    assert facts() == before


def test_the_owner_of_that_name_is_found_by_the_car_and_gets_the_further_phone(store, workbook):
    run(workbook([row(1)]))
    assert counts(run(workbook([row(1, 联系电话="13711112222")]))) == (0, 1, 0, 0)
    assert (Customer.objects.count(), Phone.objects.count()) == (1, 2)


def test_an_owner_with_that_number_is_the_same_customer_and_the_other_name_is_a_conflict(store, workbook):
    run(workbook([row(1)]))
    told = run(workbook([row(1, 客户姓名="赵一子", 职业="教师")]))
    assert (counts(told), conflicts(told)) == ((0, 1, 0, 0), [("客户姓名", KEPT)])
    assert Customer.objects.get().occupation == "教师"


@pytest.mark.parametrize("bought", [None, "2024-05-06", "2024-01-01"])
def test_another_name_and_phone_on_a_known_car_is_a_conflict_and_changes_nothing(store, workbook, bought):
    run(workbook([full(1)]))
    before = facts()
    told = run(
        workbook([full(1, 客户姓名="周五", 联系电话="13811112222", 购车日期=bought, 地址="别处", 车型="别的", 保险到期="2029-01-01")])
    )
    assert (counts(told), conflicts(told)) == ((0, 0, 1, 0), [("客户姓名", KEPT)])
    assert facts() == before


def test_a_later_day_of_purchase_transfers_the_car_to_another_name_and_phone(store, workbook):
    run(workbook([full(1)]))
    path = workbook([full(1, 客户姓名="周五", 联系电话="13811112222", 购车日期="2025-06-07", 销售顾问=None)])
    assert counts(run(path)) == (1, 0, 0, 0)
    assert ownerships() == [("赵乙子", date(2024, 5, 6), date(2025, 6, 7)), ("周五", date(2025, 6, 7), None)]
    before = facts()
    assert counts(run(path)) == (0, 0, 1, 0)
    assert facts() == before


def test_a_later_day_of_purchase_without_a_phone_transfers_nothing(store, workbook):
    run(workbook([full(1)]))
    before = facts()
    told = run(workbook([full(1, 客户姓名="周五", 联系电话=None, 购车日期="2025-06-07")]))
    assert (counts(told), conflicts(told)) == ((0, 0, 1, 0), [("客户姓名", KEPT)])
    assert facts() == before


@pytest.mark.parametrize("phone", [None, "13700000001"])
def test_a_car_that_has_left_gets_no_owner(store, workbook, phone):
    run(workbook([row(1)]))
    retire_vehicle(vehicle=Vehicle.objects.get(), status=Vehicle.Status.SCRAPPED, on=store.today(), by=None)
    path = workbook([row(1, 联系电话=phone)])
    assert "this car has left; nobody was made its owner" in reasons(run(path))
    assert not Ownership.objects.filter(until=None).exists()
    assert Customer.objects.count() == 1


def test_a_visit_knows_mileage_and_next_maintenance_better_than_a_list(store, workbook):
    visited(workbook)
    told = run(workbook([full(1, 里程=19_000, 下次保养日期="2026-11-11", 下次保养里程=25_000)]))
    assert counts(told) == (0, 1, 0, 0)
    car = Vehicle.objects.get()
    assert (car.mileage, car.next_maintenance_on, car.next_maintenance_km) == (20_000, date(2027, 4, 1), 25_000)
    assert told["conflicts"] == []
    run(workbook([full(1, 里程=21_000)]))
    assert Vehicle.objects.get().mileage == 21_000


def test_a_visit_after_a_list_still_overwrites_it(store, workbook):
    run(workbook([full(1)]))
    visited(workbook)
    car = Vehicle.objects.get()
    assert (car.mileage, car.next_maintenance_on) == (20_000, date(2027, 4, 1))


def test_a_list_does_not_take_the_plate_from_a_car_that_has_been_here_with_it(store, workbook):
    visited(workbook)
    told = run(workbook([row(2, 车牌号=row(1)["车牌号"])]))
    assert "this plate stands on another car's file; it was left there" in reasons(told)
    assert Vehicle.objects.get(vin=row(1)["车架号"]).plate == row(1)["车牌号"]
    assert Vehicle.objects.get(vin=row(2)["车架号"]).plate == ""


def test_of_two_names_that_a_list_gives_one_car_the_first_is_believed(store, workbook):
    path = workbook([row(1), row(1, 客户姓名="周五", 联系电话="13811112222", 车架号=None, 车型="别的", 购车日期=store.today())])
    assert conflicts(run(path)) == [("客户姓名", KEPT)]
    before = facts()
    assert counts(run(path)) == (0, 0, 2, 0)
    assert facts() == before
    assert Vehicle.objects.get().model == "UNI-T"


def test_a_list_moves_a_plate_from_a_car_that_never_was_here(store, workbook):
    run(workbook([row(1)]))
    path = workbook([row(2, 车牌号=row(1)["车牌号"]), row(1, 车牌号="渝D99999")])
    run(path)
    assert Vehicle.objects.get(plate=row(1)["车牌号"]).vin == row(2)["车架号"]
    assert Vehicle.objects.get(plate="渝D99999").vin == row(1)["车架号"]
    before = facts()
    assert counts(run(path)) == (0, 0, 2, 0)
    assert facts() == before


@pytest.mark.parametrize("size", [1, 250])
def test_of_two_cars_with_one_plate_in_a_list_the_first_has_it(store, workbook, monkeypatch, size):
    monkeypatch.setattr(archive, "chunk_size", lambda: size)
    path = workbook([row(1), row(2, 车牌号=row(1)["车牌号"])])
    assert "this plate stands on another car's file; it was left there" in reasons(run(path))
    before = facts()
    assert counts(run(path)) == (0, 0, 2, 0)
    assert facts() == before
    assert Vehicle.objects.get(plate=row(1)["车牌号"]).vin == row(1)["车架号"]


def test_files_are_opened_now(store, workbook):
    begun = clock.now()
    run(workbook([full(1)]))
    assert begun <= Customer.objects.get().opened_at <= clock.now()
    assert begun <= Vehicle.objects.get().opened_at <= clock.now()


def test_customers_of_whom_something_has_changed_are_looked_at_for_their_tier(store, workbook):
    run(workbook([row(1), row(2)]))
    Customer.objects.update(tier_check_on=date(2027, 1, 1))
    run(workbook([row(1, 下次保养日期="2026-01-01"), row(2)]))
    assert list(Customer.objects.order_by("pk").values_list("tier_check_on", flat=True)) == [store.today(), date(2027, 1, 1)]


def test_a_customer_entered_by_hand_is_found_and_what_was_left_open_is_filled_in(store, person, workbook):
    me = person("advisor")
    customer = create_customer(store=store, name="赵乙子", phones=["13700000001"], by=me, occupation="医生")
    create_vehicle(store=store, owner=customer, by=me, vin=row()["车架号"])
    set_do_not_call(customer=customer, by=me)
    told = run(workbook([full(1)]))
    assert (counts(told), [column for column, _reason in conflicts(told)]) == ((0, 1, 0, 0), ["职业"])
    customer.refresh_from_db()
    assert (customer.occupation, customer.trade, customer.do_not_call) == ("医生", "教育", True)
    assert Vehicle.objects.get().plate == "渝C00001"


def test_a_dry_run_says_the_same_and_writes_nothing(store, workbook):
    path = workbook([full(1), full(2), row(3, 客户姓名=None)])
    tried = run(path, "--dry-run")
    assert facts() == ([[]] * 4, 0)
    told = run(path)
    assert counts(told) == counts(tried) == (2, 0, 0, 1)
    assert reasons(told) == reasons(tried)


def test_chunks_see_each_others_customers(store, workbook, monkeypatch):
    monkeypatch.setattr(archive, "chunk_size", lambda: 2)
    path = workbook([row(n, 客户姓名="赵甲", 联系电话="13700000001") for n in range(1, 8)])
    assert counts(run(path)) == (7, 0, 0, 0)
    assert (Customer.objects.count(), Phone.objects.count(), Ownership.objects.count()) == (1, 1, 7)


def test_the_statements_of_a_chunk_do_not_grow_with_its_rows(store, person, workbook, django_assert_max_num_queries, monkeypatch):
    monkeypatch.setattr(archive, "chunk_size", lambda: 200)
    person("sales", name="赵敏")
    path = workbook([full(n) for n in range(1, 201)])
    with django_assert_max_num_queries(60):
        assert counts(run(path)) == (200, 0, 0, 0)
    path = workbook([full(n, 地址="别处", 车型="别的", 联系电话=f"136{n:08d}") for n in range(1, 201)])
    with django_assert_max_num_queries(60):
        assert counts(run(path)) == (0, 200, 0, 0)


def test_a_list_and_a_typed_file_agree_on_a_padded_or_titled_name(store, person, workbook):
    create_customer(store=store, name="赵　乙", phones=["13700000001"], by=person("advisor"))
    without_car = {"车牌号": None, "车架号": None, "车型": None}
    assert counts(run(workbook([row(1, 客户姓名="赵 乙女士", **without_car)]))) == (0, 1, 0, 0)
    customer = Customer.objects.get()
    assert (customer.name, customer.gender) == ("赵乙", "female")


def test_a_column_that_says_the_gender_counts_more_than_a_title(store, workbook):
    run(workbook([row(1, 客户姓名="赵乙女士", 性别="男"), row(2, 客户姓名="赵丙女士", 性别="未知")]))
    assert dict(Customer.objects.values_list("name", "gender")) == {"赵乙": "male", "赵丙": "female"}
