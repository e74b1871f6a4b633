import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import names
from customers import identifiers as ids

pytestmark = pytest.mark.pure
anything = st.text(max_size=24)
platish = st.text(alphabet="渝沪京AaBbDdFfＡ１0123456789·. 　-警学挂使领港临", max_size=10)


@pytest.mark.parametrize(
    ("typed", "plate"),
    [
        ("渝A12345", "渝A12345"),
        ("渝b·pdj38", "渝BPDJ38"),
        ("渝A.123 45", "渝A12345"),
        ("渝Ａ１２３４５", "渝A12345"),
        ("　渝a-12345 ", "渝A12345"),
        ("渝A・D12345", "渝AD12345"),
        ("渝A临1234", ""),
        ("临时牌照", ""),
        ("", ""),
    ],
)
def test_a_plate_is_stored_upper_case_without_dots_and_blanks(typed, plate):
    assert ids.clean_plate(typed) == plate


@pytest.mark.parametrize(
    "plate",
    [
        "渝A12345", "渝BPDJ38", "沪C0001A",  # ordinary
        "渝AD12345", "渝AF12345", "粤B12345D", "渝ADK1234",  # new energy: small, large
        "渝A1234警", "渝A1234挂", "渝A1234学", "粤Z1234港", "粤Z1234澳",
        "使123456", "123456使", "沪A0001领", "WJ渝1234A", "WJ12345", "KA12345",
    ],
)  # fmt: skip
def test_every_kind_of_plate_is_known(plate):
    assert ids.is_plate(plate)


@pytest.mark.parametrize(
    "plate", ["", "A12345", "渝12345", "渝A1234", "渝A123456", "渝AI2345", "渝AO2345", "渝IA2345", "渝AD1234X", "海A12345", "渝A1234警5"]
)
def test_what_is_no_plate_is_refused(plate):
    assert not ids.is_plate(plate)


@given(text=st.one_of(anything, platish))
def test_cleaning_twice_is_cleaning_once(text):
    assert ids.clean_plate(ids.clean_plate(text)) == ids.clean_plate(text)
    assert ids.clean_vin(ids.clean_vin(text)) == ids.clean_vin(text)


@given(text=st.one_of(anything, platish), n=st.integers(min_value=3, max_value=12))
def test_a_cleaned_plate_lies_in_the_range_of_each_of_its_tails(text, n):
    plate = ids.clean_plate(text)
    key, asked = ids.plate_key(plate), ids.plate_key(plate[-n:])
    assert key.startswith(asked)
    assert len(key) <= ids.PLATE_KEY_LENGTH and (key == "" or key.isascii() and key.isalnum() and key == key.lower())


@pytest.mark.parametrize(
    ("vin", "is_vin"),
    [
        ("LS4ASE2W1HA000001", True),
        ("LS4ASE2W1HA00000", False),
        ("LS4ASE2W1HA0000011", False),
        ("IS4ASE2W1HA000001", False),
        ("OS4ASE2W1HA000001", False),
        ("QS4ASE2W1HA000001", False),
    ],
)
def test_a_vin_has_seventeen_characters_without_i_o_and_q(vin, is_vin):
    assert ids.is_vin(vin) is is_vin


def test_a_vin_is_cleaned_of_blanks_and_a_scanners_stars():
    assert ids.clean_vin("*ls4ase2w 1ha-000001*") == "LS4ASE2W1HA000001"


@pytest.mark.parametrize(("vin", "fits"), [("1M8GDM9AXKP042788", True), ("11111111111111111", True), ("1M8GDM9A1KP042788", False)])
def test_the_check_digit_is_the_published_one(vin, fits):
    assert ids.vin_check_digit_fits(vin) is fits


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("13812345678", "+8613812345678"),
        ("138 1234 5678", "+8613812345678"),
        ("１３８１２３４５６７８", "+8613812345678"),
        ("+86 138-1234-5678", "+8613812345678"),
        ("0086 13812345678", "+8613812345678"),
        ("023-6000 0000", "+862360000000"),
        ("（0571）88888888", "+8657188888888"),
        ("400-820-8820", "+864008208820"),
    ],
)
def test_phones_are_read_as_people_write_them(typed, number):
    parsed = ids.parse_phone(typed)
    assert (parsed.number, parsed.is_valid) == (number, True)


