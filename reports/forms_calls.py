"""Forms 1 and 2 (S3 annexes 1 and 2): each interview of the period as it was recorded, on a page of its own. Whom forms 3 and 4 list with
answers has a page here, in the same order. What is to be said (规范语言) stands on the call screen, not on the record."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property

from django.urls import reverse
from django.utils.translation import override

from csi import mot, scoring
from csi.models import Answer, Dissatisfaction, Question, Response, Scale
from reports.forms_callback import CHUNK, FORMS, LEVELS, LINKS, NOTHING, CallbackSheet, first_phones, one_line
from reports.paper import CHINESE, Block, Cell, Row, Sheet, phone, vin

CHOICES = {**LEVELS, Scale.YES_NO: {1: "是", 0: "否"}}
ABOUT = ("customer", "vehicle", "order", "delivery", "advisor", "surveyor")


def ticked(scale: str, score: int | None) -> str:
    """'■满意　□一般　□不满意'; '9 分' where the answer is a number."""
    words = CHOICES.get(Scale(scale))
    if words is None:
        return NOTHING if score is None else f"{score} 分"
    return "　".join(f"{'■' if n == score else '□'}{word}" for n, word in words.items())


def chosen(row: Response | Dissatisfaction, field: str) -> str:
    with override(CHINESE):
        return str(getattr(row, f"get_{field}_display")())


class CallsSheet(Sheet):
    widths = (11, 15, 11, 15, 11, 15, 11, 15)
    is_portrait = True
    per_page = 20
    lists: int  # the form that has a line for each

    @cached_property
    def calls(self) -> CallbackSheet:
        return CallbackSheet(FORMS[self.lists], self.store, self.period)

    @cached_property
    def keys(self) -> list[int]:
        return [pk for _on, is_interview, pk in self.calls.keys if is_interview]

    @cached_property
    def questions(self) -> dict[int, list[Question]]:
        """Version -> what is ticked or counted on it, in order."""
        asked: dict[int, list[Question]] = defaultdict(list)
        rows = Question.objects.filter(version__questionnaire__audience=self.calls.form.audience).exclude(scale=Scale.TEXT)
        for question in rows.order_by("position"):
            asked[question.version_id].append(question)
        return asked

    def __len__(self) -> int:
        return len(self.keys)

    def blocks(self, *, whole: bool, first: int = 0, count: int | None = None) -> Iterator[Block]:
        """Five queries for each CHUNK."""
        last = len(self) if count is None else min(first + count, len(self))
        for begin in range(first, last, CHUNK):
            keys = self.keys[begin : min(begin + CHUNK, last)]
            found = Response.objects.select_related(*ABOUT).in_bulk(keys)
            phones = first_phones({row.customer_id for row in found.values()})
            scores: dict[int, dict[int, int | None]] = defaultdict(dict)
            for pk, question, score in Answer.objects.filter(response__in=keys).values_list("response", "question", "score"):
                scores[pk][question] = score
            unhappy: dict[int, list[Dissatisfaction]] = defaultdict(list)
            for one in Dissatisfaction.objects.filter(response__in=keys).select_related("person", "handled_by").order_by("pk"):
                unhappy[one.response_id].append(one)
            for number, pk in enumerate(keys, start=begin + 1):
                if pk in found:  # not gone since the keys were read
                    row = found[pk]
                    rows = self._record(row, phone(phones.get(row.customer_id, ""), whole), scores[pk], unhappy[pk], whole)
                    yield Block(f"（{number}）{row.customer.name}", rows=rows, is_page=number > first + 1)

    def about(self, row: Response, number: str, whole: bool) -> Iterable[tuple[str, object]]:
        """Who and which car: four facts a row."""
        raise NotImplementedError

    def _record(
        self, row: Response, number: str, scores: dict[int, int | None], unhappy: list[Dissatisfaction], whole: bool
    ) -> Iterator[Row]:
        page = reverse("reports:response", args=[row.pk])
        facts = [
            [Cell(name, "label"), Cell(str(value or NOTHING), "id", url=page if name == "编号" else "")]
            for name, value in self.about(row, number, whole)
        ]
        for at in range(0, len(facts), 4):
            yield [cell for pair in facts[at : at + 4] for cell in pair]
        for n, question in enumerate(self.questions[row.version_id], start=1):
            score = scores.get(question.pk)
            is_bad = scoring.is_dissatisfied(question.scale, score) is True
            yield [Cell(f"{n}、{question.text_zh}", "words", span=4), Cell(ticked(question.scale, score), "words", span=4, is_bad=is_bad)]
        for one in unhappy:
            yield from self._unhappy(one)
        if not unhappy:
            yield self._text("不满意内容", "无")
        yield self._text("意见和建议", one_line(row.words))
        yield [
            Cell("回访员", "label"), Cell(row.surveyor.name if row.surveyor else NOTHING), Cell("回访时间", "label"),
            Cell(self.moment(row.answered_at), "moment", span=2), Cell("回访方式", "label"), Cell(chosen(row, "channel"), span=2),
        ]  # fmt: skip

    def _unhappy(self, one: Dissatisfaction) -> Iterator[Row]:
        """What annex 2 asks about each link: the words, the cause, the measure, whether it was carried out, the opinion afterwards."""
        standard = f"{mot.label(one.link, one.standard)}：" if one.standard else ""
        named = f"（当事人：{one.person.name}）" if one.person else ""
        done = ("已实施" if one.is_carried_out else "未实施") if one.handled_at else NOTHING
        by = f"{one.handled_by.name} {self.moment(one.handled_at)}" if one.handled_by else NOTHING
        opinion = "；".join(part for part in (chosen(one, "opinion"), one_line(one.opinion_words)) if part)
        yield [
            Cell(f"不满意：{LINKS[one.link]}环节", "label", rows=4),
            Cell("用户抱怨", "label"), Cell(f"{standard}{one_line(one.words)}{named}", "words", span=6),
        ]  # fmt: skip
        yield [Cell("原因分析", "label"), Cell(one_line(one.cause) or NOTHING, "words", span=6)]
        yield [
            Cell("处理措施", "label"), Cell(one_line(one.measure) or NOTHING, "words", span=2),
            Cell("措施实施", "label"), Cell(done), Cell("处理人", "label"), Cell(by),
        ]  # fmt: skip
        yield [
            Cell("处理后意见", "label"), Cell(opinion or NOTHING, "words", span=2), Cell("再回访", "label"), Cell(self.moment(one.opinion_at), "moment", span=3),
        ]  # fmt: skip

    @staticmethod
    def _text(name: str, value: str) -> Row:
        return [Cell(name, "label"), Cell(value or NOTHING, "words", span=7)]


class SalesCalls(CallsSheet):
    """Form 1. The manual's questions are those of the sales callback questionnaire."""

    title = "用户销售回访记录表"
    lists = 3
    notes = ("备注：一次接受回访的回访一页，顺序与《新购车用户回访统计表》相同；■为用户的回答。",)

    def about(self, row: Response, number: str, whole: bool) -> Iterable[tuple[str, object]]:
        car, bought = row.vehicle, row.delivery
        return (
            ("编号", row.pk), ("用户名称", row.customer.name), ("联系方式", number), ("购车时间", bought and bought.delivered_on),
            ("用户车型", car and car.model), ("车牌号", car and car.plate), ("VIN", vin(car.vin if car else "", whole)),
            ("销售顾问", row.advisor and row.advisor.name),
        )  # fmt: skip


class ServiceCalls(CallsSheet):
    """Form 2."""

    title = "用户维修回访记录表"
    lists = 4
    notes = (
        "备注：一次接受回访的回访一页，顺序与《维修用户回访统计表》相同；■为用户的回答。",
        "说明：1、对于项目为“其它”的抱怨要求记录具体项；2、若对服务环节接待态度不满意要求注明人员：服务顾问、结算人员、接线人员等。",
    )

    def about(self, row: Response, number: str, whole: bool) -> Iterable[tuple[str, object]]:
        car, order = row.vehicle, row.order
        done = order.delivered_at if order else None
        return (
            ("编号", row.pk), ("用户姓名", row.customer.name), ("联系电话", number), ("汽车型号", car and car.model),
            ("车牌号", car and car.plate), ("工单号", order and order.number), ("完工时间", self.moment(done)), ("服务顾问", row.advisor and row.advisor.name),
        )  # fmt: skip
