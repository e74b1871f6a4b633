"""Rates with their uncertainty: pure."""

from dataclasses import dataclass
from math import sqrt

Z95 = 1.959963984540054
SMALL = 30


def wilson(successes: int, n: int, z: float = Z95) -> tuple[float, float] | None:
    """The Wilson interval of a share, as fractions; None when n is 0."""
    if n == 0:
        return None
    p = successes / n
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return max(0.0, centre - half), min(1.0, centre + half)


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
