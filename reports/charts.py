"""Where the points of a chart lie, in the units of its viewBox. Pure; the templates draw."""

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, floor

WIDTH, HEIGHT = 660, 220
LEFT, RIGHT, TOP, BOTTOM = 44, 118, 14, 30
APART = 15  # labels at the right edge stand at least this far from each other


@dataclass(frozen=True)
class Line:
    """values: fractions 0–1 or None, one per label of the axis. lows, highs: their interval, drawn as a band where given."""

    name: str
    values: list[float | None]
    css: str
    lows: list[float | None] | None = None
    highs: list[float | None] | None = None


def _scale(lines: list[Line]) -> list[float]:
    """Round ticks from below the lowest to above the highest value, never closer than a tenth of the whole."""
    known = [v for line in lines for v in [*line.values, *(line.lows or []), *(line.highs or [])] if v is not None]
    low, high = min(known, default=0.9), max(known, default=1.0)
    step = next((step for step in (0.05, 0.1, 0.2) if high - low <= 5 * step), 0.25)
    first = min(floor(low / step), floor(1 / step) - 2)
    last = min(max(ceil(round(high / step, 6)), first + 2), ceil(1 / step))
    return [round(n * step, 2) for n in range(first, last + 1)]


def _spread(wanted: list[float]) -> list[float]:
    """Moves labels down until none covers another, then the whole pile up if it left the picture."""
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    placed: dict[int, float] = {}
    last = -APART + 0.0
    for i in order:
        last = placed[i] = max(wanted[i], last + APART)
    over = max(0.0, last - (HEIGHT - BOTTOM))
    return [placed[i] - over for i in range(len(wanted))]


def in_percent(value: float) -> str:
    return f"{value * 100:.1f}%"


def line_chart(labels: list[str], lines: list[Line], say: Callable[[float], str] = in_percent) -> dict:
    """What templates/reports/chart_line.html draws: grid, and per line its segments, dots and its offset label. say: a value as the
    reader is told it."""
    ticks = _scale(lines)
    bottom, top = ticks[0], ticks[-1]
    step = (WIDTH - LEFT - RIGHT) / max(1, len(labels) - 1)

    def x(i: int) -> float:
        return round(LEFT + i * step, 1)

    def y(value: float) -> float:
        return round(TOP + (top - value) / (top - bottom) * (HEIGHT - TOP - BOTTOM), 1)

    def runs(values: list[float | None]) -> list[list[int]]:
        """Stretches without a gap: a month without data is no point on the line."""
        found: list[list[int]] = [[]]
        for i, value in enumerate(values):
            if value is None:
                found.append([])
            else:
                found[-1].append(i)
        return [run for run in found if run]

    drawn = []
    for line in lines:
        stretches = runs(line.values)
        bands = []
        if line.lows and line.highs:
            bands = [
                " ".join([*(f"{x(i)},{y(line.highs[i])}" for i in run), *(f"{x(i)},{y(line.lows[i])}" for i in reversed(run))])
                for run in stretches
                if len(run) > 1
            ]
        drawn.append(
            {
                "name": line.name,
                "latest": "–"
                if line.values[-1] is None
                else say(line.values[-1]),  # of the period that the page is about, not of an earlier one
                "css": line.css,
                "bands": bands,
                "segments": [" ".join(f"{x(i)},{y(line.values[i])}" for i in run) for run in stretches if len(run) > 1],
                "dots": [
                    {"x": x(i), "y": y(line.values[i]), "text": say(line.values[i]), "label": labels[i]} for run in stretches for i in run
                ],
                "last": (x(stretches[-1][-1]), y(line.values[stretches[-1][-1]])) if stretches else None,
            }
        )
    with_data = [line for line in drawn if line["last"]]
    for line, place in zip(with_data, _spread([line["last"][1] for line in with_data]), strict=True):
        line["label_y"] = round(place + 4, 1)
        line["label_x"] = WIDTH - RIGHT + 12
    return {
        "width": WIDTH,
        "height": HEIGHT,
        "left": LEFT,
        "right": WIDTH - RIGHT,
        "base": HEIGHT - BOTTOM,
        "axis": [{"x": x(i), "y": HEIGHT - BOTTOM + 18, "text": text} for i, text in enumerate(labels)],
        "grid": [{"y": y(tick), "text_y": round(y(tick) + 4, 1), "text": say(tick).replace(".0%", "%")} for tick in ticks],
        "lines": with_data,
    }


@dataclass(frozen=True)
class Strip:
    """A share with its interval beside the store's share, on one scale for a whole table. In percent of the width."""

    low: float
    high: float
    at: float
    beside: float | None

    @property
    def width(self) -> float:
        return round(self.high - self.low, 1)


def strips(rates: list, beside: float | None) -> list[Strip | None]:
    """rates: csi.statistics.Rate, one per row of the table; None where there is nothing to draw."""
    known = [rate.low for rate in rates if rate is not None and rate.low is not None]
    bottom = min([*known, beside if beside is not None else 1.0, 0.9])
    # Shares of what should not happen lie near zero: there the scale ends with the largest.
    highs = [rate.high for rate in rates if rate is not None and rate.high is not None]
    top = 1.0 if bottom >= 0.5 else max([*highs, beside or 0.0, bottom + 0.05])

    def place(value: float) -> float:
        return round(2 + (value - bottom) / (top - bottom) * 96, 1)

    return [
        Strip(place(rate.low), place(rate.high), place(rate.value), None if beside is None else place(beside))
        if rate is not None and rate.value is not None
        else None
        for rate in rates
    ]
