"""What a cell means, in every form that contracts.md names."""

from datetime import datetime
from decimal import Decimal

import pytest

from customers import identifiers
from desk.imports import cells, headers

pytestmark = pytest.mark.pure


@pytest.mark.parametrize(
    "text",
    ["2026-01-05 14:30:00", "2026-01-05 14:30", "2026/1/5 14:30", "2026年1月5日 14:30", "2026年1月5日14时30分", "20260105 14:30", "2026.1.5 14:30",
     "2026-01-05T14:30", "46027.604166666664", "２０２６/１/５ １４:３０", "26-1-5 14:30", "26/01/05 14:30:00", "26年1月5日 14:30", "2026/1/5 下午 2:30",
     "2026/1/5 下午2:30:00", "2026年1月5日 下午2时30分", "2026/1/5 下午 14:30", "2026/1/5 2:30 PM", "2026-01-05 02:30:00 pm", "2026/1/5 14:30 周一",
     "2026年1月5日 星期一 14:30", "2026年1月5日星期一下午2:30", "2026-01-05 14:30 (周一)", "2026-01-05T14:30:00+08:00", "2026-01-05 14:30:00 +0800",
     "2026-01-05T14:30:00.000", "2026-01-05T14:30:00.000+08:00", "2026-01-05 14:30\n"],
)  # fmt: skip
def test_a_moment_in_every_form(text):
    assert cells.moment(text) == cells.Moment(datetime(2026, 1, 5, 14, 30), True)


@pytest.mark.parametrize(
    "text",
    [
        "2026/1/5",
        "2026-01-05 00:00:00",
        "2026年1月5日",
        "20260105",
        "46027",
        "20260105.0",
        "26-1-5",
        "26/01/05",
        "26.1.5",
        "26年1月5日",
        "2026/1/5 周一",
        "2026年1月5日星期一",
        "2026-01-05+08:00",
    ],
)
def test_a_date_without_a_time(text):
    assert cells.moment(text) == cells.Moment(datetime(2026, 1, 5), False)


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("上午 9:30", 9),
        ("9:30 AM", 9),
        ("上午 12:30", 0),
        ("12:30 AM", 0),
        ("下午 12:30", 12),
        ("12:30 PM", 12),
        ("下午 0:30", 12),
        ("下午 11:30", 23),
    ],
)
def test_the_half_of_the_day(text, hour):
    assert cells.moment(f"2026/1/5 {text}").at == datetime(2026, 1, 5, hour, 30)


@pytest.mark.parametrize("text", ["1/5/2026", "5.1.2026", "1/5/2026 14:30", "1/5/26", "05/01/26", "12-1-5", "13/12/2026"])
def test_a_date_that_may_be_read_in_two_orders_is_not_guessed(text):
    with pytest.raises(cells.CellError) as problem:
        cells.moment(text)
    assert str(problem.value) == "year, month and day cannot be told apart; write the year first, with four digits: 2026-01-05"


def test_a_serial_of_the_1904_epoch():
    assert cells.moment("44565", is_1904=True).at == datetime(2026, 1, 5)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "昨天",
        "2026-13-01",
        "2026-02-30",
        "1",
        "99999999",
        "0001-01-01",
        "2026-01-05 25:00",
        "2026/1/5 上午 14:30",
        "26-13-1",
        "2026-01-05T14:30:00Z",
        "2026-01-05T14:30:00+09:00",
        "3月5日",
        "2026年1月",
    ],
)
def test_no_moment(text):
    with pytest.raises(cells.CellError):
        cells.moment(text)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("13812345678", ["+8613812345678"]),
        ("13812345678.0", ["+8613812345678"]),
        ("1.3812345678E10", ["+8613812345678"]),
        ("138 1234 5678", ["+8613812345678"]),
        ("１３８１２３４５６７８", ["+8613812345678"]),
        ("13812345678/13912345678", ["+8613812345678", "+8613912345678"]),
        ("13812345678、023-68123456", ["+8613812345678", "+862368123456"]),
        ("13812345678 13912345678", ["+8613812345678", "+8613912345678"]),
        ("13812345678;", ["+8613812345678"]),
        *(
            (text, ["+8613812345678", "+8613912345678"])
            for text in (
                "13812345678（本人）13912345678（妻）", "13812345678(本人) 13912345678(妻)", "本人13812345678妻子13912345678", "本人：13812345678 妻：13912345678",
                "13812345678(妻13912345678)", "13812345678（2号机）13912345678", "13812345678-13912345678", "138-1234-5678、139-1234-5678",
                "13812345678或13912345678", "13812345678\\13912345678", "1381234567813912345678", "+8613812345678+8613912345678", "13812345678&13912345678",
                "13812345678王先生/13912345678李女士", "13812345678\n13912345678", "13812345678.13912345678",
            )
        ),
        ("13812345678（2号机）", ["+8613812345678"]),
        ("023-68123456（妻13912345678）", ["+862368123456", "+8613912345678"]),
        ("1381234567813912345678（旧）15012345678", ["+8613812345678", "+8613912345678", "+8615012345678"]),
        ("13812345678 爱人1391234567", ["+8613812345678", "1391234567"]),
        ("13812345678转8001", ["+8613812345678", "8001"]),
        ("023-68123456转8001", ["+862368123456", "8001"]),
        ("023-68123456-8001", ["+862368123456", "8001"]),
        ("023-68123456 ext. 12/13912345678", ["+862368123456", "12", "+8613912345678"]),
        ("13812345678转8001或13912345678", ["+8613812345678", "8001", "+8613912345678"]),
        ("1381234567", ["1381234567"]),
        ("打不通12345", ["12345"]),
    ],
)  # fmt: skip
def test_the_phones_of_a_cell(text, numbers):
    assert [identifiers.parse_phone(phone).number for phone in cells.phones(text)] == numbers


