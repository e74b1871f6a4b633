"""From interviews to a verdict, from verdicts to duty, reward and deduction (S0; domain §7). Pure; shares are exact fractions."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

MEAN, EACH = Fraction(93, 100), Fraction(80, 100)
FEWEST_ITEMS = 5  # that apply to a customer; else the interview does not count
FEWEST_INTERVIEWS = 3  # that count; else there is no verdict


class Outcome(TextChoices):
    PASSED = "passed", _("passed")
    NOT_PASSED = "not_passed", _("not passed")
    NONE = "none", _("no verdict")


@dataclass(frozen=True)
class Interview:
    """How many items of the questionnaire one customer said yes and no to; what does not apply is neither. key: whose, to come back to it."""

    yes: int
    no: int
    key: int = 0

    @property
    def counts(self) -> bool:
        return self.yes + self.no >= FEWEST_ITEMS

    @property
    def share(self) -> Fraction:
        """落实率: yes of yes and no. Only of one that counts."""
        return Fraction(self.yes, self.yes + self.no)


@dataclass(frozen=True)
class Judged:
    """mean, lowest: over the n interviews that count; None without any. below_mean, below_each: why it was not passed."""

    outcome: Outcome
    n: int
    mean: Fraction | None
    lowest: Fraction | None

    @property
    def below_mean(self) -> bool:
        return self.mean is not None and self.mean < MEAN

    @property
    def below_each(self) -> bool:
        return self.lowest is not None and self.lowest < EACH

    @property
    def is_perfect(self) -> bool:
        """100 %: the store's reward."""
        return self.outcome == Outcome.PASSED and self.mean == 1


def judge(interviews: Iterable[Interview]) -> Judged:
    """Passed: the mean over the customers is at least 93 % and nobody is below 80 %."""
    shares = [one.share for one in interviews if one.counts]
    if not shares:
        return Judged(Outcome.NONE, 0, None, None)
    mean, lowest = sum(shares, Fraction(0)) / len(shares), min(shares)
    if len(shares) < FEWEST_INTERVIEWS:
        return Judged(Outcome.NONE, len(shares), mean, lowest)
    passed = mean >= MEAN and lowest >= EACH
    return Judged(Outcome.PASSED if passed else Outcome.NOT_PASSED, len(shares), mean, lowest)


@dataclass(frozen=True)
class Month:
    """One month's verdict on a person. is_perfect: 100 %."""

    month: date
    outcome: str
    is_perfect: bool = False
    is_excused: bool = False

    @property
    def counts(self) -> bool:
        return self.outcome != Outcome.NONE and not self.is_excused


@dataclass(frozen=True)
class Consequence:
    duty: bool = False
    deduction: bool = False
    reward: bool = False


def consequences(history: Iterable[Month]) -> dict[date, Consequence]:
    """Of each month. Excused months and those without a verdict neither count nor break a run: what comes before them and what comes
    after follow one another. ◆ A third not passed running deducts again, for it too follows on one."""
    found: dict[date, Consequence] = {}
    failed_before = False
    for one in sorted(history, key=lambda month: month.month):
        if not one.counts:
            found[one.month] = Consequence()
            continue
        failed = one.outcome == Outcome.NOT_PASSED
        found[one.month] = Consequence(duty=failed, deduction=failed and failed_before, reward=one.is_perfect)
        failed_before = failed
    return found
