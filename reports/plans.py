"""Improvement plans beside the figures: which items and complaints need one, and whether one has helped."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from complaints.archive import UNNAMED, Filters
from complaints.kinds import Answered
from complaints.models import Complaint
from csi import mot
from csi.models import Dissatisfaction, Link, Question
from csi.statistics import Rate, compare
from reports import counts
from reports.models import ImprovementPlan
from reports.models.plans import About, PlanStatus
from reports.periods import MONTH, WEEK, Period, containing
from reports.questions import Asked, Item, questions
from staff.models import Access, Store

SPAN = 3  # periods before and after a plan: one alone was chosen for being bad, and the next would be better by chance
SEVERAL = {MONTH: 3, WEEK: 2}  # so many complaints and dissatisfactions about one matter in the period are frequent
TOPICS = 6  # that a page lists
REVIEW_EVERY = timedelta(days=7)  # S3 1.4.3: talked over with the people every week

Subject = tuple[str, str, str, str]


def of_item(asked: Asked) -> Subject:
    return About.ITEM.value, asked.audience, asked.code, ""


def topic_label(link: str, standard: str) -> str:
    """'charges · reasonable charges', in the reader's language."""
    english = (get_language() or "").startswith("en")
    return f"{Link(link).label} · {mot.label(link, standard, english) if standard else _('no standard named')}"


def labels(subjects: Iterable[Subject]) -> dict[Subject, str]:
    """What each is about, in the reader's language. One query where questions are among them."""
    wanted = set(subjects)
    codes = {code for about, _audience, code, _standard in wanted if about == About.ITEM}
    texts: dict[tuple[str, str], str] = {}
    if codes:
        asked = Question.objects.filter(code__in=codes).select_related("version__questionnaire").order_by("pk")
        texts = {(one.version.questionnaire.audience, one.code): one.text for one in asked}  # the newest wording stands
    return {
        subject: texts.get(subject[1:3], subject[2]) if subject[0] == About.ITEM else topic_label(subject[2], subject[3])
        for subject in wanted
    }


# What needs a plan


@dataclass(frozen=True)
class Topic:
    """A matter that customers complained about or were dissatisfied with. n: each customer's answer counts once, however it was written
    down; before: in the period before."""

    link: str
    standard: str
    complaints: int
    dissatisfied: int
    before: int
    complaints_url: str

    @property
    def n(self) -> int:
        return self.complaints + self.dissatisfied

    @property
    def subject(self) -> Subject:
        return About.TOPIC.value, "", self.link, self.standard

    @property
    def label(self) -> str:
        return topic_label(self.link, self.standard)


def _complaints(store: Store):
    """Without those that stand among the dissatisfactions."""
    return Complaint.objects.filter(store=store).answered(Answered.NO).order_by()


def _complaints_url(link: str, standard: str, first: date, last: date) -> str:
    """The archive with those that _complaints counts."""
    return Filters(first, last, link=link, standard=standard or UNNAMED, answered=Answered.NO.value).url


def _dissatisfactions(store: Store):
    return Dissatisfaction.objects.filter(store=store).order_by()


def topics(store: Store, period: Period) -> list[Topic]:
    """The frequent ones of the period, the most frequent first. Two queries."""
    found: dict[str, dict[tuple[str, str], tuple[int, int]]] = {}
    before = period.previous
    for name, rows, day in (
        ("complaints", _complaints(store), "received_on"),
        ("dissatisfied", _dissatisfactions(store), "answered_on"),
    ):
        now, then = (Count(day, filter=Q(**{f"{day}__range": (one.first, one.last)})) for one in (period, before))
        rows = rows.filter(**{f"{day}__range": (before.first, period.last)})
        found[name] = {
            (link, standard): (n, was) for link, standard, n, was in rows.values_list("link", "standard").annotate(n=now, was=then)
        }
    listed = []
    for link, standard in {*found["complaints"], *found["dissatisfied"]}:
        complained, said = (found[name].get((link, standard), (0, 0)) for name in ("complaints", "dissatisfied"))
        if complained[0] + said[0] >= SEVERAL[period.kind]:
            url = _complaints_url(link, standard, period.first, period.last)
            listed.append(Topic(link, standard, complained[0], said[0], complained[1] + said[1], url))
    return sorted(listed, key=lambda topic: (-topic.n, topic.link, topic.standard))[:TOPICS]


