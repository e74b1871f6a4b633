"""A verdict in words, with why. Shares are cut off, never rounded up: 92.999 % is not 93 %."""

from fractions import Fraction

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lounge.verdicts import EACH, FEWEST_INTERVIEWS, MEAN, Consequence, Judged, Outcome


def share(value: Fraction | None) -> str:
    """'92.99%', '100%'; '–' for None."""
    if value is None:
        return "–"
    whole, rest = divmod(value.numerator * 10_000 // value.denominator, 100)
    return f"{whole}.{rest:02}%" if rest else f"{whole}%"


def of_interviews(n: int) -> str:
    return ngettext("%(n)d interview", "%(n)d interviews", n) % {"n": n}


def why(judged: Judged) -> str:
    said = {"n": of_interviews(judged.n), "mean": share(judged.mean), "lowest": share(judged.lowest)}
    said |= {"needed": FEWEST_INTERVIEWS, "limit": share(MEAN), "each": share(EACH)}
    if judged.outcome == Outcome.NONE:
        return _("%(n)s that count; %(needed)s are needed for a verdict.") % said
    if judged.outcome == Outcome.PASSED:
        return _("Mean %(mean)s of %(n)s, the lowest %(lowest)s.") % said
    if judged.below_mean and judged.below_each:
        return _("Mean %(mean)s of %(n)s, below %(limit)s; and one customer at %(lowest)s, below %(each)s.") % said
    if judged.below_mean:
        return _("Mean %(mean)s of %(n)s, below %(limit)s.") % said
    return _("One customer at %(lowest)s, below %(each)s, though the mean of %(n)s is %(mean)s.") % said


def follows(consequence: Consequence) -> str:
    if consequence.deduction:
        return _("Lounge duty, and a deduction: not passed twice running.")
    if consequence.duty:
        return _("Lounge duty.")
    return _("Reward: 100%.") if consequence.reward else ""
