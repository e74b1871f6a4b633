"""Rates with their uncertainty: pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import exp, lgamma, log, sqrt
from statistics import fmean

Z95 = 1.959963984540054
SMALL = 30
# How much chance may leave beyond one limit of a funnel plot (Spiegelhalter 2005): the inner pair holds 95 %, the outer 99.8 %. Of many who
# are compared some lie outside the inner pair by chance alone: they are worth a look. Who lies outside the outer pair differs.
INNER, OUTER = 0.025, 0.001


def wilson(successes: int, n: int, z: float = Z95) -> tuple[float, float] | None:
    """The Wilson interval of a share, as fractions; None when n is 0."""
    if n == 0:
        return None
    p = successes / n
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    # Rounding must not push the share itself out of its interval.
    return min(p, max(0.0, centre - half)), max(p, min(1.0, centre + half))


def at_most(k: int, n: int, p: float) -> float:
    """The chance of k or fewer successes in n, each with chance p."""
    if p <= 0 or p >= 1:
        return 1.0 if p <= 0 or k >= n else 0.0
    if k > n * p:
        return 1 - at_most(n - k - 1, n, 1 - p)  # from the end that has little
    if k < 0:
        return 0.0
    # Each term from the one above it, for as long as they count.
    term = exp(lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1) + k * log(p) + (n - k) * log(1 - p))
    chance, step = 0.0, (1 - p) / p
    while term > chance * 1e-17:
        chance += term
        term *= k / (n - k + 1) * step
        k -= 1
    return chance


def _lower_limit(n: int, p: float, chance: float) -> float:
    fewest, most = 0, n  # the fewest successes of which chance leaves enough: at_most(fewest) >= chance
    while fewest < most:
        middle = (fewest + most) // 2
        fewest, most = (fewest, middle) if at_most(middle, n, p) >= chance else (middle + 1, most)
    here, before = at_most(fewest, n, p), at_most(fewest - 1, n, p) if fewest else 0.0
    return max(0.0, fewest - (here - chance) / (here - before)) / n


def funnel_limits(n: int, p: float, chance: float) -> tuple[float, float]:
    """The shares between which one of n answers lies, where each is a success with chance p: exact binomial limits, interpolated so that
    they do not jump from n to n (Spiegelhalter 2005, "Funnel plots for comparing institutional performance", appendix A.1.1). A count lies
    outside exactly where the chance of it, or of one farther out, is below `chance`: what Rate.beside says."""
    if n <= 0:
        return 0.0, 1.0
    if p <= 0 or p >= 1:
        return p, p
    return _lower_limit(n, p, chance), 1 - _lower_limit(n, 1 - p, chance)


def mean_of_rates(rates: Iterable[float | None]) -> float | None:
    """The unweighted mean of monthly or personal rates, as S0 computes its year; those without data are left out."""
    known = [rate for rate in rates if rate is not None]
    return fmean(known) if known else None


FEWEST_ITEMS = 5  # domain §7


def carried_out(answers: Iterable[object]) -> int | None:
    """A 落实率 from yes/no items: yes / (yes + no) in hundredths of a percent; None with fewer than five of them."""
    said = [answer for answer in answers if answer in ("yes", "no")]
    return round(10_000 * said.count("yes") / len(said)) if len(said) >= FEWEST_ITEMS else None


@dataclass(frozen=True)
class Rate:
    """numerator of denominator; value, low and high are fractions 0–1, None without data."""

    numerator: int
    denominator: int

    @property
    def n(self) -> int:
        return self.denominator

    @property
    def value(self) -> float | None:
        return self.numerator / self.denominator if self.denominator else None

    @property
    def low(self) -> float | None:
        interval = wilson(self.numerator, self.denominator)
        return interval[0] if interval else None

    @property
    def high(self) -> float | None:
        interval = wilson(self.numerator, self.denominator)
        return interval[1] if interval else None

    @property
    def is_small(self) -> bool:
        return 0 < self.denominator < SMALL

    def beside(self, value: float | None, chance: float = INNER) -> str:
        """'above', 'below' or 'same' (within chance) against a fixed share; '' where there is nothing to compare.

        By the exact binomial chance, the one rule of the page's words and of its funnel plot: near 0 and 1 Wilson's interval is too narrow
        to call out somebody with a handful of answers.
        """
        if value is None or not self.n:
            return ""
        if at_most(self.numerator, self.n, value) < chance:
            return "below"
        if at_most(self.n - self.numerator, self.n, 1 - value) < chance:
            return "above"
        return "same"


def difference(before: Rate, after: Rate) -> tuple[float, float] | None:
    """The 95 % interval of after − before, two independent shares: Newcombe's hybrid of the two Wilson intervals. None without data."""
    if before.value is None or after.value is None or before.low is None or before.high is None or after.low is None or after.high is None:
        return None
    shift = after.value - before.value
    down = sqrt((after.value - after.low) ** 2 + (before.high - before.value) ** 2)
    up = sqrt((after.high - after.value) ** 2 + (before.value - before.low) ** 2)
    return shift - down, shift + up


def compare(before: Rate, after: Rate) -> str:
    """'up', 'down', or 'same' where the difference may be chance; '' where there is nothing to compare."""
    found = difference(before, after)
    if found is None:
        return ""
    low, high = found
    return "up" if low > 0 else "down" if high < 0 else "same"


@dataclass(frozen=True)
class NetPromoter(Rate):
    """Share of promoters (numerator, 9–10) less share of detractors (0–6), as a fraction −1 … 1.

    low and high: MOVER on the two Wilson intervals, with the correlation of two shares of one sample.
    """

    against: int = 0

    @property
    def value(self) -> float | None:
        return (self.numerator - self.against) / self.denominator if self.denominator else None

    def _limit(self, sign: int) -> float | None:
        up, down = wilson(self.numerator, self.denominator), wilson(self.against, self.denominator)
        if up is None or down is None:
            return None
        p, q = self.numerator / self.denominator, self.against / self.denominator
        rest = (1 - p) * (1 - q)
        correlation = -sqrt(p * q / rest) if rest else -1.0
        a, b = (p - up[0], down[1] - q) if sign < 0 else (up[1] - p, q - down[0])
        return p - q + sign * sqrt(max(0.0, a * a + b * b - 2 * correlation * a * b))

    @property
    def low(self) -> float | None:
        limit = self._limit(-1)
        return None if limit is None else max(-1.0, limit)

    @property
    def high(self) -> float | None:
        limit = self._limit(+1)
        return None if limit is None else min(1.0, limit)