@dataclass(frozen=True)
class Need:
    """An item or topic of a period, with its plan: the open one, else one that was made for this very period."""

    plan: ImprovementPlan | None
    new_url: str
    item: Item | None = None
    topic: Topic | None = None


def new_url(subject: Subject, period: Period) -> str:
    about, audience, code, standard = subject
    asked = {"period": period.code, "about": about, "audience": audience, "code": code, "standard": standard}
    return f"{reverse('reports:plan_new')}?{urlencode({name: value for name, value in asked.items() if value})}"


def needs(store: Store, period: Period, weak: Iterable[Item]) -> tuple[list[Need], list[Need]]:
    """(of the weak items, of the frequent complaints). Three queries."""
    weak, frequent = list(weak), topics(store, period)
    subjects = [*(of_item(item.asked) for item in weak), *(topic.subject for topic in frequent)]
    plans: dict[Subject, ImprovementPlan] = {}
    if subjects:
        rows = ImprovementPlan.objects.filter(store=store).about(*subjects)
        rows = rows.filter(Q(status=PlanStatus.OPEN) | Q(kind=period.kind, first=period.first))
        for plan in rows.select_related("person").order_by("made_at", "pk"):
            if plan.is_open or plan.subject not in plans or not plans[plan.subject].is_open:
                plans[plan.subject] = plan

    def need(subject: Subject, **what) -> Need:
        return Need(plans.get(subject), new_url(subject, period), **what)

    return [need(of_item(item.asked), item=item) for item in weak], [need(topic.subject, topic=topic) for topic in frequent]


def running_in(store: Store, period: Period):
    """Plans that were made for the period, or that people worked on during it."""
    end = datetime.combine(period.last + timedelta(days=1), time(), tzinfo=store.tz)
    worked_on = Q(made_at__lt=end) & (Q(status=PlanStatus.OPEN) | Q(ended_on__gte=period.first))
    made_for = Q(kind=period.kind, first=period.first)
    rows = ImprovementPlan.objects.filter(store=store).filter(worked_on | made_for)
    return rows.with_review().select_related("person", "made_by", "ended_by").order_by("due_on", "pk")


def lines(store: Store, plans: Iterable[ImprovementPlan], now: datetime) -> list[dict]:
    """Plans (with_review) as the list, the page of one and the workbook show them: what each is about, its figure, whether it has to be
    talked over again."""
    plans = list(plans)
    named = labels(plan.subject for plan in plans)
    found = effects(store, plans, store.local_date(now))
    return [
        {
            "plan": plan,
            "label": named[plan.subject],
            "effect": found[plan.pk],
            "review_due": plan.is_open and plan.reviewed_at is not None and now - plan.reviewed_at > REVIEW_EVERY,
        }
        for plan in plans
    ]


def first(access: Access, now: datetime, count: int) -> list[dict]:
    """For the home page: what the person is to carry out, and for those who lead whatever is overdue; the oldest date first. Two queries,
    one where there is nothing."""
    rows = ImprovementPlan.objects.visible_to(access).open()
    wanted = Q(person=access.user)
    if access.can("plans.lead"):
        wanted |= Q(due_at__lte=now)
    found = list(rows.filter(wanted).select_related("person").order_by("due_on", "pk")[:count])
    named = labels(plan.subject for plan in found)
    return [{"plan": plan, "label": named[plan.subject]} for plan in found]


# Whether it has helped


