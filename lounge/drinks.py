"""What the lounge offers: the store's own list, or the usual one."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from lounge.models import LoungeSettings
from staff.models import Store

# Kept as they stand here, so that what was served is the same drink in both languages.
USUAL = (gettext_noop("hot tea"), gettext_noop("coffee"), gettext_noop("warm water"), gettext_noop("mineral water"))
MOST = 9  # each has a digit as its key
LONGEST = 20


def listed(text: str) -> list[str]:
    return list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))


def on_offer(store: Store) -> list[str]:
    row = LoungeSettings.objects.filter(store=store).first()
    return listed(row.drinks if row else "") or list(USUAL)


def label(drink: str) -> str:
    """The usual ones in the reader's language, the store's own as it wrote them."""
    return _(drink) if drink in USUAL else drink
