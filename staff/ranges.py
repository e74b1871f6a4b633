"""Opening hours as people write them: '08:30-12:00, 13:30-18:30' <-> [(510, 720), (810, 1110)]. Pure."""

import re
import unicodedata
from itertools import pairwise

Range = tuple[int, int]
_RANGE = re.compile(r"(\d{1,2}):(\d{2})\s*[-–—~至到]+\s*(\d{1,2}):(\d{2})")


class BadRange(ValueError):
    """code: format, time, order or overlap; text: the part of the input that is wrong."""

    def __init__(self, code: str, text: str):
        super().__init__(code, text)
        self.code = code
        self.text = text


def parse(text: str) -> list[Range]:
    """Ranges in local minutes, in order. Empty text: closed. Full-width characters are understood. Raises BadRange."""
    ranges = []
    for part in re.split(r"[,;、\n]", unicodedata.normalize("NFKC", text)):
        part = part.strip()
        if not part:
            continue
        match = _RANGE.fullmatch(part)
        if not match:
            raise BadRange("format", part)
        from_hour, from_minute, to_hour, to_minute = map(int, match.groups())
        start, end = from_hour * 60 + from_minute, to_hour * 60 + to_minute
        if from_minute > 59 or to_minute > 59 or end > 1440:
            raise BadRange("time", part)
        if start >= end:
            raise BadRange("order", part)
        ranges.append((start, end))
    ranges.sort()
    for (_s, end), (start, stop) in pairwise(ranges):
        if start < end:
            raise BadRange("overlap", written([(start, stop)]))
    return ranges


def written(ranges: list[Range]) -> str:
    return ", ".join("{:02d}:{:02d}-{:02d}:{:02d}".format(*divmod(start, 60), *divmod(end, 60)) for start, end in ranges)
