"""The lounge at this hour: who waits with what, what they asked, whom the duty staff noticed; and its television."""

from datetime import datetime, timedelta
from random import Random

from desk.demo.people import People
from desk.demo.writing import insert
from lounge.drinks import USUAL
from lounge.lines import waiting_orders
from lounge.models import Prospect, Question, Request, Waiting
from lounge.models.waiting import Why
from staff.models import Screen, Store
from staff.roles import Role
from visits.models import ServiceOrder

WISHES = ("想要 Wi-Fi 密码", "借手机充电器", "空调有点冷", "想看今天的报纸")
ANSWERS = [
    ("机油多久换一次？", "全合成一万公里或一年，先到为准；您的车下次到一万八。"),
    ("冬天要不要换防冻液？", "四年一换，今天检查过，冰点零下三十五度，够用。"),
    ("新能源车保养查什么？", "三电系统、冷却液和刹车，没有机油，费用大约三百元。"),
    ("续保在店里办有什么优惠？", "送一次基础保养，出险可以直接来店维修，不用先垫付。"),
    ("轮胎可以撑到明年吗？", "花纹还有四毫米，按您的里程可以，到三毫米再换。"),
    ("雨刮有抖动怎么办？", "先清洗前挡油膜，还抖就换胶条，配件八十元。"),
]
PROSPECTS = [
    ("王女士", "CS75 PLUS", "想给先生换一台七座，下周末有空来试驾。"),
    ("周先生", "深蓝 S7", "问了电车置换补贴，家里有充电位。"),
]


def fill(store: Store, *, people: People, now: datetime, seed: int) -> None:
    """Its own dice: whoever makes more of something else finds the same lounge."""
    dice = Random(seed * 11 + 5)
    staff = [people.account(Role.ADVISOR), people.account(Role.SALES), people[Role.ADVISOR][1]]
    orders = list(waiting_orders(store, now).select_related("advisor").order_by("received_at", "pk"))
    rows = [_waiting(store, order, dice, staff, now) for order in orders[1:]]  # the last to come has not been looked after yet
    if orders:
        rows.append(
            Waiting(store=store, name="刘女士", why=Why.COMPANION, arrived_at=orders[-1].received_at, added_by=staff[0])
        )  # fmt: skip
    insert(Waiting, rows)
    wishes = []
    for n, row in enumerate(rows[:4]):
        at = min(row.arrived_at + timedelta(minutes=9 + n), now)
        done = n == 0
        wishes.append(
            Request(waiting=row, text=WISHES[n], at=at, by=staff[n % 3], done_at=at if done else None, done_by=staff[1] if done else None)
        )
    if rows and rows[0].order:
        wishes.append(Request(waiting=rows[0], for_advisor=True, text="问什么时候能开车走", at=now - timedelta(minutes=3), by=staff[1]))
    insert(Request, wishes)
    _notes(store, staff, now, dice)
    # The word is made of the dice as well: same arguments, same rows. Without the key of the installation it opens nothing.
    insert(
        Screen,
        [
            Screen(
                store=store, name="休息室东墙", word=f"{dice.getrandbits(64):016x}",
                made_by=people.account(Role.SERVICE_MANAGER), made_at=now - timedelta(days=20),
            )
        ],
    )  # fmt: skip


def _waiting(store: Store, order, dice: Random, staff: list, now: datetime) -> Waiting:
    row = Waiting(store=store, order=order, arrived_at=order.received_at, added_by=staff[0])
    if dice.random() < 0.75:
        row.drink, row.served = dice.choice(USUAL), dice.choice((1, 1, 2))
        row.served_at = row.attended_at = min(order.received_at + timedelta(minutes=dice.randint(3, 40)), now)
    return row


def _notes(store: Store, staff: list, now: datetime, dice: Random) -> None:
    """Of the last four weeks, each while some customer waited."""
    since = now - timedelta(days=27)
    asked = list(ServiceOrder.objects.filter(store=store, received_at__gte=since, received_at__lte=now).order_by("received_at", "pk"))
    times = [min(order.received_at + timedelta(minutes=dice.randint(15, 50)), now) for order in asked]
    questions, prospects = [], []
    for n, at in enumerate(sorted(dice.sample(times, min(18, len(times))))):
        question, answer = ANSWERS[n % len(ANSWERS)]
        questions.append(Question(store=store, question=question, answer=answer, by=dice.choice(staff), at=at, on=store.local_date(at)))
    for n, (name, model, words) in enumerate(PROSPECTS if times else []):
        at = times[-1] if n == 0 else times[len(times) * 3 // 4]
        prospects.append(
            Prospect(
                store=store, name=name, model=model, words=words, contact="" if n else "139 8300 0099", by=staff[2], at=at,
                on=store.local_date(at), person=staff[1] if n else None,
                seen_to_at=at + timedelta(minutes=50) if n else None, seen_to_by=staff[1] if n else None,
            )
        )  # fmt: skip
    insert(Question, questions)
    insert(Prospect, prospects)
