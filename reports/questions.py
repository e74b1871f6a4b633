"""Per question: counts, mean points; from them the strong and the weak items (domain §6)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from django.db.models import Count, Exists, OuterRef, Q

from csi import scoring
from csi.models import Answer, Question, Scale
from csi.statistics import SMALL, Rate
from reports.periods import Period
from staff.models import Store

JUDGED = [Scale.TEN, Scale.FIVE, Scale.THREE]
ENOUGH = 10  # fewer answers than these make no question strong or weak
FALL = 0.05  # a share that fell by less is no fall
SHOWN = 3
JUDGES = {"very": scoring.is_very_satisfied, "satisfied": scoring.is_satisfied, "dissatisfied": scoring.is_dissatisfied}


@dataclass
class Asked:
    """A question's answers in a period. scores: (scale, score) -> how many."""

    audience: str
    code: str
    text: str
    position: int = 0
    is_overall: bool = False
    scores: dict[tuple[str, int], int] = field(default_factory=lambda: defaultdict(int))

    def _count(self, judge) -> int:
        return sum(count for (scale, score), count in self.scores.items() if judge(scale, score))

    @property
    def n(self) -> int:
        return sum(self.scores.values())

    @property
    def satisfied(self) -> int:
        return self._count(scoring.is_satisfied)

    @property
    def has_very(self) -> bool:
        return any(scale in scoring.VERY_SATISFIED for scale, _score in self.scores)

    @property
    def very_satisfied(self) -> int | None:
        """None: a three-level question has no 'very satisfied'."""
        return self._count(scoring.is_very_satisfied) if self.has_very else None

    @property
    def dissatisfied(self) -> int:
        return self._count(scoring.is_dissatisfied)

    @property
    def so_so(self) -> int:
        return self.n - self.satisfied - self.dissatisfied

    @property
    def mean(self) -> float | None:
        """Points 0–10."""
        total = sum((scoring.points(scale, score) or 0) * count for (scale, score), count in self.scores.items())
        return total / self.n if self.n else None

    @property
    def satisfied_rate(self) -> Rate:
        return Rate(self.satisfied, self.n)

    @property
    def dissatisfied_rate(self) -> Rate:
        return Rate(self.dissatisfied, self.n)

    @property
    def very_rate(self) -> Rate:
        return Rate(self.very_satisfied or 0, self.n)

    @property
    def bars(self) -> list[dict]:
        """Stretches of a stacked bar, in percent of the answers."""
        very = self.very_satisfied or 0
        found, x = [], 0.0
        for css, count in (("very", very), ("satisfied", self.satisfied - very), ("so-so", self.so_so), ("bad", self.dissatisfied)):
            width = 100 * count / self.n if self.n else 0
            if count:
                found.append({"css": css, "x": round(x, 2), "width": round(width, 2)})
            x += width
        return found

    @property
    def is_small(self) -> bool:
        return 0 < self.n < SMALL


@dataclass(frozen=True)
class Item:
    """A strong or weak item. reason: 'strong', 'low' or 'fell'; before: the satisfied share of the period before."""

    asked: Asked
    reason: str
    before: float | None = None


class AnswerCount(NamedTuple):
    """How many gave a question this score on its own scale."""

    audience: str
    question: int
    score: int
    count: int


def answer_counts(store: Store, period: Period) -> list[AnswerCount]:
    """One query."""
    rows = (
        Answer.objects.filter(
            response__store=store,
            response__answered_on__range=(period.first, period.last),
            question__scale__in=JUDGED,
            score__isnull=False,
        )
        .values_list("response__audience", "question_id", "score")
        .annotate(count=Count("pk"))
        .order_by()
    )
    return [AnswerCount(*row) for row in rows]


def questions(answers: Iterable[AnswerCount], asked_about: Mapping[int, Question]) -> list[Asked]:
    """Every question that somebody answered, in the order of its questionnaire; one line for all versions."""
    found: dict[tuple[str, str], Asked] = {}
    # The newest version's wording and place stand for all of them.
    for answer in sorted(answers, key=lambda answer: -answer.question):
        question = asked_about[answer.question]
        key = (answer.audience, question.code)
        if key not in found:
            found[key] = Asked(answer.audience, question.code, question.text, question.position, question.is_overall)
        found[key].scores[(question.scale, answer.score)] += answer.count
    return sorted(found.values(), key=lambda asked: (asked.audience != "service", asked.position, asked.code))


def has_answered(code: str, judged: str = "") -> Exists:
    """Over responses: those that are counted behind a question's figure. judged: a key of JUDGES, '' for every answer."""
    answers = Answer.objects.filter(response=OuterRef("pk"), question__code=code, score__isnull=False)
    scores = {scale: [score for score in scoring.RANGES[scale] if not judged or JUDGES[judged](scale, score)] for scale in JUDGED}
    counted = Q(pk=None)
    for scale, these in scores.items():
        counted |= Q(question__scale=scale, score__in=these)
    return Exists(answers.filter(counted))


def has_answered_factor(factor: str = "") -> Exists:
    """Over responses: those that are counted as a factor's n; '' those of any factor."""
    answers = Answer.objects.filter(response=OuterRef("pk"), score__isnull=False)
    return Exists(answers.filter(question__factor=factor) if factor else answers.exclude(question__factor=""))


def strong_items(asked: Iterable[Asked]) -> list[Item]:
    """Nobody dissatisfied, and the highest share of (very) satisfied."""
    clean = [one for one in asked if one.n >= ENOUGH and not one.is_overall and one.dissatisfied == 0]
    clean.sort(key=lambda one: (-(one.very_satisfied or 0) / one.n, -one.satisfied / one.n, -one.n))
    return [Item(one, "strong") for one in clean[:SHOWN]]


def weak_items(asked: Iterable[Asked], before: Iterable[Asked]) -> list[Item]:
    """The lowest satisfied shares among those with dissatisfied answers, and the largest fall against the period before."""
    enough = [one for one in asked if one.n >= ENOUGH and not one.is_overall]
    low = sorted((one for one in enough if one.dissatisfied), key=lambda one: (one.satisfied / one.n, -one.dissatisfied / one.n))[:SHOWN]
    earlier = {(one.audience, one.code): one.satisfied / one.n for one in before if one.n >= ENOUGH}
    items = [Item(one, "low", earlier.get((one.audience, one.code))) for one in low]
    falls = [(earlier[key] - one.satisfied / one.n, one) for one in enough if (key := (one.audience, one.code)) in earlier]
    fall, fallen = max(falls, key=lambda pair: pair[0], default=(0.0, None))
    if fallen is not None and fall >= FALL and fallen not in low:
        items.append(Item(fallen, "fell", earlier[(fallen.audience, fallen.code)]))
    return items
