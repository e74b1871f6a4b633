"""What a cell means: dates, phones, amounts, plates, VINs, as dealers' systems and people write them (contracts.md). Pure."""

import re
import unicodedata
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from django.utils.translation import gettext_noop as _

from core.money import to_fen
from customers import identifiers
from customers.models import COMPOUND, Customer
from visits.models import Kind

MAX_MILEAGE = 2_000_000  # as where it is typed (core.forms): taxis reach one million
MAX_FEN = 10**9  # ten million yuan: no car of a 4S dealership costs as much, and a phone number among the amounts is more
MAX_DIGITS = 20  # 1E400 is no number of anything, and more than decimals can be rounded to
YEARS = range(1980, 2101)


class CellError(ValueError):
    """text: what is wrong with the cell and how to mend it, to be translated when it is read; params belong into it. Not refuses: the
    cell counts as empty, and that is a warning."""

    def __init__(self, text: str, *, refuses: bool = True, **params):
        super().__init__(text)
        self.text, self.refuses, self.params = text, refuses, params

    def __str__(self):
        return self.text % self.params


_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
NOT_FOUND = "#N/A"  # what VLOOKUP gives where it finds nothing
ERRORS = {"#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!", "#GETTING_DATA"}
_KEPT_AS_TEXT = re.compile(r'="((?:[^"]|"")*)"')
NOTHING = {"", "-", "--", "—", "——", "/", "\\", "无", "N/A", "n/a", NOT_FOUND, "NULL", "null"}


def clean(text: str) -> str:
    """Full-width digits and letters to ordinary ones, outer blanks and control characters away, a number's '.0' stays."""
    if text.isascii() and text.isprintable():
        return text.strip()
    return _CONTROLS.sub("", unicodedata.normalize("NFKC", text)).strip()


def bare(text: str) -> str:
    """Without what keeps a text from becoming a number in Excel: ="0001", '0001."""
    kept = _KEPT_AS_TEXT.fullmatch(text)
    return kept[1].replace('""', '"') if kept else text.removeprefix("'")


def behind_sign(text: str) -> str:
    """What a cell says that begins with a sign. Raises CellError for an error of Excel's."""
    if text in ERRORS:
        raise CellError(_("an error, or a formula without a result; open the file in Excel, mend it and save it, or write the value here"))
    if text == NOT_FOUND:
        raise CellError(_("no value was found by the file's formula; left empty"), refuses=False)
    return bare(text)


def is_nothing(text: str) -> bool:
    return text in NOTHING or (not text[:1].isalnum() and clean(text) in NOTHING)


_DATE = r"(?P<y>\d{4}|\d{2})\s*(?P<parted>[-/.年])\s*(?P<m>\d{1,2})\s*(?:[-/.月])\s*(?P<d>\d{1,2})\s*日?"
_WEEKDAY = r"(?:\s*\(?(?:周|星期|礼拜)[一二三四五六日天]\)?)?"
_HALF = r"上午|下午|[AaPp][Mm]"
_CLOCK = r"(?P<h>\d{1,2})\s*[:时点]\s*(?P<i>\d{1,2})\s*分?(?::?\s*(?P<s>\d{1,2})(?:\.\d+)?\s*秒?)?"
_TIME = rf"(?:[T\s]*(?P<half>{_HALF})?\s*{_CLOCK}\s*(?P<after>{_HALF})?)?"
_WRITTEN = re.compile(rf"^{_DATE}{_WEEKDAY}{_TIME}{_WEEKDAY}(?:\s*\+08:?00)?$")  # China has one time zone
_BACKWARDS = re.compile(r"^\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d{2})\b")
_COMPACT = re.compile(r"^(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})(?:\s*(?P<h>\d{2}):?(?P<i>\d{2})(?::?(?P<s>\d{2}))?)?(?:\.0)?$")
_ISO = re.compile(r"\d{4}-\d\d-\d\d( \d\d:\d\d(:\d\d)?)?\Z", re.ASCII)  # what most cells hold
_SERIAL = re.compile(r"^\d{4,5}(?:\.\d+)?$")


BACKWARDS = _("year, month and day cannot be told apart; write the year first, with four digits: 2026-01-05")


class Moment(NamedTuple):
    """A local date and time as the file says it; has_time: it says a time, too."""

    at: datetime
    has_time: bool