@pytest.mark.parametrize("text", ["1.38E+10", "1.86607668E10", "1.8660766E10", "1.86607668e+10", "1.01234567E9"])
def test_digits_lost_to_scientific_form_make_a_phone_invalid(text):
    """Also where the power's digits would complete another number: 1.86607668E10 is not 186 6076 6810."""
    assert not any(identifiers.parse_phone(phone).is_valid for phone in cells.phones(text))


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("¥1,990.00", 199000), ("1990元", 199000), ("０", 0), ("1.99E3", 199000), ("12.345", 1235), ("1.2万", 1_200_000), ("12.58 万元", 12_580_000),
        ("¥ 1，234，567.5", 123_456_750), ("1,000", 100_000), ("1234元整", 123_400), ("1,234圆整", 123_400), ("CNY 1234", 123_400), ("人民币1234元", 123_400),
        ("￥1,234.50元", 123_450), ("1.2w", 1_200_000), ("1.2W元", 1_200_000), ("3千", 300_000), ("12万3千", 12_300_000),
    ],
)  # fmt: skip
def test_amounts(text, fen):
    assert cells.amount(text) == fen


@pytest.mark.parametrize("text", ["(123.00)", "（123.00）", "¥(123)", "(1,234.50)元", "-123"])
def test_an_amount_in_brackets_is_a_negative_one(text):
    with pytest.raises(cells.CellError) as problem:
        cells.amount(text)
    assert str(problem.value) == "an amount is not negative"


@pytest.mark.parametrize("text", ["1.234,50", "12,34", "1,23", ",5", "1234,567", "1,234,5", "1,,000", "1E999999万"])
def test_an_amount_whose_commas_stand_elsewhere_than_at_thousands_is_not_guessed(text):
    with pytest.raises(cells.CellError):
        cells.amount(text)


@pytest.mark.parametrize(
    ("text", "fen"), [("12.58", 12_580_000), ("¥3", 3_000_000), ("12.58万", 12_580_000), ("125800元", 12_580_000), ("0", 0)]
)
def test_an_amount_below_a_header_in_ten_thousands_unless_the_cell_says_its_own_unit(text, fen):
    assert cells.scaled(cells.amount, 10_000)(text) == fen


@pytest.mark.parametrize(
    ("meaning", "factor", "text", "reason"),
    [
        (cells.amount, 10_000, "129800", "too much for the unit in the header; write 12.98, or the unit behind the number"),
        (cells.amount, 10_000, "1,298,000.00", "too much for the unit in the header; write 129.80, or the unit behind the number"),
        (cells.amount, 1000, "129800", "too much for the unit in the header; write 129.8, or the unit behind the number"),
        (cells.mileage, 10_000, "500", "too much for the unit in the header; write 0.05, or the unit behind the number"),
        (cells.mileage, 10_000, "45000", "too much for the unit in the header; write 4.5, or the unit behind the number"),
        (cells.amount, 10_000, "-3", "an amount is not negative"),
        (cells.amount, 10_000, "13812345678", "the amount is too large to be right"),
    ],
)
def test_yuan_below_a_header_in_ten_thousands_are_not_taken_for_that(meaning, factor, text, reason):
    with pytest.raises(cells.CellError) as problem:
        cells.scaled(meaning, factor)(text)
    assert str(problem.value) == reason


