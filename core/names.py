"""Pinyin of names, to search and sort by; the surname's own reading where it has one."""

import os
from functools import cache, lru_cache
from types import ModuleType

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


SHORT = 6  # characters; in a longer name there are too many places where a phrase may begin


@cache
def library() -> ModuleType:
    """pypinyin. Its dictionaries take a second and 45 MB, which a process that reads no name (a command, a beat) does without; half of
    that are lists of one syllable, of which there are few kinds."""
    os.environ.setdefault("PYPINYIN_NO_DICT_COPY", "true")  # nobody here changes them
    import pypinyin

    one: dict[tuple[str, ...], list[str]] = {}
    phrases = pypinyin.constants.PHRASES_DICT
    for phrase, readings in phrases.items():
        phrases[phrase] = [one.setdefault(tuple(syllables), syllables) for syllables in readings]
    return pypinyin


def _by_phrases(text: str) -> list[str]:
    syllables: list[str] = library().lazy_pinyin(text, style=library().Style.NORMAL)
    return syllables


class _Readings(dict):
    """sign -> how it is read alone; '' for what is none."""

    def __missing__(self, sign: str) -> str:
        is_known = "\u4e00" <= sign <= "\u9fff" and ord(sign) in library().constants.PINYIN_DICT
        self[sign] = reading = _by_phrases(sign)[0] if is_known else ""
        return reading


_readings = _Readings()


def _read(name: str) -> list[str]:
    """As lazy_pinyin, which cuts every name into phrases first: most names hold none, and then each sign is read as if alone."""
    length, phrases = len(name), library().constants.PHRASES_DICT
    if length <= SHORT:
        readings = [_readings[sign] for sign in name]
        if all(readings) and not any(name[i:j] in phrases for i in range(length - 1) for j in range(i + 2, length + 1)):
            return readings
    return _by_phrases(name)


@lru_cache(maxsize=256)  # asked twice for each name
def _syllables(name: str) -> list[str]:
    syllables = [s for s in _read(name.strip()) if s]
    if name.strip()[:1] in SURNAMES and syllables:
        syllables[0] = SURNAMES[name.strip()[0]]
    return syllables


def _plain(text: str) -> str:
    text = text.lower().replace("ü", "v")
    return text if text.isascii() and text.isalnum() else "".join(c for c in text if c.isascii() and c.isalnum())


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
