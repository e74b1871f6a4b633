"""What the month's and the week's page say about the service index."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from csi.index import FULL, TARGET, FactorMean, Index, Model
from csi.models import Factor
from reports import factors
from reports.charts import Line, line_chart
from reports.counts import Counts
from reports.periods import Period
from reports.questions import Asked
from reports.report import Report

POINTS = 10  # of a factor's mean at its best


@dataclass(frozen=True)
class FactorLine:
    """before: the factor's mean in the period before, None without answers then. share: its weight in the model, in percent."""

    mean: FactorMean
    before: float | None
    share: float
    questions: list[Asked]

    @property
    def width(self) -> float:
        """Of a bar, in percent."""
        return round(100 * (self.mean.mean or 0) / POINTS, 1)

    @property
    def change(self) -> str:
        if self.mean.mean is None or self.before is None:
            return ""
        change = round(self.mean.mean - self.before, 2)
        return f"{change:+.2f}".replace("-", "−") if change else "±0"


@dataclass(frozen=True)
class Past:
    """A period of the trend."""

    period: Period
    index: Index
    n: int


def weights(model: Model) -> list[tuple[str, int]]:
    """(factor's name, its share as the model prints it), in the order of the factors."""
    return [(str(Factor(factor).label), model.weights[factor]) for factor in Factor.values]


def block(report: Report, counted: Mapping[Period, Counts], today: date) -> dict:
    """counted: the periods of the trend, the report's own the last. One query."""
    asked_about = factors.of_factors()
    means = {period: factors.means(counts, asked_about) for period, counts in counted.items()}
    past = [Past(period, factors.index_of(period, found), counted[period].factors.get("", 0)) for period, found in means.items()]
    before = {one.factor: one.mean for one in means[report.period.previous]}
    value, previous = report.index.value, next(one for one in past if one.period == report.period.previous).index
    return {
        "index": report.index,
        "n": report.index_n,
        "target": TARGET,
        "full": FULL,
        "met": None if value is None or report.period.is_running(today) else value >= TARGET,
        "before": previous,
        "change": _change(value, previous.value),
        "lines": [
            FactorLine(
                one,
                before[one.factor],
                round(100 * report.index.model.weight(one.factor), 1),
                report.factor_questions.get(one.factor, []),
            )
            for one in report.factors
        ],
        "weights": weights(report.index.model),
        "past": past,
        "chart": _trend(past),
        "has_any": any(one.index.value is not None for one in past),
    }


def _change(value: float | None, before: float | None) -> str:
    if value is None or before is None:
        return ""
    change = round(value) - round(before)
    return f"{change:+d}".replace("-", "−") if change else "±0"


def _trend(past: list[Past]) -> dict:
    values = [None if one.index.value is None else one.index.value / FULL for one in past]
    lines = [Line("", values, "line-1"), Line("", [TARGET / FULL] * len(past), "line-target")]
    return line_chart([one.period.short for one in past], lines, say=lambda value: f"{value * FULL:.0f}")