@pytest.mark.parametrize(("text", "fen"), [("9999999", 999_999_900), ("10000000", 10**9), ("1000万", 10**9)])
def test_the_largest_amounts(text, fen):
    assert cells.amount(text) == fen


@pytest.mark.parametrize("text", ["10000000.01", "10000001", "13812345678", "1001万", "1000000000"])
def test_an_amount_that_no_car_costs_is_a_slip(text):
    with pytest.raises(cells.CellError):
        cells.amount(text)


@pytest.mark.parametrize(
    ("header", "factor"),
    [
        ("成交价（万元）", 10_000), ("车价(万)", 10_000), ("里程（万公里）", 10_000), ("里程【万 KM】", 10_000), ("车价（单位：万元）", 10_000),
        ("车价（万元，含税）", 10_000), ("工时费（千元）", 1000), ("里程（千米）", 1), ("里程(km)", 1), ("车价（元）", 1), ("车价", 1),
    ],
)  # fmt: skip
def test_the_unit_that_a_header_says(header, factor):
    assert headers.factor(header) == factor


@pytest.mark.parametrize(
    ("text", "km"),
    [
        ("108,603", 108603),
        ("45000.0", 45000),
        ("45000公里", 45000),
        ("4.5万公里", 45000),
        ("86 km", 86),
        ("1.2w", 12000),
        ("1.2W KM", 12000),
        ("12万3千", 123000),
        ("12 万 3 千公里", 123000),
        ("8千", 8000),
        ("12千米", 12),
    ],
)
def test_mileages(text, km):
    assert cells.mileage(text) == km


@pytest.mark.parametrize("meaning", [cells.amount, cells.mileage])
@pytest.mark.parametrize("text", ["1E400", "1E20", "1E-400", "9" * 60, "1E99999999999999999999", "-0", "1E-99999万"])
def test_absurd_numbers_are_refused_or_nothing_and_never_break_the_reading(meaning, text):
    try:
        assert meaning(text) == 0
    except cells.CellError as problem:
        assert str(problem)


def test_numbers_that_are_none():
    for text in ("NaN", "Infinity", "一千", "", "1E400", "-1E999999", "9" * 40, "12万3", "千", "()", "((5))", "元"):
        with pytest.raises(cells.CellError):
            cells.number(text)
    assert cells.number("1.5") == Decimal("1.5")


@pytest.mark.parametrize(
    ("text", "plate"),
    [("渝b·pdj38", "渝BPDJ38"), ("渝AD12345", "渝AD12345"), ("临渝A12345", ""), ("无", ""), ("渝A12345(新)", "渝A12345"), ("渝A12345（新）", "渝A12345"),
     ("渝AD12345（绿牌）", "渝AD12345"), ("渝A12345（旧渝B54321）", "渝A12345"), ("渝A1234（警）", "渝A1234警"), ("渝A12345（临）", ""), ("新A12345", "新A12345")],
)  # fmt: skip
def test_plates(text, plate):
    assert cells.plate(text) == plate


@pytest.mark.parametrize(
    "text",
    ["待上牌", "未上户", "未上牌", "尚未上牌", "暂无", "暂未上牌", "没有", "没上牌", "无车牌", "无牌照", "无牌车", "待挂牌", "新车", "新车未上牌", "不详", "未知", "暂缺",
     "00000", "0000000", "0"],
)  # fmt: skip
def test_a_car_without_a_plate_however_that_is_said(text):
    assert cells.plate(text) == ""


@pytest.mark.parametrize("text", ["渝", "渝A", "渝00000", "无A12345", "待12345", "新A1234", "12345", "渝A12345(新", "（新）"])
def test_no_plate_and_not_none_either(text):
    with pytest.raises(cells.CellError):
        cells.plate(text)


