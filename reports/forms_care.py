"""Form 9, 经销商用户关系中心月报表 (S3 annex 9: its title, and that callbacks and their results go into it; the columns are ours, from domain §4–§10):
the care centre's month on one sheet, as the monthly page says it. Without a name or a number of a customer."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from django.urls import reverse
from django.utils.translation import override

from complaints.feedback_list import of_days
from reports import beside, counts, verified
from reports.compute import Value
from reports.figure import Kind
from reports.figures import ALL
from reports.forms_callback import NOTHING
from reports.forms_complaints import MonthlySheet
from reports.forms_process import ProcessSheet, label
from reports.monthly import PersonLine, funnel_of, lines_of
from reports.paper import CHINESE, Block, Cell, Row, share
from reports.report import Report, build
from reports.templatetags.figures import gap, interval, rows_url, show

FIGURES = {
    "satisfaction_rate": "售后满意率", "satisfaction_rate_sales": "新车满意率", "csat": "综合满意度", "delight_rate": "感动率", "nps": "净推荐值（NPS）",
    "callback_rate": "回访率", "timely_rate": "及时率", "contact_rate": "成功率", "return_rate": "回头率", "rework_rate": "返修率",
}  # fmt: skip
VERDICTS = {("above", True): "高于全店", ("below", True): "低于全店", ("above", False): "偏高，待观察", ("below", False): "偏低，待观察"}
AUDIENCES = {"service": "服务顾问", "sales": "销售顾问"}


def head(*names: tuple[str, int]) -> Row:
    return [Cell(name, "head", span=span) for name, span in names]


class CareSheet(MonthlySheet):
    """The blocks on complaints are form 7's."""

    @property
    def title(self) -> str:
        return f"经销商用户关系中心{self.period.first.year}年{self.period.first.month}月份月报表"

    @property
    def notes(self) -> list[str]:
        return [
            "备注：1、回访按期限计入当月，满意率按回答日期计入当月，感动率按交付日期计入当月（次月8日前为暂计）；2、样本量少于30的仅供参考，区间为95%（Wilson）；"
            "3、与全店比：越过99.8%界限为高于或低于全店，95%界限之外待观察；4、满意率（本店回访）与落实率（厂家调查）口径不同；5、“—”为无数据。",
            *self._unfinished,
            *self.left_out,
        ]

    @property
    def _unfinished(self) -> list[str]:
        """A printed sheet does not say of itself that its month goes on."""
        today = self.store.today()
        return [f"本月尚未结束：表中各项均为截至{today:%Y-%m-%d}的暂计。"] if self.period.is_running(today) else []

    def __len__(self) -> int:
        return sum(row["due"] for row in self.plans)

    @cached_property
    def report(self) -> Report:
        return build(self.store, self.period)

    @cached_property
    def plans(self) -> list[dict]:
        return ProcessSheet(self.store, self.period).sums

    def blocks(self, *, whole: bool = False, first: int = 0, count: int | None = None) -> Iterator[Block]:
        yield self._calls()
        yield self._satisfaction()
        surveys = beside.surveys(self.store, [self.period]).get(self.period, [])
        yield from self._people(surveys)
        yield self._callers()
        yield self._items()
        for number, block in zip("六七八", (self._by_link(), self._clocks(), self._rates()), strict=True):
            block.caption = f"{number}、{block.caption.partition('、')[2]}"
            yield block
        yield self._feedback()
        measures = self._measures()
        measures.caption = f"十、投诉的{measures.caption.partition('、')[2]}"
        yield measures
        yield Block(rows=[[Cell(f"{who}：", "sign", span=3) for who in ("用户关系经理", "服务经理", "销售经理", "总经理")]])

    def _calls(self) -> Block:
        names = ["应回访", "已拨打", "回访率", "及时", "及时率", "接受回访", "成功率", "联络不上", "不接受", "未完成"]

        def row(name: str, sums: Mapping[str, int], kind: str) -> Row:
            of, rate = sums["due"], "total-share" if kind == "total" else "share"
            return [
                Cell(name, "head" if kind == "total" else "label", span=2), Cell(of, kind), Cell(sums["dialled"], kind), Cell(share(sums["dialled"], of), rate),
                Cell(sums["timely"], kind), Cell(share(sums["timely"], of), rate), Cell(sums["done"], kind), Cell(share(sums["done"], of), rate),
                Cell(sums["unreachable"], kind), Cell(sums["refused"], kind), Cell(sums["open"], kind),
            ]  # fmt: skip

        total = {name: sum(one[name] for one in self.plans) for name in (self.plans[0] if self.plans else {}) if name != "plan"}
        rows = [row(label(one["plan"]), one, "centre") for one in self.plans]
        head_row = [Cell("回访类别", "head", span=2), *(Cell(name, "head") for name in names)]
        if not rows:
            return Block("一、回访工作", lines=["本月无到期的回访。"])
        return Block("一、回访工作", [head_row], rows, [row("合计", total, "total")])

    def _satisfaction(self) -> Block:
        before = counts.series(self.store, [self.period.previous], FIGURES)[self.period.previous]

        def row(code: str, name: str) -> Row:
            now, was = self.report.figures.get(code) or Value(ALL[code]), before[code]
            target = self.report.targets.of(now.figure, self.period)
            changed = None if now.value is None or was.value is None else round((now.value - was.value) * 100, 1)
            met = now.figure.meets(now.value, target, is_running=self.period.is_running(self.store.today()))
            sign = "≤" if now.figure.less_is_better else ""
            aim = NOTHING if target is None else f"{sign}{target * 100:g}{'' if now.figure.kind == Kind.NET else '%'}"
            return [
                Cell(name, "label", span=3), Cell(self._shown(now), span=2, url=rows_url(code, self.period) if now.n else "", is_bad=met is False),
                Cell(now.n), Cell(interval(now) or NOTHING, span=2), Cell(self._shown(was), span=2), Cell(gap(changed)), Cell(aim),
            ]  # fmt: skip

        heads = head(("项目", 3), ("本月", 2), ("样本量", 1), ("95%区间", 2), ("上月", 2), ("增减", 1), ("目标", 1))
        return Block("二、用户满意度与主要指标", [heads], [row(code, name) for code, name in FIGURES.items()])

    @staticmethod
    def _shown(value: Value) -> str:
        return NOTHING if value.value is None else show(value.figure.kind, value.value)

    def _people(self, surveys: Sequence) -> Iterator[Block]:
        """One table an audience: own satisfaction against the store's, and beside the manufacturer's."""
        heads = head(
            ("姓名", 2), ("满意率", 2), ("样本量", 1), ("与全店比", 2), ("厂家落实率", 2), ("样本量", 1), ("差距", 1), ("投诉件", 1)
        )
        rows: list[Row] = []
        lines: list[str] = []
        for audience, name in AUDIENCES.items():
            code, complained = beside.SATISFIED[audience], beside.COMPLAINED[audience]
            store_value = self.report.figures[code]
            compared = {line.person.user.pk: line for line in lines_of(self.report.advisors, code, store_value) if line.person.user}
            found = beside.pairs(audience, surveys, self.report.advisors)
            rows += [self._person(pair, compared.get(pair.user.pk), complained) for pair in found]
            plot = funnel_of(list(compared.values()), store_value)
            if plot:
                out = [f"{point.who.name}{'高于' if point.beside == 'above' else '低于'}全店" for point in [*plot.worse, *plot.better]]
                lines.append(
                    f"{name}：{'、'.join(out) + '，超出偶然波动' if out else '没有人与全店的差异超出偶然波动'}（共比较{len(plot.points)}人）。"
                )
        lines.append("厂家调查：" + (f"本月{len(surveys)}人。" if surveys else "本月尚未导入。"))
        yield Block("三、服务顾问与销售顾问", [heads] if rows else [], rows, lines=lines)

    def _person(self, pair: beside.Pair, line: PersonLine | None, complained: str) -> Row:
        code, n = pair.satisfied.figure.code, pair.satisfied.n
        verdict = ("正常" if line.beside == "same" else VERDICTS.get((line.beside, line.differs), NOTHING)) if line and n else NOTHING
        oem = reverse("reports:oem") + f"?period={self.period}#person-{pair.survey.audience}-{pair.user.pk}" if pair.survey else ""
        return [
            Cell(str(pair.user), "label", span=2), Cell(pair.satisfied.value, "share", span=2, url=rows_url(code, self.period, "denominator", pair.user.pk) if n else ""),
            Cell(n), Cell(verdict, span=2, is_bad=bool(line and line.differs and line.beside == "below")), Cell(pair.share, "share", span=2, url=oem),
            Cell((pair.survey.n if pair.survey else None) or NOTHING), Cell(gap(pair.gap) if pair.gap is not None else NOTHING),
            Cell(pair.complained.hits, url=rows_url(complained, self.period, "numerator", pair.user.pk) if pair.complained.hits else ""),
        ]  # fmt: skip

    def _callers(self) -> Block:
        checked = verified.of_callers(self.store, self.period)
        heads = head(("回访员", 3), ("拨打", 1), ("接受回访", 1), ("记录满意率", 2), ("样本量", 1), ("与全店比", 2), ("核实回访", 2))
        rows = []
        for line in lines_of(self.report.callers, "csat", self.report.figures["csat"], ["dials"]):
            user, figures = line.person.user, line.person.figures
            if user is None:
                continue
            found = checked.get(user.pk) or verified.Checked()
            told = f"{found.answered}/{found.planned}，不符{found.differing}" if found.planned else "无"
            suspicious = line.beside == "above"
            verdict = "满意多于偶然，须核实" if suspicious else "正常" if line.beside else NOTHING
            url = f"{reverse('reports:verifications')}?period={self.period}&caller={user.pk}" if found.planned else ""
            rows.append(
                [
                    Cell(str(user), "label", span=3), Cell(figures["dials"].n), Cell(figures["reached_rate"].hits), Cell(line.rate.value, "share", span=2),
                    Cell(line.rate.n), Cell(verdict, span=2, is_bad=suspicious), Cell(told, span=2, url=url),
                ]
            )  # fmt: skip
        return Block("四、回访员", [heads] if rows else [], rows, lines=[] if rows else ["无"])

    def _items(self) -> Block:
        heads = head(("类别", 2), ("项目", 6), ("满意率", 2), ("不满意", 1), ("样本量", 1))
        with override(CHINESE):
            kinds = [("优势项目", self.report.strong), ("劣势项目", self.report.weak)]
            rows = [
                [
                    Cell(name, "label", span=2), Cell(str(item.asked.text), "words", span=6), Cell(item.asked.satisfied_rate.value, "share", span=2),
                    Cell(item.asked.dissatisfied), Cell(item.asked.n),
                ]
                for name, items in kinds
                for item in items
            ]  # fmt: skip
        return Block("五、优势项目与劣势项目", [heads] if rows else [], rows, lines=[] if rows else ["无"])

    def _feedback(self) -> Block:
        found = of_days(self.store, self.period.first, self.period.last)
        heads = head(("建议", 2), ("采纳", 2), ("不采纳", 2), ("未完成", 2), ("表扬", 2), ("被表扬人次", 2))
        praised = sum(person["n"] for person in found["people"])
        row = [Cell(found[name], span=2) for name in ("suggestions", "adopted", "not_adopted", "open", "praise")] + [Cell(praised, span=2)]
        names = [f"{person['person__name']}（{person['n']}次）" for person in found["people"]]
        return Block("九、用户建议与表扬", [heads], [row], lines=[f"受表扬：{'、'.join(names)}"] if names else [])