@pytest.mark.parametrize("typed", ["12345", "1381234567", "无", "", "99999999999999999999999"])
def test_what_cannot_be_a_phone_is_kept_as_digits_and_not_valid(typed):
    parsed = ids.parse_phone(typed)
    assert not parsed.is_valid
    assert len(parsed.number) <= 20


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ("渝b·12345", {"plate": "渝B12345"}),
        ("渝AD12345", {"plate": "渝AD12345"}),
        ("B12345", {"plate": "B12345"}),
        ("lsgpc52u6af102554", {"vin": "LSGPC52U6AF102554"}),
        ("LSGPC52U6AF10255", {"vin": "LSGPC52U6AF10255"}),
        ("138 1234 5678", {"phone": "138 1234 5678"}),
        ("1381234567", {"phone": "1381234567"}),
        ("单小明", {"name": "单小明"}),
        ("345", {}),
        ("sxm", {}),
        ("", {}),
    ],
)
def test_what_was_typed_into_a_search_belongs_to_a_field_of_a_new_file(typed, field):
    assert ids.recognise(typed) == field


def test_a_mobile_number_is_told_from_a_landline():
    assert ids.parse_phone("13812345678").is_mobile
    assert not ids.parse_phone("023-60000000").is_mobile


class Card(ids.Written):
    def __init__(self, contact):
        self.contact = contact


@pytest.mark.parametrize(
    ("written", "masked", "shown", "dialled"),
    [
        ("13812345678", "138****5678", "138 1234 5678", "+8613812345678"),
        ("138-1234-5678 张太太", "138****5678", "138-1234-5678 张太太", "+8613812345678"),
        ("138 1234 5678 / 139 0000 1111", "*" * 18 + "11", "138 1234 5678 / 139 0000 1111", ""),
        ("67001234", "******34", "67001234", ""),
        ("微信 zhangsan", "**", "微信 zhangsan", ""),
        ("zhang12@qq.com", "**", "zhang12@qq.com", ""),
        ("", "", "", ""),
    ],
)
def test_what_was_written_as_a_phone_is_masked_and_read_even_if_it_is_none(written, masked, shown, dialled):
    card = Card(written)
    assert (card.masked, card.shown, card.dialled) == (masked, shown, dialled)


@given(number=st.one_of(st.from_regex(r"\+861[3-9][0-9]{9}", fullmatch=True), st.from_regex(r"\+?[0-9]{1,20}", fullmatch=True)))
def test_a_masked_phone_shows_at_most_its_first_three_and_last_four(number):
    masked = ids.mask_phone(number)
    shown = masked.replace("*", "")
    digits = number.removeprefix("+86").lstrip("+")
    assert "*" in masked and len(shown) <= 7
    assert len(shown) < len(digits) or not shown
    head, _stars, last = masked.partition("*")
    assert digits.startswith(head) and digits.endswith(last.replace("*", ""))
    assert len(head) <= 3 and len(last.replace("*", "")) <= 4


@pytest.mark.parametrize(
    ("name", "pinyin", "initials"),
    [
        ("单小明", "shanxiaoming", "sxm"),
        ("曾丽", "zengli", "zl"),
        ("仇英", "qiuying", "qy"),
        ("翟天", "zhaitian", "zt"),
        ("解缙", "xiejin", "xj"),
        ("重庆物流", "chongqingwuliu", "cqwl"),
        ("吕布", "lvbu", "lb"),
        ("ABC公司", "abcgongsi", "abcgs"),
    ],
)
def test_names_are_read_with_the_surnames_own_reading(name, pinyin, initials):
    assert (names.pinyin(name), names.initials(name)) == (pinyin, initials)


def test_a_rare_character_has_a_place_in_the_order_too():
    assert names.hexed("𠮷田").startswith(names.hexed("𠮷")) and names.hexed("𠮷")


@pytest.mark.parametrize(("vin", "is_none"), [("0" * 17, True), ("X" * 17, True), ("0" * 16 + "1", False), ("0", False), ("", False)])
def test_one_sign_all_over_is_a_placeholder_and_no_vin(vin, is_none):
    assert ids.is_placeholder_vin(vin) is is_none


@given(text=st.text(alphabet="张三欧阳 　·•.JohnSmith\n", max_size=12))
def test_a_cleaned_name_is_clean_and_has_lost_no_letter(text):
    name = ids.clean_name(text)
    assert ids.clean_name(name) == name
    assert [c for c in name if c.isalpha()] == [c for c in text if c.isalpha()]