def moment(text: str, is_1904: bool = False, years: range = YEARS) -> Moment:
    """An Excel date, a serial number, 2026/1/5, 2026-01-05 14:30, 2026年1月5日, 20260105, 26-1-5, 2026/1/5 下午 2:30. Raises CellError.

    A date that Excel stored without a time arrives as midnight: nobody hands a car over at midnight, so that is no time.
    """
    try:
        if _ISO.match(text):
            at = datetime.fromisoformat(text)
        elif found := _WRITTEN.match(written := clean(text)):
            at = _from_parts(found)
        elif found := _COMPACT.match(written):
            at = datetime(*[int(digits) for digits in found.groups("0")])
        elif _SERIAL.match(written):
            at = _from_serial(float(written), is_1904)
        else:
            raise CellError(BACKWARDS if _BACKWARDS.match(written) else _("no date; write one such as 2026-01-05 14:30"))
    except (ValueError, OverflowError) as problem:
        if isinstance(problem, CellError):
            raise
        raise CellError(_("there is no such day or time")) from None
    if at.year not in years:
        raise CellError(_("the year cannot be right"))
    return Moment(at, bool(at.hour or at.minute or at.second))


def _from_parts(found: re.Match[str]) -> datetime:
    """A year of two digits stands in front, as in Chinese; where it may be a month just as well (05/01/26), nobody can tell."""
    year, month, day = int(found["y"]), int(found["m"]), int(found["d"])
    if len(found["y"]) == 2:
        if year <= 12 and found["parted"] != "年":
            raise CellError(BACKWARDS)
        year += 2000
    hour, half = int(found["h"] or 0), (found["half"] or found["after"] or "").upper()
    if half in ("上午", "AM"):
        if hour > 12:
            raise ValueError(hour)
        hour %= 12
    elif half and hour < 12:
        hour += 12
    return datetime(year, month, day, hour, int(found["i"] or 0), int(found["s"] or 0))


def _from_serial(days: float, is_1904: bool) -> datetime:
    epoch = datetime(1904, 1, 1) if is_1904 else datetime(1899, 12, 30)
    return epoch + timedelta(seconds=round(days * 86_400))


_MONEY_SIGNS = re.compile(r"[\s¥$]|[元圆]整?$|^人民币|RMB|CNY")
_UNITS = {"万": 10_000, "W": 10_000, "千": 1000}
_GROUPED = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?", re.ASCII)


def number(text: str) -> Decimal:
    """¥1,990.00, 1990元整, １９９０, 1.99E3, 1.2万, 1.2w, 12万3千; (5.00) is what accountants write for -5. Raises CellError."""
    written, factor = clean(text), 1
    if not written.isascii() or not written.replace(".", "", 1).isdigit():
        written = _MONEY_SIGNS.sub("", written.upper())
        written = re.sub(r"^\((.*)\)$", r"-\1", written)
        written = re.sub(r"^(\d+)[万W](\d)千$", r"\1\2千", written)
        if written[-1:] in _UNITS:
            written, factor = written[:-1], _UNITS[written[-1]]
        if "," in written:
            if not _GROUPED.fullmatch(written):
                raise CellError(_("the commas do not stand at thousands; write one such as 1,234.50"))
            written = written.replace(",", "")
    try:
        value = Decimal(written)
    except InvalidOperation:
        raise CellError(_("no number")) from None
    if not value.is_finite() or value.adjusted() > MAX_DIGITS:
        raise CellError(_("no number"))
    return value * factor


def scaled(meaning: Callable[[str], int], factor: int) -> Callable[[str], int]:
    """For a column whose header says the unit, 车价（万元）; a cell that says its own keeps it. Raises CellError for one that holds
    yuan all the same."""

    def scaled_meaning(text: str) -> int:
        if not clean(text)[-1:].isdigit():
            return meaning(text)
        value = number(text)
        try:
            return meaning(str(value * factor))
        except CellError:
            meaning(text)  # wrong in any unit
            said = _("too much for the unit in the header; write %(number)s, or the unit behind the number")
            raise CellError(said, number=f"{value / factor:f}") from None

    return scaled_meaning


def amount(text: str) -> int:
    """In fen. Raises CellError."""
    if text.isascii() and text.isdigit() and len(text) < 8:
        return int(text) * 100
    fen = to_fen(number(text))
    if fen < 0:
        raise CellError(_("an amount is not negative"))
    if fen > MAX_FEN:
        raise CellError(_("the amount is too large to be right"))
    return fen


def mileage(text: str) -> int:
    """108,603; 45000.0; 45000公里; 4.5万公里. Raises CellError."""
    if text.isascii() and text.isdigit() and len(text) < 7:
        return int(text)
    value = int(number(re.sub(r"(公里|千米|KM)$", "", clean(text).upper().replace(" ", ""))))
    if not 0 <= value <= MAX_MILEAGE:
        raise CellError(_("the mileage cannot be right"))
    return value


