"""A funnel plot: people's shares against their number of answers, between the limits that chance draws around the store's (Spiegelhalter
2005). Where points, limits and names lie, in the units of the viewBox, and who differs. Pure; templates/reports/funnel.html draws."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil, floor, log10

from csi.statistics import INNER, OUTER, Rate, funnel_limits

WIDTH, HEIGHT = 480, 300
LEFT, RIGHT, TOP, BOTTOM = 54, 14, 14, 40
TEXT = 15  # units: the size of the letters, so that they are read at 390 px, too
DOT = 5
APART = (24, 40, 56, 72)  # how far above or below its point a name may stand, with a line to it
STEPS = 60  # of a limit's line


@dataclass(frozen=True)
class Somebody:
    """pk: of the user; rate: satisfied of those who answered."""

    pk: int
    name: str
    rate: Rate


@dataclass(frozen=True)
class Point:
    """inner, outer: the limits at this n. beside: against the inner ones; differs: outside the outer ones, too. label: where the name
    stands (x, y of its baseline), None where there is no room: the table has it. leader: from the point to a name that stands apart."""

    who: Somebody
    x: float
    y: float
    inner: tuple[float, float]
    outer: tuple[float, float]
    beside: str
    differs: bool
    label: tuple[float, float] | None = None
    leader: tuple[float, float, float, float] | None = None

    @property
    def css(self) -> str:
        return "is-out" if self.differs else "is-near" if self.beside != "same" else ""


@dataclass(frozen=True)
class Box:
    left: float
    top: float
    right: float
    bottom: float

    def covers(self, other: "Box") -> bool:
        return self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom


@dataclass(frozen=True)
class Funnel:
    """better, worse: who differs (outside the outer limits); look: who lies between the two pairs, worth a look. expected: how many chance
    alone puts outside the inner limits."""

    share: float
    points: list[Point]
    better: list[Point]
    worse: list[Point]
    look: list[Point]
    expected: float
    inner: list[str]
    outer: list[str]
    store_y: float
    rows: list[dict]
    columns: list[dict]

    width, height, left, right, top, base = WIDTH, HEIGHT, LEFT, WIDTH - RIGHT, TOP, HEIGHT - BOTTOM
    tick_x, below, title_y, text = LEFT - 6, HEIGHT - BOTTOM + 17, HEIGHT - 5, TEXT


def text_width(text: str) -> float:
    return sum(TEXT if ord(char) > 0x2E7F else 0.62 * TEXT for char in text)


def _step(span: float, ticks: int) -> float:
    """A round step: at most so many ticks."""
    power = 10.0 ** floor(log10(span / ticks))
    return next(power * round_ for round_ in (1, 2, 5, 10) if power * round_ * ticks >= span * (1 - 1e-9))


def _bottom(people: Sequence[Somebody], share: float, most: int) -> float:
    """From where the axis begins: below everybody, and below the inner limit where it is narrowest, at a round tenth."""
    values = [one.rate.value for one in people if one.rate.value is not None]
    lowest = min([share - 0.05, funnel_limits(most, share, INNER)[0] - 0.05, *values])
    return max(0.0, floor(round(lowest * 10 - 0.2, 6)) / 10)


def _labelled(points: list[Point]) -> list[Point]:
    """Names beside their points, first those who matter: none covers another name or a point, none leaves the picture."""
    dots = [Box(p.x - DOT, p.y - DOT, p.x + DOT, p.y + DOT) for p in points]
    taken: list[Box] = []
    found: dict[int, dict] = {}
    for i in sorted(range(len(points)), key=lambda i: (not points[i].differs, points[i].beside == "same", -points[i].who.rate.n, i)):
        point, width = points[i], text_width(points[i].who.name)
        gap = DOT + 3
        places = [
            (point.x + gap, point.y - TEXT / 2), (point.x - gap - width, point.y - TEXT / 2),
            (point.x - width / 2, point.y + gap), (point.x - width / 2, point.y - gap - TEXT),
            (point.x + gap, point.y + 2), (point.x - gap - width, point.y + 2),
            (point.x + gap, point.y - 2 - TEXT), (point.x - gap - width, point.y - 2 - TEXT),
        ]  # fmt: skip
        near = len(places)
        for away in APART:
            for top in (point.y + away - TEXT / 2, point.y - away - TEXT / 2):
                places += [(point.x + gap, top), (point.x - gap - width, top), (point.x - width / 2, top)]
        for n, (x, y) in enumerate(places):
            box = Box(x, y, x + width, y + TEXT + 2)
            is_inside = box.left >= LEFT and box.right <= WIDTH and box.top >= 0 and box.bottom <= HEIGHT - BOTTOM
            if is_inside and not any(box.covers(other) for other in taken) and not any(box.covers(dot) for dot in dots):
                taken.append(box)
                found[i] = {"label": (round(x, 1), round(y + TEXT - 2, 1))}
                if n >= near:  # to the middle of the edge that is nearer
                    found[i]["leader"] = (
                        point.x,
                        point.y,
                        round(min(max(point.x, x), x + width), 1),
                        round(y if y > point.y else y + TEXT, 1),
                    )
                break
    return [replace(point, **found.get(i, {})) for i, point in enumerate(points)]


def funnel(people: Sequence[Somebody], share: float | None) -> Funnel | None:
    """people: those with answers. share: the store's. None with fewer than two people, or where nobody answered: nothing to compare."""
    people = [one for one in people if one.rate.n]
    if share is None or len(people) < 2:
        return None
    most = max(one.rate.n for one in people)
    step = max(1.0, _step(most * 1.02, 6))
    last = step * ceil(most * 1.02 / step)
    bottom = _bottom(people, share, most)

    def x(n: float) -> float:
        return round(LEFT + n / last * (WIDTH - LEFT - RIGHT), 1)

    def y(value: float) -> float:
        return round(TOP + (1 - value) / (1 - bottom) * (HEIGHT - TOP - BOTTOM), 1)

    sizes = sorted({1, int(last), *(one.rate.n for one in people), *(max(1, round(last * k / STEPS)) for k in range(1, STEPS + 1))})
    limits = {chance: {n: funnel_limits(n, share, chance) for n in sizes} for chance in (INNER, OUTER)}

    def lines(chance: float) -> list[str]:
        drawn = []
        for side in (0, 1):
            shown = [(n, pair[side]) for n, pair in limits[chance].items() if pair[side] >= bottom]
            if len(shown) > 1:
                drawn.append(" ".join(f"{x(n)},{y(value)}" for n, value in shown))
        return drawn

    points = _labelled(
        [
            Point(
                one,
                x(one.rate.n),
                y(one.rate.value or 0.0),
                limits[INNER][one.rate.n],
                limits[OUTER][one.rate.n],
                one.rate.beside(share),
                one.rate.beside(share, OUTER) != "same",
            )
            for one in people
        ]
    )
    differ = [point for point in points if point.differs]
    height = next(size for size in (0.05, 0.1, 0.2) if (1 - bottom) / size <= 6)
    return Funnel(
        share=share,
        points=points,
        better=[point for point in differ if point.beside == "above"],
        worse=[point for point in differ if point.beside == "below"],
        look=[point for point in points if point.beside != "same" and not point.differs],
        expected=round(len(points) * 2 * INNER, 1),
        inner=lines(INNER),
        outer=lines(OUTER),
        store_y=y(share),
        rows=[
            {"y": y(value), "text_y": y(value) + 5, "text": f"{value * 100:.0f}%"}
            for value in (round(1 - k * height, 2) for k in range(int(round((1 - bottom) / height, 6)) + 1))
        ],
        columns=[{"x": x(k * step), "text": f"{k * step:.0f}"} for k in range(round(last / step) + 1)],
    )
