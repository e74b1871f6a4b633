"""The index of service satisfaction, 0–1000, from the answers to questions that belong to a factor (domain §6). Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from csi.models import Factor

FULL = 1000
TARGET = 930  # S1: 93 %


@dataclass(frozen=True)
class Model:
    """weights: factor -> its share, in whatever unit; they are used normalised. since: the first day of answers that it is for."""

    name: str
    since: date
    weights: Mapping[str, int]
    source: str

    def weight(self, factor: str) -> float:
        return self.weights[factor] / sum(self.weights.values())


# The newest first.
MODELS = [
    Model(
        "2018",
        date(2018, 1, 1),
        {Factor.INITIATION: 21, Factor.ADVISOR: 19, Factor.QUALITY: 22, Factor.FACILITY: 20, Factor.PICK_UP: 18},
        "S1",
    ),
    # As published by its maker; the shares that it printed are rounded and sum to 101.
    Model(
        "2014",
        date.min,
        {Factor.INITIATION: 17, Factor.ADVISOR: 18, Factor.QUALITY: 24, Factor.FACILITY: 21, Factor.PICK_UP: 21},
        "J.D. Power 2014",
    ),
]


def model_for(day: date) -> Model:
    """The model that answers of that day are measured by."""
    return next(model for model in MODELS if model.since <= day)


@dataclass(frozen=True)
class FactorMean:
    """mean: points 0–10, None where nobody answered. n: customers who answered at least one of its questions."""

    factor: str
    mean: float | None
    n: int

    @property
    def label(self):
        return Factor(self.factor).label


@dataclass(frozen=True)
class Index:
    """value: 0–1000, None without any answer. missing: factors that nobody answered; their weight is shared out among the others."""

    value: float | None
    model: Model
    missing: tuple[str, ...]

    @property
    def is_partial(self) -> bool:
        return self.value is not None and bool(self.missing)

    @property
    def missing_labels(self) -> list:
        return [Factor(factor).label for factor in self.missing]


def factor_mean(answers: Iterable[tuple[float, int, int]]) -> float | None:
    """The weighted mean of all answers to a factor's questions. answers: (points 0–10, the question's weight, how many gave it)."""
    total = weight = 0.0
    for points, one, count in answers:
        total += points * one * count
        weight += one * count
    return total / weight if weight else None


def index(means: Iterable[FactorMean], model: Model) -> Index:
    """100 × Σ weight × factor mean over the factors that have answers, weights renormalised."""
    known = {one.factor: one.mean for one in means if one.mean is not None}
    missing = tuple(factor for factor in model.weights if factor not in known)
    total = sum(model.weights[factor] for factor in known if factor in model.weights)
    value = 100 * sum(model.weights[factor] * mean for factor, mean in known.items() if factor in model.weights) / total if total else None
    return Index(value, model, missing)
