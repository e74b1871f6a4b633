"""Plates, VINs and phones: cleaning, recognising, and saying what is wrong (domain §2). Pure."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from operator import mul

import phonenumbers

PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_LETTER = "A-HJ-NP-Z"  # no I, no O
_ORDINARY = re.compile(rf"^[{PROVINCES}][A-HJ-NP-Z][{_LETTER}0-9]{{4}}[{_LETTER}0-9挂学警港澳]$")
_NEW_ENERGY = re.compile(rf"^[{PROVINCES}][A-HJ-NP-Z](?:[A-HJK][{_LETTER}0-9][0-9]{{4}}|[0-9]{{5}}[A-HJK])$")
_EMBASSY = re.compile(rf"^(?:使[0-9]{{6}}|[0-9]{{6}}使|[0-9]{{4,6}}领|[{PROVINCES}][A-Z][0-9]{{4}}领)$")
_ARMED_POLICE = re.compile(rf"^WJ[{PROVINCES}]?[0-9]{{4}}[0-9A-Z]$")
_MILITARY = re.compile(r"^[VKHBSLJNGCE][A-Z][0-9]{5}$")
PLATE_KEY_LENGTH = 12
_VIN = re.compile(r"^[A-HJ-NPR-Z0-9]{17}$")
_VIN_VALUES = dict(
    zip("ABCDEFGHJKLMNPRSTUVWXYZ0123456789", [1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 7, 9, 2, 3, 4, 5, 6, 7, 8, 9, *range(10)], strict=True)
)
_VIN_WEIGHTS = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2]


def _clean(text: str) -> str:
    if text.isascii():
        return text.upper()
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).upper())


def plain(text: str) -> str:
    """As it is compared when searching: half-width, lower case, without blanks, dots and dashes: '买买提·艾力' -> '买买提艾力'."""
    return re.sub(r"[\s·•・‧.\-_]", "", unicodedata.normalize("NFKC", text)).lower()


_SIGN = r"[\u3400-\u9fff\U00020000-\U0003ffff]"
_BLANK_BETWEEN = re.compile(rf"(?<={_SIGN})\s+(?={_SIGN})")
_DOT_BETWEEN = re.compile(rf"(?<={_SIGN})\s*[·•・‧∙⋅.]\s*(?={_SIGN})")


def clean_name(text: str) -> str:
    """As a name is stored, so that one person is one customer: '张　三' -> '张三' (tables pad names of two signs), '买买提• 艾力' ->
    '买买提·艾力'; parts in letters are parted by one blank."""
    name = " ".join(text.split())
    if name.isalpha():
        return name
    return _DOT_BETWEEN.sub("·", _BLANK_BETWEEN.sub("", name))


def clean_plate(text: str) -> str:
    """Upper case, only letters, digits and Chinese signs: '渝b·pdj38' -> '渝BPDJ38'. A temporary plate (临…) counts as none: ''."""
    plate = re.sub(r"[^A-Z0-9\u4e00-\u9fff]", "", _clean(text))
    return "" if "临" in plate else plate


def plate_key(plate: str) -> str:
    """The key under which the ending of a cleaned plate is found: reversed, Chinese signs as their hexadecimal code, cut to fit.

    A key in [0-9a-z] sorts alike on every database; the cut and the codes may let a wrong plate through: compare the ending, too."""
    return "".join(c.lower() if c.isascii() else f"{ord(c):04x}" for c in reversed(plate))[:PLATE_KEY_LENGTH]


def is_plate(plate: str) -> bool:
    """A cleaned plate of 7 characters, of 8 (new energy), or with a police, embassy, trailer, learner or Hong Kong/Macao mark, or a military one."""
    return any(pattern.match(plate) for pattern in (_ORDINARY, _NEW_ENERGY, _EMBASSY, _ARMED_POLICE, _MILITARY))


def clean_vin(text: str) -> str:
    """Upper case letters and digits only (barcode scanners send '*' around it)."""
    return re.sub(r"[^A-Z0-9]", "", _clean(text))


def is_vin(vin: str) -> bool:
    """17 characters, no I, O or Q."""
    return bool(_VIN.match(vin))


def is_placeholder_vin(vin: str) -> bool:
    """00000000000000000: somebody had to fill the field in. It would make one car of many."""
    return len(vin) == 17 and vin == vin[0] * 17


@lru_cache(maxsize=8192)
def vin_check_digit_fits(vin: str) -> bool:
    """The ninth character. A misfit is a warning only: European imports do not use it."""
    total = sum(map(mul, map(_VIN_VALUES.__getitem__, vin), _VIN_WEIGHTS))
    return vin[8] == ("X" if total % 11 == 10 else str(total % 11))


def recognise(text: str) -> dict[str, str]:
    """What was typed into a search box, as the field of a new file that it belongs to: plate, vin, phone or name; {} when it tells
    nothing (the last digits of something). It is not checked: a slip is mended in the form."""
    text = text.strip()[:60]
    plate, vin = clean_plate(text), clean_vin(text)
    if is_plate(plate):
        return {"plate": plate}
    if is_vin(vin):
        return {"vin": vin}
    if parse_phone(text).is_valid:
        return {"phone": text}
    digits, letters = re.search(r"\d", text), re.search(r"[^\W\d_]", text)
    if digits and letters and len(plate) >= 5:
        return {"plate": plate} if len(plate) <= 8 else {"vin": vin}
    if digits:
        return {"phone": text} if len(re.findall(r"\d", text)) >= 7 and not letters else {}
    return {"name": text} if letters and not text.isascii() else {}  # Latin letters are the beginning of a name, in pinyin


@dataclass(frozen=True)
class PhoneNumber:
    """number: E.164 when valid, else the digits as given. is_valid: a number that can exist in China (or abroad with +)."""

    number: str
    is_valid: bool
    is_mobile: bool


_MOBILE = re.compile(r"^1[3-9]\d{9}$", re.ASCII)


@lru_cache(maxsize=2048)
def _is_mobile_range(first_five: str) -> bool:
    """Of eleven digits that begin with 1 the library's rule looks at the first five only (a test compares)."""
    return phonenumbers.is_valid_number(phonenumbers.parse(first_five + "000000", "CN"))


