"""Pinyin of names, to search and sort by; the surname's own reading where it has one."""

from functools import lru_cache

from pypinyin import Style, lazy_pinyin

# Readings that a surname has and the dictionary's default has not (stack.md: tried).
SURNAMES = {
    "单": "shan",
    "曾": "zeng",
    "仇": "qiu",
    "翟": "zhai",
    "解": "xie",
    "区": "ou",
    "任": "ren",
    "华": "hua",
    "朴": "piao",
    "查": "zha",
    "盖": "ge",
    "缪": "miao",
    "尉": "yu",
    "宁": "ning",
    "乐": "yue",
}


@lru_cache(maxsize=256)  # asked twice for each name
def _syllables(name: str) -> list[str]:
    syllables = [s for s in lazy_pinyin(name.strip(), style=Style.NORMAL) if s]
    if name.strip()[:1] in SURNAMES and syllables:
        syllables[0] = SURNAMES[name.strip()[0]]
    return syllables


def _plain(text: str) -> str:
    return "".join(c for c in text.lower().replace("ü", "v") if c.isascii() and c.isalnum())


def pinyin(name: str) -> str:
    """'单小明' -> 'shanxiaoming'; letters and digits only, lower case."""
    return _plain("".join(_syllables(name)))


def initials(name: str) -> str:
    """'单小明' -> 'sxm'; a run of Latin letters stays whole: 'ABC公司' -> 'abcgs'."""
    return _plain("".join(s if s.isascii() and not _is_hanzi_reading(s, name) else s[:1] for s in _syllables(name)))


def _is_hanzi_reading(syllable: str, name: str) -> bool:
    return syllable not in name


def hexed(name: str) -> str:
    """A name as hexadecimal UTF-16: ranges over it are exact prefix searches in every collation."""
    return "".join(name.lower().split()).encode("utf-16-be", "surrogatepass").hex()