MEASURES = (amount, mileage)  # what a header may say in units of ten thousand

_SCIENTIFIC = re.compile(r"^\d(?:\.(?P<digits>\d+))?[Ee]\+?(?P<power>\d{1,2})$")


_PHONES_PARTED = re.compile(r"[/\\、;,|\n]")
_BRACKETS = re.compile(r"\([^()]*\)")
_WORDS = re.compile(r"(转|分机|ext\.?)|[^\W\d_]+|[:&]", re.I)  # 或, 妻
_MOBILES = re.compile(r"(?:(?:86)?1[3-9]\d{9}){2,}", re.ASCII)
_EXTENDED = re.compile(r"(?P<phone>.*\d)\s*(?:转|分机|ext\.?|#|-)\s*(?P<extension>\d{1,6})", re.I | re.ASCII)
EXTENSION = "转"


def phones(text: str) -> list[str]:
    """The phones of a cell as written, ready for identifiers.parse_phone: the whole cell is tried before it is split."""
    if text.isascii() and text.isdigit() and identifiers.parse_phone(text).is_valid:
        return [text]  # nearly all of them
    written = clean(text)
    if found := _SCIENTIFIC.match(written):
        digits, power = found["digits"] or "", int(found["power"])
        whole = str(int(Decimal(written)))
        # 1.86607668E10 has lost its last digits: what is left is no phone number. With the sign, which keeps the power's digits from
        # being taken for the last ones of a phone.
        return [whole if len(digits) >= power else re.sub(r"[Ee]\+?", "E+", written)]
    written = re.sub(r"^(\+?\d+)\.0+$", r"\1", written)
    if identifiers.parse_phone(written).is_valid:
        return [written]
    parts = [part.strip() for part in _PHONES_PARTED.split(written) if part.strip()]
    return [phone for part in parts or [written] for phone in _phones_within(part)]


def _phones_within(part: str) -> list[str]:
    """Of what no sign parts: '13812345678（本人）13912345678（妻）', 'A-B', 'A或B', 'AB'; whole where no part of it is a phone. An extension
    is told from a phone by its first sign: 'A', '转8001'."""
    if identifiers.parse_phone(part).is_valid:
        return [part]
    if _MOBILES.fullmatch(digits := re.sub(r"\D", "", part)):
        return re.findall(r"(?:86)?(1\d{10})", digits)
    if (found := _EXTENDED.fullmatch(part)) and identifiers.parse_phone(found["phone"]).is_valid:
        return [found["phone"], EXTENSION + found["extension"]]
    bare = _BRACKETS.sub(lambda remark: "/" if len(re.findall(r"\d", remark[0])) < 7 else remark[0], part)
    for pieces in (part.split(), bare.split("/"), _WORDS.sub(lambda word: word[1] or "/", bare).split("/")):
        phones = [piece.strip() for piece in pieces if re.search(r"\d", piece)]
        if len(pieces) > 1 and any(identifiers.parse_phone(piece).is_valid for piece in phones):
            return [phone for piece in phones for phone in _phones_within(piece)]
    return [part]


_NO_PLATE = re.compile(r"(?:[暂尚]?[无没未待]|新车|不详|暂缺)[^\dA-Z]*|0*")


def plate(text: str) -> str:
    """Cleaned; '' for none and for a temporary one; of 渝A12345（新） the plate. Raises CellError."""
    cleaned = identifiers.clean_plate(clean(text))
    if identifiers.is_plate(cleaned):
        return cleaned
    if _NO_PLATE.fullmatch(cleaned):
        return ""
    before = identifiers.clean_plate(re.sub(r"\([^()]*\)$", "", clean(text)))
    if identifiers.is_plate(before):
        return before
    raise CellError(_("no plate; write one such as 渝A12345"))


def vin(text: str) -> str:
    """Cleaned; '' for none. Raises CellError: another length, or with I, O, Q; a placeholder only warns. (The check digit is only a
    warning, too, the caller's.)"""
    cleaned = identifiers.clean_vin(clean(text))
    if not cleaned:
        return ""
    if identifiers.is_placeholder_vin(cleaned):
        raise CellError(_("one sign all over is no VIN; left empty"), refuses=False)
    if len(cleaned) != 17:
        raise CellError(_("a VIN has 17 characters; this one has %(n)d"), n=len(cleaned))
    if not identifiers.is_vin(cleaned):
        raise CellError(_("a VIN has letters without I, O and Q, and digits"))
    return cleaned