@lru_cache(maxsize=8192)  # an import asks for each several times
def parse_phone(text: str) -> PhoneNumber:
    """One phone as people write it: full-width digits, blanks, +86, 0086, landlines with area code, 400 numbers."""
    if _MOBILE.match(text) and _is_mobile_range(text[:5]):
        return PhoneNumber("+86" + text, True, True)  # nearly all of them, without the library's half a page of regular expressions
    cleaned = re.sub(r"[^\d+]", "", _clean(text))
    if cleaned.startswith("00"):
        cleaned = "+" + cleaned[2:]
    try:
        number = phonenumbers.parse(cleaned, "CN")
    except phonenumbers.NumberParseException:
        return PhoneNumber(cleaned.lstrip("+")[:20], False, False)
    if not phonenumbers.is_valid_number(number):
        return PhoneNumber(cleaned.lstrip("+")[:20], False, False)
    kind = phonenumbers.number_type(number)
    return PhoneNumber(
        phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164), True, kind == phonenumbers.PhoneNumberType.MOBILE
    )


def display_phone(number: str) -> str:
    """'+8613812345678' -> '138 1234 5678'; landlines and others in the national form."""
    if not number.startswith("+"):
        return number
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return number
    if parsed.country_code != 86:
        return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)


def mask_phone(number: str) -> str:
    """'+8613812345678' -> '138****5678'; of anything else only the last two digits are shown."""
    digits = number.removeprefix("+86").lstrip("+")
    if len(digits) == 11:
        return f"{digits[:3]}****{digits[-4:]}"
    shown = digits[-2:] if len(digits) > 4 else ""
    return "*" * max(len(digits) - len(shown), 2) + shown


class Written:
    """A row that keeps a phone as somebody wrote it down, which need not be one: a WeChat name, two numbers, a word. WRITTEN: its field."""

    WRITTEN = "contact"

    @property
    def masked(self) -> str:
        """Of words nothing is shown, of digits what mask_phone shows; '' where nothing was written."""
        text = getattr(self, self.WRITTEN)
        return mask_phone(parse_phone(text).number) if text else ""

    @property
    def shown(self) -> str:
        """As one reads it: a bare number as numbers are written here, everything else as it stands. Only after it was asked for."""
        text = getattr(self, self.WRITTEN)
        return display_phone(self.dialled) if self.dialled and not any(c.isalpha() for c in text) else text

    @property
    def dialled(self) -> str:
        """The number to dial, E.164; '' where it cannot exist. Only after it was asked for."""
        parsed = parse_phone(getattr(self, self.WRITTEN))
        return parsed.number if parsed.is_valid else ""


def mask_vin(vin: str) -> str:
    return f"…{vin[-8:]}" if len(vin) > 8 else vin


def plate_tail(plate: str) -> str:
    """'…345': enough to recognise a car that one knows, too little to find one that one does not."""
    return f"…{plate[-3:]}" if plate else ""


def hide_plate(plate: str) -> str:
    """'渝A12345' -> '渝A·**345', for a screen that everybody in the room reads: its owner knows it at a glance, nobody else can look it
    up. Of other kinds of plates (embassy, temporary, foreign) only the last three characters; of very short ones the last one."""
    head = plate[:2] if len(plate) >= 7 and plate[:2].isalpha() and not plate[0].isascii() else ""
    tail = plate[-3:] if len(plate) >= 6 else plate[-1:]
    hidden = "*" * (len(plate) - len(head) - len(tail))
    return f"{head}·{hidden}{tail}" if head else hidden + tail
