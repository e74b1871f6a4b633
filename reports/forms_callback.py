"""Forms 3 and 4, 回访统计表 (S3 annexes 3 and 4, domain §11): which rows stand on them, and what is counted below.

The words of a form are Chinese in every language of the interface: it is the manufacturer's form, and files kept in it are read back.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cached_property

from django.db.models import Count, Exists, Max, OuterRef, Q

from csi.models import Answer, Dissatisfaction, Link, Question, Response, Scale
from customers.identifiers import display_phone
from customers.models import Phone
from followups.models import FollowUp
from followups.outcomes import TABLE, Effect
from followups.planning import Plan
from reports.periods import MONTH, Period
from staff.models import Store
from visits.models import ServiceOrder

NOTHING = "—"  # nothing said, not asked, not known
NO_CONTACT, BAD_PHONE, REFUSED = "联络不上", "电话有误", "不接受回访"
LEVELS = {
    Scale.FIVE: {5: "很满意", 4: "满意", 3: "一般", 2: "不满意", 1: "很不满意"},
    Scale.THREE: {3: "满意", 2: "一般", 1: "不满意"},
}
LINKS = {
    Link.SERVICE: "服务",
    Link.QUALITY: "质量",
    Link.PRICE: "收费",
    Link.TIMELINESS: "及时性",
    Link.ENVIRONMENT: "环境",
    Link.OTHER: "其它",
}
CHUNK = 2000


@dataclass(frozen=True)
class CallbackForm:
    """number: the annex of S3. asked: question code -> its name, in the order of the detail columns. plan: whose calls these are."""

    number: int
    title: str
    audience: str
    plan: str
    asked: dict[str, str]
    has_next_maintenance: bool = False

    @property
    def heads(self) -> list[str]:
        """Of the columns before, and behind the detail columns."""
        return [*self.heads_before, *self.heads_behind]

    @property
    def heads_before(self) -> list[str]:
        return ["序号", "用户姓名", "车型", "VIN", "里程数", "电话号码", "回访日期"]

    @property
    def heads_behind(self) -> list[str]:
        return ["总体评价", "反应问题建议", "备注", *(["预计保养时间"] if self.has_next_maintenance else [])]

    @property
    def legend(self) -> str:
        return "　".join(f"{n} {name}" for n, name in enumerate(self.asked.values(), start=1))

    @property
    def notes(self) -> list[str]:
        """What the manual prints below the table, and what the numbers over the detail columns mean."""
        return [
            "备注：1、填报内容必须正确；2、不允许缺项；3、如未能联络用户，在“备注”栏填写“联络不上”或“电话有误”。",
            "回访明细内填写回访结果：3为满意/2为一般/1为不满意",
            f"回访明细各项：{self.legend}",
        ]


FORMS = {
    form.number: form
    for form in (
        # ◆ a delivery owes several calls; the one that carries the sales questionnaire is the form's.
        CallbackForm(
            3,
            "新购车用户回访统计表",
            "sales",
            Plan.SALE_FIRST,
            dict(
                zip(
                    [f"sales_{n}" for n in range(1, 8)],
                    ["环境整齐", "车型熟悉程度", "服务质量", "承诺与手续", "保修与维修站介绍", "交车后回访", "购车过程"],
                    strict=True,
                )
            ),
        ),
        CallbackForm(4, "维修用户回访统计表", "service", Plan.SERVICE, {str(link): name for link, name in LINKS.items()}, True),
    )
}


@dataclass(frozen=True, slots=True)
class Row:
    """A customer's line. phone: as stored, '' without one. scores: 3, 2, 1 or None for each detail column. response: None where
    nobody was interviewed, and then `remark` says why."""

    number: int
    on: date
    name: str
    model: str
    vin: str
    mileage: int | None
    phone: str
    scores: Sequence[int | None]
    overall: str
    words: str
    remark: str
    next_maintenance_on: date | None
    response: int | None

    @property
    def is_reached(self) -> bool:
        return self.response is not None

    @property
    def details(self) -> list[int | str]:
        """What stands in the detail columns: nothing where nobody was asked."""
        return [(score or NOTHING) if self.is_reached else "" for score in self.scores]


@dataclass
class Tally:
    """counts: for each detail column, how many said 3, 2, 1."""

    form: CallbackForm
    reached: int = 0
    counts: list[Counter] = field(default_factory=list)

    def __post_init__(self):
        self.counts = self.counts or [Counter() for _code in self.form.asked]

    def add(self, row: Row) -> None:
        self.reached += row.is_reached
        for counter, score in zip(self.counts, row.scores, strict=True):
            if score is not None:
                counter[score] += 1

    @property
    def satisfied(self) -> list[int]:
        return [counter[3] for counter in self.counts]

    @property
    def best(self) -> str:
        """最满意项目: the highest share of 3 among those asked; all of them where several share it."""
        return self._named(3)

    @property
    def worst(self) -> str:
        """最不满意项目: the highest share of 1, where anybody said 1."""
        return self._named(1)

    def _named(self, score: int) -> str:
        # Shares as pairs of whole numbers: equal ones are equal, whatever a float makes of them.
        asked = [(n, counter[score], counter.total()) for n, counter in enumerate(self.counts) if counter[score]]
        top = [(n, hits, all_) for n, hits, all_ in asked if all(hits * other >= more * all_ for _n, more, other in asked)]
        names = list(self.form.asked.values())
        return "、".join(f"{n + 1} {names[n]}（{hits}/{all_}，{hits / all_:.1%}）" for n, hits, all_ in top) or "无"


def national(number: str) -> str:
    """'+8613812345678' -> '13812345678'; '' -> '—'. A number abroad keeps its '+'."""
    if number.startswith("+861") and len(number) == 14:  # a mobile: nearly all of them
        return number[3:]
    if number.startswith("+86"):
        return "".join(c for c in display_phone(number) if c.isdigit())
    return number or NOTHING


def period_text(period: Period) -> str:
    first, last = period.first, period.last
    name = f"{first.year}年{first.month}月" if period.kind == MONTH else "{}年第{}周".format(*first.isocalendar())
    return f"{name}（{first} 至 {last}）"


def first_phones(customers: Iterable[int]) -> dict[int, str]:
    """Of each customer the first that may work; else the first of all: where the number is wrong, it is that one. One query."""
    found: dict[int, tuple[bool, str]] = {}
    phones = Phone.objects.filter(customer__in=customers).order_by("position", "pk")
    for customer, number, validity in phones.values_list("customer", "number", "validity"):
        works = validity != Phone.Validity.INVALID
        if customer not in found or (works and not found[customer][0]):
            found[customer] = (works, number)
    return {customer: number for customer, (_works, number) in found.items()}


def one_line(text: str) -> str:
    return " ".join(text.split())


def in_words(dissatisfied: Iterable[tuple[str, str]], words: str) -> str:
    """反应问题建议: a line for each link that was named, then what else was said; every line break is one between these."""
    lines = [f"{LINKS[Link(link)]}：{one_line(said)}" for link, said in dissatisfied]
    return "\n".join([*lines, *([one_line(words)] if words.strip() else [])])


class CallbackSheet:
    """A form's rows in a period of a store, by date of the callback: keys at once, the rows themselves a chunk at a time."""

    def __init__(self, form: CallbackForm, store: Store, period: Period):
        self.form, self.store, self.period = form, store, period

    @property
    def period_text(self) -> str:
        return period_text(self.period)

    def responses(self):
        mine = Response.objects.filter(store=self.store, audience=self.form.audience).of_callbacks()
        return mine.answered_between(self.period.first, self.period.last)

    def unreached(self):
        """Closed without an interview, the last dial in the period. A follow-up of an import has no dials of its own: then the day of
        the first one counts. Who was reached and would not be interviewed (不接受回访) has a line without answers and is counted
        among the customers not reached: the form counts interviews."""
        begin, end = (
            datetime.combine(day, time(), tzinfo=self.store.tz) for day in (self.period.first, self.period.last + timedelta(days=1))
        )
        closed = FollowUp.objects.filter(
            store=self.store,
            plan=self.form.plan,
            status__in=[FollowUp.Status.UNREACHABLE, FollowUp.Status.REFUSED],
            first_dialled_at__lt=end,
        )
        closed = closed.annotate(last_on=Max("served__attempt__on"))
        return closed.filter(Q(last_on__range=(self.period.first, self.period.last)) | Q(last_on=None, first_dialled_at__gte=begin))

    @cached_property
    def keys(self) -> list[tuple[date, bool, int]]:
        """(day, whether interviewed, primary key) of every row, in the form's order. Two queries."""
        keys = [(on, True, pk) for on, pk in self.responses().values_list("answered_on", "pk")]
        for last_on, first, pk in self.unreached().values_list("last_on", "first_dialled_at", "pk"):
            keys.append((last_on or self.store.local_date(first), False, pk))
        keys.sort()
        return keys

    def __len__(self) -> int:
        return len(self.keys)

    @cached_property
    def columns(self) -> dict[int, int]:
        """Question -> its detail column, over all versions of the questionnaire."""
        places = {code: place for place, code in enumerate(self.form.asked)}
        asked = Question.objects.filter(
            version__questionnaire__audience=self.form.audience, code__in=places, scale=Scale.THREE, is_overall=False
        )
        return {pk: places[code] for pk, code in asked.values_list("pk", "code")}

    @cached_property
    def levels(self) -> dict[int, dict[int, str]]:
        """Version -> the words of its overall question's scale."""
        overall = Question.objects.filter(version__questionnaire__audience=self.form.audience, is_overall=True)
        return {version: LEVELS.get(Scale(scale), {}) for version, scale in overall.values_list("version", "scale")}

    def rows(self, first: int = 0, count: int | None = None) -> Iterator[Row]:
        """Rows from the one at `first` (0 is 序号 1). Five queries for each CHUNK."""
        last = len(self.keys) if count is None else min(first + count, len(self.keys))
        for begin in range(first, last, CHUNK):
            yield from self._chunk(begin, self.keys[begin : min(begin + CHUNK, last)])

    def _chunk(self, begin: int, keys) -> Iterator[Row]:
        interviewed = [pk for _on, is_interview, pk in keys if is_interview]
        about = ("pk", "customer", "customer__name", "vehicle__model", "vehicle__vin", "vehicle__mileage", "vehicle__next_maintenance_on",
                 "order", "order__mileage", "order__next_maintenance_on", "is_old")  # fmt: skip
        found = {}
        responses = Response.objects.filter(pk__in=interviewed).annotate(is_old=_is_told_of_after("answered_at"))
        for facts in responses.values_list(*about, "version", "overall", "words"):
            found[True, facts[0]] = facts
        unreached = [pk for _on, is_interview, pk in keys if not is_interview]
        followups = FollowUp.objects.filter(pk__in=unreached).annotate(is_old=_is_told_of_after("first_dialled_at"))
        for facts in followups.values_list(*about, "status", "outcome", "words"):
            found[False, facts[0]] = facts
        phones = first_phones({facts[1] for facts in found.values()})
        scores = self._scores(interviewed)
        dissatisfied = defaultdict(list)
        for pk, link, said in (
            Dissatisfaction.objects.filter(response__in=interviewed).order_by("pk").values_list("response", "link", "words")
        ):
            dissatisfied[pk].append((link, said))
        nobody = [None] * len(self.form.asked)
        for number, (on, is_interview, pk) in enumerate(keys, start=begin + 1):
            if (is_interview, pk) not in found:
                continue  # gone since the keys were read
            facts = found[is_interview, pk]
            _pk, customer, name, model, vin, km, next_on, order, order_km, order_next_on, is_old, version, overall, words = facts
            if is_old:
                km = next_on = None  # what is known of the car is newer than the row
            if self.form.has_next_maintenance and order:
                km, next_on = order_km, order_next_on or next_on
            if is_interview:
                level = NOTHING if overall is None else self.levels.get(version, {}).get(overall, str(overall))
                said, remark = in_words(dissatisfied.get(pk, ()), words) or NOTHING, NOTHING
            else:
                level, said, remark = "", "", remark_for(version, overall)
            yield Row(
                number, on, name, model or "", vin or "", km, phones.get(customer, ""), scores.get(pk, nobody) if is_interview else nobody,
                level, said, remark, next_on, pk if is_interview else None,
            )  # fmt: skip

    def _scores(self, responses: list[int]) -> dict[int, list[int | None]]:
        scores: dict[int, list[int | None]] = {}
        answers = Answer.objects.filter(response__in=responses, question__in=self.columns).values_list("response", "question", "score")
        for response, question, score in answers:
            scores.setdefault(response, [None] * len(self.form.asked))[self.columns[question]] = score
        return scores

    def tally(self) -> Tally:
        """Over all rows, without reading them: what adding up every row gives. One query."""
        tally = Tally(self.form, reached=sum(is_interview for _on, is_interview, _pk in self.keys))
        answers = Answer.objects.filter(response__in=self.responses(), question__in=self.columns, score__isnull=False)
        for question, score, count in answers.values_list("question", "score").annotate(count=Count("pk")).order_by():
            tally.counts[self.columns[question]][score] += count
        return tally

    def grievances(self, limit: int | None = None) -> tuple[list[str], int]:
        """报怨事项: the words of the dissatisfied in the order of the rows (the first `limit`), and how many there are. Three queries."""
        named = Exists(Dissatisfaction.objects.filter(response=OuterRef("pk")))
        sad = self.responses().filter(named | Q(is_unhappy=True) & ~Q(words="")).order_by("answered_on", "pk")
        first = sad[:limit]
        said = defaultdict(list)
        dissatisfied = Dissatisfaction.objects.filter(response__in=first.values("pk")).order_by("pk")
        for pk, link, words in dissatisfied.values_list("response", "link", "words"):
            said[pk].append((link, words))
        places = {pk: n for n, (_on, is_interview, pk) in enumerate(self.keys, start=1) if is_interview}
        lines = [
            f"{n}、序号{places[pk]}　{in_words(said[pk], words)}".replace("\n", "；")
            for n, (pk, words) in enumerate(first.values_list("pk", "words"), start=1)
            if pk in places
        ]
        return lines, len(lines) if limit is None else sad.count()


def _is_told_of_after(moment: str) -> Q:
    """Condition: after the row's moment the car was here, or was called about with one of the forms."""
    dialled = FollowUp.objects.filter(plan__in=[form.plan for form in FORMS.values()])
    told = ((ServiceOrder.objects.all(), "received_at"), (dialled, "first_dialled_at"))
    visit, dial = (Exists(rows.filter(vehicle=OuterRef("vehicle"), **{f"{at}__gt": OuterRef(moment)})) for rows, at in told)
    return Q(visit) | Q(dial)


def remark_for(status: str, outcome: str) -> str:
    """备注 of a follow-up that ended without an interview."""
    if status == FollowUp.Status.REFUSED:
        return REFUSED
    return BAD_PHONE if TABLE.get(outcome) == Effect.BAD_NUMBER else NO_CONTACT