@dataclass(frozen=True)
class Effect:
    """The plan's figure over some periods before it was made and after it was carried out. complaints: about a topic, beside the share of
    customers who were dissatisfied with it."""

    before: Rate
    after: Rate
    before_periods: list[Period]
    after_periods: list[Period]
    is_of_topic: bool
    is_running: bool
    complaints_before: int = 0
    complaints_after: int = 0
    urls: tuple[str, str] = ("", "")  # of these complaints

    @property
    def compared(self) -> str:
        return compare(self.before, self.after)

    @property
    def points(self) -> str:
        """'+3.2' of a hundred; '' where there is nothing to compare."""
        if self.before.value is None or self.after.value is None:
            return ""
        change = round((self.after.value - self.before.value) * 100, 1)
        return f"{change:+.1f}".replace("-", "−") if change else "±0"

    @property
    def is_better(self) -> bool:
        return self.compared == ("down" if self.is_of_topic else "up")

    @property
    def words(self) -> str:
        """Whether the figure has moved by more than chance."""
        if not self.compared:
            return _("No figure to compare with yet.")
        if self.compared == "same":
            return _("%(points)s points: that may be chance.") % {"points": self.points}
        if self.is_better:
            return _("%(points)s points: better by more than chance.") % {"points": self.points}
        return _("%(points)s points: worse by more than chance.") % {"points": self.points}


def _after(plan: ImprovementPlan, today: date) -> list[Period]:
    """The first periods that begin after it was carried out; none yet while it is open, or was given up."""
    if plan.status != PlanStatus.DONE or plan.ended_on is None:
        return []
    found = [containing(plan.ended_on, plan.kind).next]
    while len(found) < SPAN:
        found.append(found[-1].next)
    return [period for period in found if period.first <= today]


def effects(store: Store, plans: Iterable[ImprovementPlan], today: date) -> dict[int, Effect]:
    """By plan. From the kept counts; six queries where those are kept, however many plans."""
    plans = list(plans)
    spans = {plan.pk: (plan.period.back(SPAN), _after(plan, today)) for plan in plans}
    counted = counts.of_periods(store, sorted({period for pair in spans.values() for span in pair for period in span})) if plans else {}
    asked_about = Question.objects.in_bulk({answer.question for one in counted.values() for answer in one.answers})
    asked = {period: questions(one.answers, asked_about) for period, one in counted.items()}
    daily = _days_of_topics(store, plans, counted)
    found = {}
    for plan in plans:
        before, after = spans[plan.pk]
        rates, complaints = [], []
        for span in (before, after):
            if plan.about == About.ITEM:
                rates.append(_of_question(plan, [asked[period] for period in span]))
                complaints.append(0)
            else:
                said = sum(_within(daily["said"].get((plan.code, plan.standard), {}), span).values())
                answers = sum(counted[period].figures["csat"].n for period in span)
                rates.append(Rate(min(said, answers), answers))
                complaints.append(sum(_within(daily["complained"].get((plan.code, plan.standard), {}), span).values()))
        urls = [_complaints_url(plan.code, plan.standard, span[0].first, span[-1].last) if span else "" for span in (before, after)]
        is_running = bool(after) and after[-1].is_running(today)
        found[plan.pk] = Effect(*rates, before, after, plan.about == About.TOPIC, is_running, *complaints, (urls[0], urls[1]))
    return found


def _of_question(plan: ImprovementPlan, periods: list[list[Asked]]) -> Rate:
    mine = [one for asked in periods for one in asked if (one.audience, one.code) == (plan.audience, plan.code)]
    return Rate(sum(one.best_rate.numerator for one in mine), sum(one.n for one in mine))


Days = dict[tuple[str, str], Counter[date]]


def _days_of_topics(store: Store, plans: list[ImprovementPlan], counted: Mapping[Period, object]) -> dict[str, Days]:
    """What was said of the plans' topics, day by day: two queries, none without a topic."""
    wanted = {(plan.code, plan.standard) for plan in plans if plan.about == About.TOPIC}
    found: dict[str, Days] = {"said": {}, "complained": {}}
    if not wanted:
        return found
    days = (min(period.first for period in counted), max(period.last for period in counted))
    links = {link for link, _standard in wanted}
    for name, rows, day in (
        ("said", _dissatisfactions(store), "answered_on"),
        ("complained", _complaints(store), "received_on"),
    ):
        rows = rows.filter(link__in=links, **{f"{day}__range": days})
        for link, standard, on, n in rows.values_list("link", "standard", day).annotate(n=Count("*")):
            if (link, standard) in wanted:
                found[name].setdefault((link, standard), Counter())[on] += n
    return found


def _within(daily: Mapping[date, int], span: list[Period]) -> dict[date, int]:
    return {day: n for day, n in daily.items() if any(period.first <= day <= period.last for period in span)}
