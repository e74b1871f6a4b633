"""What the messages in the inbox say: topic -> text, in the reader's language, with %(param)s from the message's params.

Each floor adds its own topics here. Params are ids, counts, dates and plate tails: no names, no phones.
"""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

TOPICS: dict[str, Promise] = {
    "calendar_year_missing": _("The public holidays of %(year)s are not entered: deadlines would fall on holidays. Please enter them."),
    "demo_welcome": _("This is the demonstration store: its people, cars and calls are invented. Try everything; nothing leaves it."),
}


class _Known(dict):
    def __missing__(self, key):
        return "…"


def text(topic: str, params: Mapping) -> str:
    """The sentence for the reader. A topic or a param of an older release never breaks the inbox."""
    known = TOPICS.get(topic)
    return str(known) % _Known(params) if known else gettext("A message that this version does not know (%(topic)s).") % {"topic": topic}
