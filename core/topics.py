"""What the messages in the inbox say: topic -> text, in the reader's language, with %(param)s from the message's params.

Each floor adds its own topics here. Params are ids, counts, dates, plate tails and at most a surname: no full names, no phones.
KINDS are what a store may have its group told as well: there a message speaks to everybody, so each of their topics has a second text.
"""

from collections.abc import Mapping
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

TOPICS: dict[str, Promise] = {
    "calendar_year_missing": _("The public holidays of %(year)s are not entered: deadlines would fall on holidays. Please enter them."),
    "demo_welcome": _("This is the demonstration store: its people, cars and calls are invented. Try everything; nothing leaves it."),
    "webhook_test": _("This is a test message: the connection works."),
}


class Kind(NamedTuple):
    """topics: topic -> the sentence for the group."""

    label: Promise
    topics: dict[str, Promise]


KINDS: dict[str, Kind] = {}


class _Known(dict):
    def __missing__(self, key):
        return "…"


def text(topic: str, params: Mapping) -> str:
    """The sentence for the reader. A topic or a param of an older release never breaks the inbox."""
    return _filled(TOPICS.get(topic), topic, params)


def kind_of(topic: str) -> str:
    """The key in KINDS; '' for what no group is told."""
    return next((code for code, kind in KINDS.items() if topic in kind.topics), "")


def group_text(topic: str, params: Mapping) -> str:
    """The sentence for a group."""
    code = kind_of(topic)
    return _filled(KINDS[code].topics[topic] if code else TOPICS.get(topic), topic, params)


def _filled(known: Promise | None, topic: str, params: Mapping) -> str:
    return str(known) % _Known(params) if known else gettext("A message that this version does not know (%(topic)s).") % {"topic": topic}
