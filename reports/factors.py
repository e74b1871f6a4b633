"""The service index of a period, from the answers that its counts hold (csi.index has the arithmetic)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from csi import scoring
from csi.index import FactorMean, Index, factor_mean, index, model_for
from csi.models import Factor, Question
from reports.counts import Counts
from reports.periods import Period
from reports.questions import Asked, questions


def of_factors() -> dict[int, Question]:
    """Every question that belongs to a factor, of all versions. One query."""
    return Question.objects.exclude(factor="").in_bulk()


def means(counts: Counts, asked_about: Mapping[int, Question]) -> list[FactorMean]:
    """Every factor's mean, in the order of csi.models.Factor. asked_about: the questions that belong to a factor, others are passed over."""
    answers: dict[str, list[tuple[float, int, int]]] = defaultdict(list)
    for answer in counts.answers:
        question = asked_about.get(answer.question)
        if question is not None and question.factor:
            points = scoring.points(question.scale, answer.score)
            answers[question.factor].append((points or 0.0, question.weight, answer.count))
    return [FactorMean(factor, factor_mean(answers[factor]), counts.factors.get(factor, 0)) for factor in Factor.values]


def index_of(period: Period, found: Iterable[FactorMean]) -> Index:
    return index(found, model_for(period.first))


def questions_of_factors(counts: Counts, asked_about: Mapping[int, Question]) -> dict[str, list[Asked]]:
    """factor -> its questions with their counts."""
    mine = {pk: question for pk, question in asked_about.items() if question.factor}
    factors = {question.code: question.factor for question in mine.values()}
    found: dict[str, list[Asked]] = defaultdict(list)
    for asked in questions((answer for answer in counts.answers if answer.question in mine), mine):
        found[factors[asked.code]].append(asked)
    return found