# What a kind is called: the first row of which a word is found in the cell counts. An insurer pays for an accident (保险索赔), the
# manufacturer for a claim. What nobody has a kind for (beauty, accessories, an annual inspection, towing) is a general repair: it is owed
# the same call. The customer pays for it, as those words say that stand for a kind in some systems.
_KINDS: list[tuple[str, tuple[str, ...]]] = [
    (Kind.REWORK, ("返修", "返工")),
    (Kind.RECALL, ("召回",)),
    (Kind.FIRST_MAINTENANCE, ("首保", "首次保养", "首次免费保养", "首免")),
    (Kind.ACCIDENT, ("保险", "理赔", "出险", "事故")),
    (Kind.WARRANTY, ("索赔", "保修", "质保", "三包", "延保", "保内", "在保", "未过保", "未出保", "未脱保")),
    (Kind.ACCIDENT, ("钣喷", "钣金", "喷漆", "油漆", "烤漆", "补漆")),
    (Kind.OVERHAUL, ("大修",)),
    (Kind.MAINTENANCE, ("保养", "定保", "例保", "二保", "小保", "大保", "机油")),
    (Kind.REPAIR, (
        "小修", "中修", "快修", "维修", "机修", "检修", "修理", "机电", "检查", "检测", "诊断", "自费", "自付", "客户付费", "美容", "洗车", "精品", "加装",
        "装潢", "装饰", "改装", "年检", "年审", "救援", "拖车", "轮胎", "其他", "其它",
    )),
]  # fmt: skip
_DENIED = "|".join([*(word for _kind, words in _KINDS[:-1] for word in words if word[0] not in "在未"), "保(?![养险])"])
_NOT = re.compile(
    rf"(?<![未没])(?:非|无|不[予属于是在含]{{0,2}}|未在|超[出过]?|过|出|脱)(?:{_DENIED})(?:期限?|范围)?(?:以?内)?"
    r"|(?:保修|质保|三包|延保|保)(?:期限?|范围)?(?:[之以]?外|[已均]?(?:过期?|到期|超期?|失效))"
)
_NO_VISIT = re.compile("PDI|交车前|新车(?:检查|整备|准备)")


def kind(text: str) -> str:
    """A visits Kind by what the cell says: 常规保养, 首保, 一般维修, 小修, 大修, 事故, 钣喷, 保修, 索赔, 返修, 召回; what it says that it is not
    (非索赔, 保修期外) is no kind. Raises CellError: an unknown one only warns."""
    written = clean(text).upper()
    if _NO_VISIT.search(written):
        raise CellError(_("the inspection of a new car (PDI) is no customer's visit, and nobody is called about it; leave this row out"))
    said = _NOT.sub(lambda found: "保养" if "首" in found[0] else " ", written)
    for value, words in _KINDS:
        if any(word in said for word in words):
            return value
    if said != written:
        return Kind.REPAIR
    raise CellError(
        _(
            "unknown kind of order: left empty, which means general repair; known are 保养 首保 一般维修 小修 大修 事故 钣喷 保修 索赔 返修 召回"
        ),
        refuses=False,
    )


TITLES = {"先生": Customer.Gender.MALE.value, "女士": Customer.Gender.FEMALE.value, "小姐": Customer.Gender.FEMALE.value}
_TITLE = re.compile(rf"\s*\(?({'|'.join(TITLES)})\)?$")


def name(text: str) -> str:
    """A person's or a company's name: '张　三', '张三先生' -> '张三'. Of somebody who is only called 王先生 nothing better is known."""
    said = identifiers.clean_name(clean(text))
    if found := _TITLE.search(said):
        rest = said[: found.start()]
        if len(rest) > 1 and rest not in COMPOUND and not rest.isascii():
            return rest
    return said


def title(text: str) -> str:
    """The gender that the title behind a name tells, '' without one: '王女士' -> 'female'."""
    found = _TITLE.search(clean(text))
    return TITLES[found[1]] if found else ""


_PADDED = re.compile(r"(?<![^\W\da-zA-Z_])([^\W\da-zA-Z_])\s+([^\W\da-zA-Z_])(?![^\W\da-zA-Z_])")


def people(text: str) -> list[str]:
    """The names of a cell: '高超、李军', '高超 李 军' -> ['高超', '李军']."""
    names = re.split(r"[、,;/\s]+", _PADDED.sub(r"\1\2", clean(text)))
    return list(dict.fromkeys(name for name in names if name))
