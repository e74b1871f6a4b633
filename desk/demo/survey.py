"""The manufacturer's survey of the last months: the same people, asked by somebody else (S0: lower than what the store hears itself)."""

from datetime import date
from random import Random

from dateutil.relativedelta import relativedelta

from csi.models import OemSurvey, Questionnaire
from desk.demo import habits
from desk.demo.people import People
from desk.demo.writing import insert
from staff.models import Store
from staff.roles import Role

MONTHS = 6
# S3 1.3: a scored one and the yes/no items.
ASKED = {
    Questionnaire.Audience.SERVICE: ["接待人员态度怎样", "故障是否全部处理", "是否刚进站就有人接待", "收费是否讲解透明", "登记后是否立即维修"],
    Questionnaire.Audience.SALES: ["销售顾问是否专业", "是否按时交车", "是否提醒保修期限和保修范围", "是否完整解释保养维修内容", "交车后是否进行过回访"],
}  # fmt: skip


def fill(store: Store, staff: People, *, day: date, seed: int) -> None:
    """Its own dice: whoever makes more of something else finds the same survey."""
    dice = Random(seed * 7 + 3)
    rows = []
    for back in range(MONTHS, 0, -1):
        month = day.replace(day=1) - relativedelta(months=back)
        for audience, role, manners in (
            (Questionnaire.Audience.SERVICE, Role.ADVISOR, habits.ADVISORS),
            (Questionnaire.Audience.SALES, Role.SALES, habits.CONSULTANTS),
        ):
            for person, manner in zip(staff[role], manners, strict=False):
                kept = min(0.985, max(0.6, 0.80 + 0.19 * manner.delighted - 0.7 * manner.unhappy + dice.gauss(0, 0.025)))
                rows.append(_row(store, month, audience, person, kept, dice))
    insert(OemSurvey, rows)


def _row(store: Store, month: date, audience: str, person, kept: float, dice: Random) -> OemSurvey:
    first, *items = ASKED[Questionnaire.Audience(audience)]
    answers = [[first, round(5 + 5 * kept, 1)], *([item, "yes" if dice.random() < kept else "no"] for item in items)]
    return OemSurvey(
        store=store, month=month, audience=audience, person=person, n=dice.randrange(8, 26), rate=round(kept * 10_000), answers=answers
    )
