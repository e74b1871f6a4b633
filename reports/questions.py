"""Per question: counts, mean points; from them the strong and the weak items (domain §6, S3 1.4)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from django.db.models import Count, Exists, OuterRef, Q

from csi import scoring
from csi.models import Answer, Question, Scale
from csi.statistics import SMALL, Rate, compare
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
    def best_rate(self) -> Rate:
        """What the rule of strong and weak items calls "very satisfied". A three-level question has no such answer: there its best
        one, "satisfied", stands for it."""
        return self.very_rate if self.has_very else self.satisfied_rate

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
    """A strong or weak item. reason: 'strong', 'low' or 'fell'; earlier: its answers of the period before, None below ENOUGH of
    them; again: it was strong, or low, then too."""

    asked: Asked
    reason: str
    earlier: Asked | None = None
    again: bool = False

    @property
    def before(self) -> float | None:
        """The best answer's share of the period before."""
        return self.earlier.best_rate.value if self.earlier else None

    @property
    def change(self) -> float | None:
        """Of the best answer's share, in points of a hundred."""
        now = self.asked.best_rate.value
        return None if self.before is None or now is None else round((now - self.before) * 100, 1)

    @property
    def compared(self) -> str:
        """'up', 'down' or 'same' (within chance), '' without a period before."""
        return compare(self.earlier.best_rate, self.asked.best_rate) if self.earlier else ""


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


def _judged(asked: Iterable[Asked]) -> tuple[list[Asked], dict[tuple[str, bool], tuple[Rate, Rate]]]:
    """The items with enough answers, and for each kind of them (questionnaire, whether it knows "very satisfied") what is usual: the
    shares of best and of dissatisfied answers over all of its items."""
    enough = [one for one in asked if one.n >= ENOUGH and not one.is_overall]
    usual = {}
    for kind in {(one.audience, one.has_very) for one in enough}:
        alike = [one for one in enough if (one.audience, one.has_very) == kind]
        n = sum(one.n for one in alike)
        usual[kind] = Rate(sum(one.best_rate.numerator for one in alike), n), Rate(sum(one.dissatisfied for one in alike), n)
    return enough, usual


def _strong(asked: Iterable[Asked]) -> list[Asked]:
    enough, usual = _judged(asked)
    clean = [one for one in enough if not one.dissatisfied and one.best_rate.value >= usual[one.audience, one.has_very][0].value]
    return sorted(clean, key=lambda one: (-one.best_rate.value, -one.satisfied / one.n, -one.n))[:SHOWN]


def _low(asked: Iterable[Asked]) -> list[Asked]:
    enough, usual = _judged(asked)
    found = []
    for one in enough:
        best, bad = usual[one.audience, one.has_very]
        if one.dissatisfied and one.best_rate.value <= best.value and one.dissatisfied_rate.value >= bad.value:
            found.append(one)
    return sorted(found, key=lambda one: (one.best_rate.value, -one.dissatisfied / one.n))[:SHOWN]


def _of(asked: Iterable[Asked]) -> dict[tuple[str, str], Asked]:
    return {(one.audience, one.code): one for one in asked if one.n >= ENOUGH}


def strong_items(asked: Iterable[Asked], before: Iterable[Asked] = ()) -> list[Item]:
    """Nobody dissatisfied, and a high share of "very satisfied" (S3 1.4.1): at least what is usual for the items of the
    questionnaire. The manual gives no number; the mean of the items needs none."""
    before = list(before)
    earlier, then = _of(before), {(one.audience, one.code) for one in _strong(before)}
    return [
        Item(one, "strong", earlier.get((one.audience, one.code)), (one.audience, one.code) in then) for one in _strong(asked)
    ]  # fmt: skip


def weak_items(asked: Iterable[Asked], before: Iterable[Asked]) -> list[Item]:
    """A low share of "very satisfied" together with a high share of dissatisfied (S3 1.4.2): no better than usual in the one, no better
    than usual in the other. And the largest fall of "very satisfied" against the period before."""
    asked, before = list(asked), list(before)
    earlier, then = _of(before), {(one.audience, one.code) for one in _low(before)}
    low = _low(asked)
    items = [Item(one, "low", earlier.get((one.audience, one.code)), (one.audience, one.code) in then) for one in low]
    fallen = [Item(one, "fell", earlier[key]) for key, one in _of(asked).items() if key in earlier and not one.is_overall]
    fell = min(fallen, key=lambda item: item.change, default=None)
    if fell is not None and fell.asked.best_rate.value <= fell.before - FALL and fell.asked not in low:
        items.append(fell)
    return items
