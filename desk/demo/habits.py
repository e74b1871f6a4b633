"""Who works how, in the order of desk.demo.people: the one who signs in first."""

from typing import NamedTuple


class Server(NamedTuple):
    """share: of the customers. unhappy: of theirs. delighted: of the others, the very satisfied."""

    share: int
    unhappy: float
    delighted: float


# The second is better than chance explains, the fifth worse; the others differ as people do.
ADVISORS = [
    Server(14, 0.035, 0.66),
    Server(22, 0.0, 0.84),
    Server(12, 0.03, 0.62),
    Server(10, 0.03, 0.68),
    Server(12, 0.19, 0.40),
    Server(10, 0.035, 0.60),
    Server(8, 0.03, 0.64),
    Server(7, 0.04, 0.58),
    Server(5, 0.03, 0.70),
]
CONSULTANTS = [Server(26, 0.04, 0.62), Server(24, 0.03, 0.68), Server(20, 0.09, 0.48), Server(18, 0.02, 0.74), Server(12, 0.05, 0.60)]


class Caller(NamedTuple):
    """share: of the calls. hears_anger: whether what an angry customer says is written down as it was said."""

    share: int
    hears_anger: bool = True


# The third records nobody's anger: the answers are satisfied, but the recommendation is the customer's. The fourth dials few.
CALLERS = [Caller(40), Caller(32), Caller(22, hears_anger=False), Caller(6)]


def shares(people: list) -> list[int]:
    return [person.share for person in people]
