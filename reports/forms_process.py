"""Form 5, 用户中心回访过程管理表 (S3 annex 5; S3 gives its title, the columns are ours from domain §4): every follow-up that was due in
the period, from its limit to its end, and what that comes to plan by plan. Counted as the callback, timely and contact rates are."""

from collections.abc import Iterator
from functools import cached_property

from django.db.models import Count, Q, QuerySet, Sum
from django.utils.translation import override

from core import clock
from followups.models import FollowUp, Served
from followups.outcomes import TABLE, Effect, Outcome
from followups.planning import Plan
from reports.figures import FIGURES
from reports.forms_callback import CHUNK, NOTHING, first_phones, one_line, remark_for
from reports.paper import CHINESE, Block, Cell, Row, Sheet, heads, phone, share
from reports.records import due

DONE, OPEN, WAITS = "接受回访", "未完成", "未到期"
YES, NO = "是", "否"
BAD_NUMBERS = [outcome for outcome, effect in TABLE.items() if effect == Effect.BAD_NUMBER]
COLUMNS = {
    "序号": 6, "回访类别": 14, "用户姓名": 10, "车牌号": 11, "车型": 11, "电话号码": 14, "回访期限": 15, "首次拨打": 15, "拨打次数": 6,
    "是否及时": 6, "回访结果": 11, "完成时间": 15, "回访员": 9, "备注": 22,
}  # fmt: skip
# Of the sums plan by plan: a name and over how many of the columns above it reaches.
SUMS = [
    ("回访类别", 2), ("应回访", 1), ("已拨打", 1), ("回访率", 1), ("及时", 1), ("及时率", 1), ("接受回访", 1), ("成功率", 1), ("联络不上", 1),
    ("电话有误", 1), ("不接受回访", 1), ("未完成", 2),
]  # fmt: skip


