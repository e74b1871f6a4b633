"""Improvement plans of the last months: carried out, given up, overdue and open ones, for what was weak or frequent then."""

from datetime import date, datetime, time, timedelta
from random import Random

from core import outbox
from core.models import OutboxMessage
from csi.models import Question
from desk.demo.people import People
from desk.demo.writing import insert
from reports.models import ImprovementPlan, PlanEntry
from reports.models.plans import About, PlanEntryKind, PlanStatus
from reports.periods import add_months, containing
from reports.plans import Subject, of_item, topics
from reports.questions import answer_counts, questions, weak_items
from staff.models import Store
from staff.roles import Role

# Months back in which it was found, what about, whose, what became of it; and what it is about where nothing was weak then.
PLANS = [
    (5, "service", Role.SUPERVISOR, "done", (About.ITEM, "service", "timeliness", "")),
    (4, "topic", Role.ADVISOR, "done", (About.TOPIC, "", "price", "bill_explained")),
    (3, "service", Role.SERVICE_MANAGER, "dropped", (About.ITEM, "service", "environment", "")),
    (2, "topic", Role.SUPERVISOR, "overdue", (About.TOPIC, "", "timeliness", "reception_wait")),
    (1, "service", Role.ADVISOR, "open", (About.ITEM, "service", "price", "")),
    (1, "sales", Role.SALES, "open", (About.ITEM, "sales", "sales_3", "")),
    (1, "topic", Role.CALLER, "open", (About.TOPIC, "", "timeliness", "answers")),
]
# Cause, measure, what came of it.
WORDS = {
    "service": ("高峰时段接待人手不足，迎接不及时", "早晚高峰增设一名引导员，接待礼仪每周演练一次", "引导员到岗，礼仪演练四次，客户反映接待主动多了"),
    "quality": ("交车前复检走过场，个别故障未一次修好", "返修车由技术主管复检签字，每周例会讲评返修案例", "复检签字执行到位，返修案例已汇编学习"),
    "price": ("结算前未逐项解释，客户对工时费有疑问", "施工前先报价，结算单逐项讲解，价目表上墙", "价目表已上墙，结算讲解纳入交车检查表"),
    "timeliness": ("周末预约与到店客户集中，派工排队", "周末加开两个快保工位，预约错峰并提前备件", "快保工位启用，预约客户平均等候缩短约一刻钟"),
    "environment": ("休息区空调老旧，饮品补充不及时", "更换休息区空调，安排专人每小时巡查一次", "空调已更换，巡查记录每日交班检查"),
    "other": ("客户诉求分散，未及时归类", "客服每日归类一次，周会上逐条落实到人", "归类已执行，零散诉求当周都有答复"),
    "sales": ("交车讲解时间不足，手续说明不清", "交车预留四十分钟，按清单逐项讲解并请客户签字", "清单执行良好，客户反映讲解更细致"),
}  # fmt: skip
NOT_DONE = "预算未批、人手不足，本季度未能实施，列入下季度计划"
REVIEWED = ("已与当事人沟通，措施按计划推进", "周例会检讨：已完成一半，下周复查", "现场检查：执行到位，继续保持")


def fill(store: Store, *, months: int, people: People, now: datetime, seed: int) -> list[OutboxMessage]:
    """Of stored answers and complaints. A generator of its own, so that nothing else of the store changes with it. Returns messages."""
    rng, today = Random(f"plans {seed}"), store.local_date(now)
    plans: list[ImprovementPlan] = []
    entries: list[PlanEntry] = []
    for back, about, role, state, instead in PLANS:
        month = containing(add_months(today.replace(day=1), -min(back, max(months, 1))))
        taken = {plan.subject for plan in plans if plan.is_open}
        subject = next((one for one in [*_found(store, month, about), instead] if one not in taken), None)
        if subject is not None:
            _play(store, subject, month, people, people.account(role), state, rng, now, plans, entries)
    insert(ImprovementPlan, plans)
    insert(PlanEntry, sorted(entries, key=lambda entry: entry.at))
    return [_told(plan) for plan in plans if plan.told_at]


def _found(store: Store, month, about: str) -> list[Subject]:
    if about == "topic":
        return [topic.subject for topic in topics(store, month)]
    counted = [answer_counts(store, one) for one in (month, month.previous)]
    asked_about = Question.objects.in_bulk({answer.question for answers in counted for answer in answers})
    now, before = (questions(answers, asked_about) for answers in counted)
    return [of_item(item.asked) for item in weak_items(now, before) if item.asked.audience == about]


def _play(store, subject, month, people, person, state, rng, now, plans, entries) -> None:
    about, audience, code, standard = subject
    cause, measure, result = WORDS.get(code) or WORDS["sales"]
    today, leader = store.local_date(now), people.account(Role.CARE_MANAGER)

    def at(day: date, hour: int) -> datetime:
        return min(datetime.combine(day, time(hour, rng.randrange(5, 55)), tzinfo=store.tz), now - timedelta(minutes=rng.randint(20, 90)))

    made_at = at(month.last + timedelta(days=4), 10)
    made_on = store.local_date(made_at)
    due_on = made_on + timedelta(days=18) if state != "open" else max(today, made_on) + timedelta(days=rng.randint(5, 16))
    plan = ImprovementPlan(
        store=store, about=about, audience=audience, code=code, standard=standard, kind=month.kind, first=month.first, cause=cause,
        measure=measure, person=person, due_on=due_on, due_at=datetime.combine(due_on + timedelta(days=1), time(), tzinfo=store.tz),
        made_at=made_at, made_by=leader,
    )  # fmt: skip
    plans.append(plan)

    def line(kind: str, when: datetime, by, words: str = "") -> None:
        entries.append(PlanEntry(plan=plan, at=when, by=by, kind=kind, due_on=due_on, words=words))

    line(PlanEntryKind.MADE, made_at, leader)
    ended_on = made_on + timedelta(days=rng.randint(9, 15))
    until = ended_on if state in ("done", "dropped") else today
    for n, day in enumerate(range(6, (until - made_on).days, 7)):
        if state != "overdue" or n < 2:  # somebody has lost sight of that one
            line(PlanEntryKind.REVIEWED, at(made_on + timedelta(days=day), 16), leader, REVIEWED[n % len(REVIEWED)])
    if state in ("done", "dropped") and ended_on < today:
        plan.status = PlanStatus.DONE if state == "done" else PlanStatus.DROPPED
        plan.ended_on, plan.ended_at, plan.ended_by = ended_on, at(ended_on, 17), person
        plan.result = result if state == "done" else NOT_DONE
        line(PlanEntryKind(str(plan.status)), plan.ended_at, person, plan.result)
    elif plan.due_at <= now:
        plan.told_at = plan.due_at + timedelta(seconds=5)
        line(PlanEntryKind.OVERDUE, plan.told_at, None)


def _told(plan: ImprovementPlan) -> OutboxMessage:
    """As the sweep would have told it (reports.steps), not read yet."""
    message = outbox.message(
        store=plan.store, user=plan.person, occasion=f"plan {plan.pk} {plan.due_on}", stage="overdue", topic="plan_overdue",
        path=f"/reports/plans/{plan.pk}/", due=f"{plan.due_on:%Y-%m-%d}",
    )  # fmt: skip
    message.status, message.attempts = OutboxMessage.Status.SENT, 1
    message.created_at = message.next_at = message.sent_at = plan.told_at
    return message
