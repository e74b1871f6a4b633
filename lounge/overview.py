"""What the lounge page shows of a month: a line for each person, the calendar of halves, what was changed."""

from dataclasses import dataclass, field
from datetime import date

from django.db.models import Count, Q

from core import months
from csi.models import Answer, Scale
from customers.models import Customer
from followups.models import FollowUp
from lounge import history, sampling, words
from lounge.halves import Half, half_of
from lounge.models import Duty, DutyChange, Excuse, Result, Sample, SampleRank
from lounge.verdicts import Interview
from staff.models import Absence, Store, User

MONTHS_OF_CALENDAR = 3
OVER = Q(ranks__result__in=[Result.REFUSED, Result.UNREACHABLE, Result.CANCELLED, Result.TOO_LATE, Result.TOO_FEW])


@dataclass
class Line:
    """A person's month. known: None before the verdict."""

    sample: Sample
    known: history.Known | None
    excuse: Excuse | None
    duty: Duty | None

    @property
    def why(self) -> str:
        return words.why(self.known.judged) if self.known else ""

    @property
    def follows(self) -> str:
        return words.follows(self.known.consequence) if self.known else ""


def lines(store: Store, month: date) -> list[Line]:
    """Advisors before consultants; those not passed first, the lowest mean before the others, then by name. Six queries at most."""
    samples = Sample.objects.filter(store=store, month=month).select_related("person").annotate(
        counted=Count("ranks", Q(ranks__result=Result.COUNTED)),
        open=Count("ranks", Q(ranks__result="", ranks__followup__status=FollowUp.Status.OPEN)),
        over=Count("ranks", OVER),
    )  # fmt: skip
    known = history.known(store, until=month)
    excuses = {(one.audience, one.person_id): one for one in Excuse.objects.filter(store=store, month=month).select_related("by")}
    duties = {duty.verdict_id: duty for duty in Duty.objects.filter(store=store, verdict__month=month)}
    found = []
    for sample in samples:
        one = known.get((sample.audience, sample.person_id, month))
        duty = duties.get(one.verdict.pk) if one else None
        found.append(Line(sample, one, excuses.get((sample.audience, sample.person_id)), duty))
    found.sort(key=_order)
    return found


def _order(line: Line):
    place = line.known.verdict.place if line.known and line.known.verdict.place else 999
    return line.sample.audience == "sales", place, line.sample.person.name_key, line.sample.pk


@dataclass
class Cell:
    """A half of the calendar."""

    half: Half
    is_now: bool
    duties: list[Duty] = field(default_factory=list)


def calendar(store: Store, month: date, today: date) -> list[tuple[date, list[Cell]]]:
    """The months in which duties from the verdicts on `month` are served, two halves each; who is away meanwhile: duty.away. Two queries."""
    first = months.month_after(month)
    last = months.add(first, MONTHS_OF_CALENDAR)
    found: dict[date, Cell] = {}
    half = half_of(first)
    while half.starts_on < last:
        found[half.starts_on] = Cell(half, half.starts_on <= today <= half.ends_on)
        half = half.next
    duties = list(
        Duty.objects.filter(store=store, starts_on__gte=first, starts_on__lt=last)
        .select_related("person", "verdict")
        .order_by("starts_on", "seat")
    )
    absences = Absence.objects.filter(
        Q(ends_on=None) | Q(ends_on__gte=first), store=store, starts_on__lt=last, user__in=[d.person_id for d in duties]
    )
    away: dict[int, list[Absence]] = {}
    for absence in absences.order_by("starts_on"):
        away.setdefault(absence.user_id, []).append(absence)
    for duty in duties:
        duty.away = [
            one
            for one in away.get(duty.person_id, [])
            if one.starts_on <= duty.ends_on and (not one.ends_on or one.ends_on >= duty.starts_on)
        ]
        duty.may_move = duty.starts_on > today
        cell = found.get(duty.starts_on)
        if cell:
            cell.duties.append(duty)
    rows: dict[date, list[Cell]] = {}
    for cell in found.values():
        rows.setdefault(cell.half.starts_on.replace(day=1), []).append(cell)
    return list(rows.items())


def changes(store: Store, month: date) -> list[DutyChange]:
    """Swaps and what was taken back, of the duties from the verdicts on that month."""
    rows = DutyChange.objects.filter(store=store, verdict__month=month).exclude(kind=DutyChange.Kind.GIVEN)
    return list(rows.select_related("person", "with_person", "by").order_by("pk"))


@dataclass
class Heard:
    """One customer of a sample: what they said. said_no: the items that were not carried out."""

    rank: SampleRank
    interview: Interview | None
    response: int | None
    said_no: list[str] = field(default_factory=list)
    said_yes: list[str] = field(default_factory=list)

    @property
    def state(self) -> str:
        if self.rank.result:
            return str(self.rank.get_result_display())
        return str(self.rank.followup.get_status_display()) if self.rank.followup else ""


def heard(samples: list[Sample]) -> dict[int, list[Heard]]:
    """sample's pk -> the customers who were asked, or passed over, in the order of the draw. Four queries."""
    asked = SampleRank.objects.filter(Q(followup__isnull=False) | ~Q(result=""), sample__in=samples)
    ranks = list(asked.select_related("sample", "followup", "customer", "order", "delivery").order_by("sample", "rank"))
    said = sampling.heard(ranks)
    items: dict[int, list[Answer]] = {}
    rows = Answer.objects.filter(response__in=[pk for pk, _interview in said.values()], question__scale=Scale.YES_NO)
    for answer in rows.select_related("question").order_by("response", "question__position"):
        items.setdefault(answer.response_id, []).append(answer)
    found: dict[int, list[Heard]] = {}
    for rank in ranks:
        response, interview = said.get(rank.pk, (None, None))
        own = items.get(response, []) if response else []
        found.setdefault(rank.sample_id, []).append(
            Heard(
                rank,
                interview,
                response,
                [one.question.text for one in own if one.score == 0],
                [one.question.text for one in own if one.score == 1],
            )
        )
    return found


def masked(customer: Customer) -> str:
    """'张**': whoever is rated does not learn who said it."""
    return f"{customer.name[:1]}**"


def own(store: Store, person: User, *, until: date, n: int = 6) -> list[dict]:
    """Somebody's own verdicts, the latest first, with the reasons and without the customers' names. Eight queries."""
    known = history.known(store, until=until, people=[person.pk])
    latest = sorted(known.values(), key=lambda one: (one.verdict.month, one.verdict.audience), reverse=True)[:n]
    samples = list(Sample.objects.filter(pk__in=[one.verdict.sample_id for one in latest]))
    of = heard(samples)
    duties = {duty.verdict_id: duty for duty in Duty.objects.filter(store=store, verdict__in=[one.verdict.pk for one in latest])}
    return [
        {
            "known": one,
            "why": words.why(one.judged),
            "follows": words.follows(one.consequence),
            "duty": duties.get(one.verdict.pk),
            "customers": [
                {"name": masked(row.rank.customer), "interview": row.interview, "said_no": row.said_no}
                for row in of.get(one.verdict.sample_id, []) if row.interview
            ],
        }
        for one in latest
    ]  # fmt: skip