class ProcessSheet(Sheet):
    title = "用户中心回访过程管理表"
    widths = tuple(COLUMNS.values())
    notes = (
        "备注：1、列期限在本期内的全部回访，取消的不计；2、及时：首次拨打不晚于期限；3、回访率＝已拨打÷应回访，及时率＝及时÷应回访，成功率＝接受回访÷应回访。",
    )

    @property
    def followups(self) -> QuerySet:
        return due(self.store, self.period.first, self.period.last)

    @cached_property
    def keys(self) -> list[int]:
        return list(self.followups.order_by("due_at", "pk").values_list("pk", flat=True))

    def __len__(self) -> int:
        return len(self.keys)

    @cached_property
    def sums(self) -> list[dict]:
        """Plan by plan, in the order of the table of plans. One query."""

        def hit(code: str) -> Count:
            condition = FIGURES[code].hit
            assert condition
            return Count("pk", filter=condition(self.store, self.period.first, self.period.last))

        is_bad = Q(status=FollowUp.Status.UNREACHABLE, outcome__in=BAD_NUMBERS)
        rows = self.followups.order_by().values("plan").annotate(
            due=Count("pk"), dials_made=Sum("dials"), dialled=hit("callback_rate"), timely=hit("timely_rate"), done=hit("contact_rate"),
            bad=Count("pk", filter=is_bad), refused=Count("pk", filter=Q(status=FollowUp.Status.REFUSED)),
            unreachable=Count("pk", filter=Q(status=FollowUp.Status.UNREACHABLE)), open=Count("pk", filter=Q(status=FollowUp.Status.OPEN)),
        )  # fmt: skip
        order = list(Plan)
        return sorted(rows, key=lambda row: order.index(row["plan"]))

    def blocks(self, *, whole: bool, first: int = 0, count: int | None = None) -> Iterator[Block]:
        total = {name: sum(row[name] for row in self.sums) for name in (self.sums[0] if self.sums else {}) if name != "plan"}
        made, timely, done = (total.get(name, 0) for name in ("dials_made", "timely", "done"))
        below = [
            Cell("累计", "head"), Cell(len(self), "total", span=7), Cell(made, "total"), Cell(timely, "total"), Cell(done, "total"),
            Cell(None, "total", span=3),
        ]  # fmt: skip
        yield Block(heads=heads(list(COLUMNS)), rows=self.rows(whole, first, count), totals=[below])
        named = [Cell(name, "head", span=span) for name, span in SUMS]
        rows = [self._sum(label(row["plan"]), row) for row in self.sums]
        yield Block("按回访类别统计", [named], rows, [self._sum("合计", total, "total")] if total else [])

    @staticmethod
    def _sum(name: str, row: dict, kind: str = "centre") -> Row:
        of, style = row["due"], "total-share" if kind == "total" else "share"
        unreached = row["unreachable"] - row["bad"]
        return [
            Cell(name, "label", span=2), Cell(of, kind), Cell(row["dialled"], kind), Cell(share(row["dialled"], of), style),
            Cell(row["timely"], kind), Cell(share(row["timely"], of), style), Cell(row["done"], kind), Cell(share(row["done"], of), style),
            Cell(unreached, kind), Cell(row["bad"], kind), Cell(row["refused"], kind), Cell(row["open"], kind, span=2),
        ]  # fmt: skip

    def rows(self, whole: bool, first: int, count: int | None) -> Iterator[Row]:
        """Three queries for each CHUNK."""
        last = len(self.keys) if count is None else min(first + count, len(self.keys))
        for begin in range(first, last, CHUNK):
            yield from self._chunk(begin, self.keys[begin : min(begin + CHUNK, last)], whole)

    def _chunk(self, begin: int, keys: list[int], whole: bool) -> Iterator[Row]:
        found = FollowUp.objects.select_related("customer", "vehicle").in_bulk(keys)
        phones = first_phones({followup.customer_id for followup in found.values()})
        dials = Served.objects.filter(followup__in=keys).order_by("attempt__at", "attempt")
        callers = dict(dials.values_list("followup", "attempt__by__name"))  # the last dial's
        for number, pk in enumerate(keys, start=begin + 1):
            if pk in found:  # not gone since the keys were read
                yield self._row(number, found[pk], phones, callers.get(pk, NOTHING), whole)

    def _row(self, number: int, row: FollowUp, phones: dict[int, str], caller: str, whole: bool) -> Row:
        car, is_timely = row.vehicle, timely(row)
        return [
            Cell(number), Cell(label(row.plan)), Cell(row.customer.name), Cell((car and car.plate) or NOTHING, "id"), Cell((car and car.model) or NOTHING),
            Cell(phone(phones.get(row.customer_id, ""), whole), "id"), Cell(self.moment(row.due_at), "moment"), Cell(self.moment(row.first_dialled_at), "moment"),
            Cell(row.dials), Cell(is_timely, is_bad=is_timely == NO), Cell(result(row)), Cell(self.moment(row.closed_at), "moment"), Cell(caller),
            Cell(one_line(row.words) or outcome(row) or NOTHING, "words"),
        ]  # fmt: skip


def label(plan: str) -> str:
    with override(CHINESE):
        return str(Plan(plan).label)


def timely(followup: FollowUp) -> str:
    if followup.first_dialled_at:
        return YES if followup.first_dialled_at <= followup.due_at else NO
    return WAITS if followup.status == FollowUp.Status.OPEN and followup.due_at > clock.now() else NO


def result(followup: FollowUp) -> str:
    if followup.status == FollowUp.Status.DONE:
        return DONE
    return OPEN if followup.status == FollowUp.Status.OPEN else remark_for(followup.status, followup.outcome)


def outcome(followup: FollowUp) -> str:
    """What the last dial came to, where the follow-up is not done with it."""
    if not followup.outcome or followup.outcome == Outcome.INTERVIEWED:
        return ""
    with override(CHINESE):
        return str(Outcome(followup.outcome).label)