@pytest.mark.parametrize(
    ("text", "kind"),
    [("保养", "maintenance"), ("常规保养", "maintenance"), ("首保", "first_maintenance"), ("一般维修", "repair"), ("小修", "repair"), ("大修", "overhaul"),
     ("事故", "accident"), ("钣喷", "accident"), ("保修", "warranty"), ("索赔", "warranty"), ("返修", "rework"), ("召回", "recall")],
)  # fmt: skip
def test_kinds(text, kind):
    assert cells.kind(text) == kind


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("保修期外", "repair"), ("保修期外维修", "repair"), ("质保外", "repair"), ("三包期外", "repair"), ("保外", "repair"), ("非索赔", "repair"), ("非保修", "repair"),
        ("自费(非保修)", "repair"), ("自费（非索赔）", "repair"), ("不保修", "repair"), ("不在保修期内", "repair"), ("不属于三包范围", "repair"), ("过保", "repair"),
        ("已过质保期", "repair"), ("出保维修", "repair"), ("保修期已过", "repair"), ("超保修期", "repair"), ("非事故", "repair"), ("非事故维修", "repair"),
        ("非保险", "repair"), ("非返修", "repair"), ("非大修", "repair"), ("保修期外保养", "maintenance"), ("非首保", "maintenance"), ("非首次保养", "maintenance"),
        ("非保险索赔", "warranty"), ("非常规保养", "maintenance"),
        ("保内", "warranty"), ("保内维修", "warranty"), ("在保维修", "warranty"), ("未过保", "warranty"), ("未出保", "warranty"), ("质保期内", "warranty"),
    ],
)  # fmt: skip
def test_what_a_kind_is_said_not_to_be_it_is_not(text, kind):
    assert cells.kind(text) == kind


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("定保", "maintenance"), ("定期保养", "maintenance"), ("更换机油", "maintenance"), ("首次免费保养", "first_maintenance"), ("保险索赔", "accident"),
        ("事故索赔", "accident"), ("保险理赔", "accident"), ("索赔钣喷", "warranty"), ("质保维修", "warranty"),
        *((text, "repair") for text in ("自费", "客户付费", "美容", "漆面美容", "精品加装", "装潢", "年检", "年审", "救援", "道路救援", "检测", "其他", "其它", "机电")),
    ],
)  # fmt: skip
def test_kinds_that_other_systems_know_are_the_nearest_of_ours(text, kind):
    assert cells.kind(text) == kind


@pytest.mark.parametrize("text", ["洗澡", "A类", "3"])
def test_an_unknown_kind_is_no_reason_to_lose_the_order(text):
    with pytest.raises(cells.CellError) as problem:
        cells.kind(text)
    assert not problem.value.refuses


@pytest.mark.parametrize("text", ["PDI", "pdi检测", "新车检查（PDI）", "交车前检查"])
def test_the_inspection_of_a_new_car_is_no_customers_visit(text):
    with pytest.raises(cells.CellError) as problem:
        cells.kind(text)
    assert problem.value.refuses


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("＊工单号", "工单号"),
        ("里程（km）", "里程"),
        ("工时费(元)", "工时费"),
        (" 车架号 VIN ", "车架号vin"),
        ("车架号（VIN）", "车架号vin"),
        ("材料费【元】", "材料费"),
        ('="工单号"', "工单号"),
    ],
)
def test_headers_ignore_blanks_stars_and_units(text, plain):
    assert headers.plain(text) == plain


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("张三", "张三"), ("张 三", "张三"), ("张　三", "张三"), (" 张  三 ", "张三"), ("欧 阳 娜 娜", "欧阳娜娜"), ("张三先生", "张三"), ("张 三 女士", "张三"),
        ("张三（小姐）", "张三"), ("欧阳娜娜女士", "欧阳娜娜"), ("王先生", "王先生"), ("欧阳先生", "欧阳先生"), ("先生", "先生"), ("买买提·艾力", "买买提·艾力"),
        ("买买提 • 艾力", "买买提·艾力"), ("买买提.艾力", "买买提·艾力"), ("John  Smith", "John Smith"), ("J. Smith", "J. Smith"), ("李 Peter", "李 Peter"),
        ("重庆 长安物流 有限公司", "重庆长安物流有限公司"), ("先生服饰店", "先生服饰店"), ("𠮷 田", "𠮷田"),
    ],
)  # fmt: skip
def test_a_name_is_one_however_it_is_padded_and_whatever_title_stands_behind_it(text, name):
    assert cells.name(text) == name
    assert cells.name(name) == name


@pytest.mark.parametrize(
    ("text", "gender"),
    [("张三先生", "male"), ("王女士", "female"), ("张三 (小姐)", "female"), ("张三（女士）", "female"), ("张三", ""), ("先生服饰店", "")],
)
def test_the_title_behind_a_name_tells_the_gender(text, gender):
    assert cells.title(text) == gender


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("高超、李军", ["高超", "李军"]), ("李 军", ["李军"]), ("李　军 高超", ["李军", "高超"]), ("高超 马强", ["高超", "马强"]), ("李 军 王 芳", ["李军", "王芳"]),
        ("高超/高超", ["高超"]),
    ],
)  # fmt: skip
def test_a_padded_technician_is_one_person(text, names):
    assert cells.people(text) == names
