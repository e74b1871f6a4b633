"""Points, satisfied, very satisfied, unhappy (domain §6, §4): pure, over (scale, score)."""

from csi.models import Scale

POINTS: dict[str, dict[int, float]] = {
    Scale.FIVE: {5: 10, 4: 7.5, 3: 5, 2: 2.5, 1: 0},
    Scale.THREE: {3: 10, 2: 5, 1: 0},
    Scale.YES_NO: {1: 10, 0: 0},
}
RANGES: dict[str, range] = {
    Scale.TEN: range(1, 11),
    Scale.FIVE: range(1, 6),
    Scale.THREE: range(1, 4),
    Scale.YES_NO: range(0, 2),
    Scale.NPS: range(0, 11),
}
# The lowest score that counts as satisfied, very satisfied; the highest that counts as dissatisfied.
SATISFIED: dict[str, int] = {Scale.TEN: 8, Scale.FIVE: 4, Scale.THREE: 3}
VERY_SATISFIED: dict[str, int] = {Scale.TEN: 9, Scale.FIVE: 5}
DISSATISFIED: dict[str, int] = {Scale.TEN: 5, Scale.FIVE: 2, Scale.THREE: 1}


def points(scale: str, score: int | None) -> float | None:
    """0–10 for an answer; None for no answer and for scales without points (NPS, text)."""
    if score is None or scale in (Scale.NPS, Scale.TEXT):
        return None
    return float(score) if scale == Scale.TEN else POINTS[scale][score]


def _judge(borders: dict[str, int], scale: str, score: int | None, below: bool = False) -> bool | None:
    if score is None or scale not in borders:
        return None
    return score <= borders[scale] if below else score >= borders[scale]


def is_satisfied(scale: str, score: int | None) -> bool | None:
    """None where the scale knows no such thing, or without an answer."""
    return _judge(SATISFIED, scale, score)


def is_very_satisfied(scale: str, score: int | None) -> bool | None:
    """A three-level question has no 'very satisfied': None."""
    return _judge(VERY_SATISFIED, scale, score)


def is_dissatisfied(scale: str, score: int | None) -> bool | None:
    return _judge(DISSATISFIED, scale, score, below=True)


def is_unhappy(answers: list[tuple[str, int | None, bool]]) -> bool:
    """answers: (scale, score, is_overall). Overall 一般 or worse, ten-point overall below 8, or any other 不满意 (domain §4)."""
    return any(
        is_satisfied(scale, score) is False if is_overall else is_dissatisfied(scale, score) is True and scale != Scale.TEN
        for scale, score, is_overall in answers
    )
