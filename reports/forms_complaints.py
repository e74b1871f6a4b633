"""Forms 6–8 (S3 annexes 6–8, 2.3): S3 gives their titles; the columns are ours, from domain §5 and §10."""

from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property

from django.utils.translation import override

from complaints.archive import UNNAMED, Filters
from complaints.kinds import Approval, Channel, Closing, Department, EntryKind, Level, Severity
from complaints.models import Complaint, Entry
from core.money import to_yuan
from csi.models import Link
from reports.complaint_groups import Group, Groups, grouped
from reports.complaint_lines import (
    CLOCKS,
    LATE,
    STANDARD_CLOCKS,
    ComplaintSheet,
    Phones,
    distribution,
    label,
    page_of,
    said,
    state,
    topic,
    verdict_cell,
)
from reports.compute import store_figures
from reports.counts import complaints_of_periods
from reports.figures import FIGURES
from reports.forms_callback import LINKS, NOTHING
from reports.paper import CHINESE, Block, Cell, Row, change, heads, share, vin
from reports.records import received_complaints
from reports.templatetags.figures import rows_url


class StatisticsSheet(ComplaintSheet):
    """Form 6: the complaints of the period one by one, and what they come to."""

    title = "用户投诉统计表"
    columns: tuple = (
        ("序号", 5), ("投诉编号", 15), ("受理时间", 11), ("用户姓名", 9), ("车牌号", 11), ("车型", 9), ("电话号码", 13), ("投诉渠道", 8),
        ("责任部门", 7), ("投诉环节", 13), ("投诉内容", 25), ("原因分析", 16), ("处理办法及结果", 22), ("改善措施", 18), ("处理人", 8),
        ("211时限", (6, 6, 6)), ("处理状态", 9),
    )  # fmt: skip
    widths = (5, 15, 11, 9, 11, 9, 13, 8, 7, 13, 25, 16, 22, 18, 8, 6, 6, 6, 9)

    @property
    def notes(self) -> list[str]:
        return [
            "备注：1、列本期受理的全部投诉，处理状态截至制表日；2、211时限按本表所列投诉计：守时件数/已到期件数；3、投诉内容为用户原话。",
            *self.left_out,
        ]

    def blocks(self, *, whole: bool, first: int = 0, count: int | None = None) -> Iterator[Block]:
        names = [(name, list(STANDARD_CLOCKS.values())) if isinstance(width, tuple) else name for name, width in self.columns]
        majors = self.groups.count(lambda group: group.weight == Severity.MAJOR)
        total = [
            Cell("累计", "head"), Cell(f"{len(self)} 件，其中重大 {majors} 件", "total", span=14),
            *(Cell(self.kept(kind), "total") for kind in STANDARD_CLOCKS), Cell(None, "total"),
        ]  # fmt: skip
        yield Block(heads=heads(names), rows=self._rows(whole, first, count), totals=[total], lines=distribution(self.groups))

    def _rows(self, whole: bool, first: int, count: int | None) -> Iterator[Row]:
        found = list(self.found(first, count))
        phones = Phones([row for _number, row in found], whole)
        for number, row in found:
            car, handled = row.vehicle, [row.solution, row.result]
            yield [
                Cell(number), Cell(row.number, "id", url=page_of(row)), Cell(self.moment(row.received_at), "moment"), Cell(row.who), Cell((car and car.plate) or NOTHING, "id"),
                Cell((car and car.model) or NOTHING), Cell(phones[row], "id"), Cell(label(Channel(row.channel))), Cell(label(Department(row.department))),
                Cell(topic(row.link, row.standard) + ("（重大）" if row.is_major else ""), "words"), Cell(said(row.words), "words"),
                Cell(said(row.cause), "words"), Cell("；".join(said(text) for text in handled if text) or NOTHING, "words"),
                Cell(said(row.measure), "words"), Cell(row.handler.name if row.handler else NOTHING),
                *(verdict_cell(self.verdict(row.pk, kind)) for kind in STANDARD_CLOCKS), Cell(state(row)),
            ]  # fmt: skip


class MonthlySheet(ComplaintSheet):
    """Form 7: the month in figures, beside the month before; and what is done about it. Without a name or a number of a customer."""

    widths = (11,) * 12
    is_portrait = True

    @property
    def title(self) -> str:
        return f"{self.period.first.year}年{self.period.first.month}月份用户投诉处理统计月报表"

    @property
    def notes(self) -> list[str]:
        return [
            "备注：1、投诉按受理日期计入当月，处理状态截至制表日；2、211时限按到期日计入当月，暂停或不再需要的不计；3、投诉率＝被投诉的订单（新车）÷当月交付的订单（新车）；4、“—”为无数据。",
            *self.left_out,
        ]

    def __len__(self) -> int:
        return self.now.total

    @cached_property
    def now(self) -> Groups:
        """Of everybody's complaints: a number names nobody."""
        return grouped(self.everything)

    @cached_property
    def before(self) -> Groups:
        return grouped(received_complaints(self.store, self.period.previous))

    def blocks(self, *, whole: bool = False, first: int = 0, count: int | None = None) -> Iterator[Block]:
        yield self._by_link()
        yield self._by_channel()
        yield self._clocks()
        yield self._by_standard()
        yield self._rates()
        yield self._measures()
        yield Block(rows=[[Cell(f"{who}：", "sign", span=3) for who in ("用户关系经理", "服务经理", "销售经理", "总经理")]])

    def _opened(self, n: int, kind: str = "centre", span: int = 1, **chosen) -> Cell:
        """A number that leads to its complaints."""
        return Cell(n, kind, span=span, url=Filters(self.period.first, self.period.last, **chosen).url if n else "")

    def _by_link(self) -> Block:
        names = ["本月", "占比", "上月", "增减", "售后", "销售", "重大", "已解决", "用户满意", "未结案"]

        def row(name: str, condition, kind: str = "centre", **chosen) -> Row:
            mine = Groups(group for group in self.now if condition(group))
            n, before = mine.total, self.before.count(condition)
            return [
                Cell(name, "label" if kind == "centre" else "head", span=2), self._opened(n, kind, **chosen),
                Cell(share(n, self.now.total), "share" if kind == "centre" else "total-share"), Cell(before, kind), Cell(change(n, before), kind),
                *(self._opened(mine.count(lambda group, one=one: group.department == one), kind, department=one, **chosen) for one in Department),
                self._opened(mine.count(lambda group: group.weight == Severity.MAJOR), kind, severity=Severity.MAJOR, **chosen),
                Cell(mine.count(lambda group: group.is_solved), kind),
                self._opened(mine.count(lambda group: group.is_satisfied), kind, closing=Closing.SATISFIED, **chosen),
                Cell(mine.count(lambda group: group.is_open), kind),
            ]  # fmt: skip

        rows = [row(LINKS[link], lambda group, link=link: group.link == link, link=link) for link in Link]
        head = [Cell("投诉环节", "head", span=2), *(Cell(name, "head") for name in names)]
        return Block("一、投诉受理与处理", [head], rows, [row("合计", lambda group: True, "total")])

    def _by_channel(self) -> Block:
        now, before = self.now.by(lambda group: group.channel), self.before.by(lambda group: group.channel)
        head = [Cell("投诉渠道", "head", span=4), *(Cell(name, "head", span=2) for name in ("本月", "占比", "上月", "增减"))]
        rows = [
            [
                Cell(label(one), "label", span=4), self._opened(now[one], span=2, channel=one), Cell(share(now[one], self.now.total), "share", span=2),
                Cell(before[one], span=2), Cell(change(now[one], before[one]), span=2),
            ]
            for one in Channel
        ]  # fmt: skip
        return Block("二、投诉渠道", [head], rows)

    def _clocks(self) -> Block:
        found = complaints_of_periods(self.store, [self.period, self.period.previous])
        now, before = (found[period]["clocks"] for period in (self.period, self.period.previous))
        head = [Cell(name, "head", span=span) for name, span in (("时限", 3), ("到期", 2), ("守时", 2), ("守时率", 2), ("上月守时率", 3))]
        rows = []
        for kind, name in CLOCKS.items():
            this, last = (one.get(str(kind), {"due": 0, "kept": 0}) for one in (now, before))
            url = rows_url(f"{kind}_kept", self.period) if this["due"] else ""
            rows.append(
                [
                    Cell(name, "label", span=3), Cell(this["due"], span=2, url=url), Cell(this["kept"], span=2),
                    Cell(share(this["kept"], this["due"]), "share", span=2), Cell(share(last["kept"], last["due"]), "share", span=3),
                ]
            )  # fmt: skip
        return Block("三、211时限执行情况", [head], rows)

    def _by_standard(self) -> Block:
        def key(group: Group):
            return group.link, group.standard

        now, before = self.now.by(key), self.before.by(key)
        head = [
            Cell(name, "head", span=span)
            for name, span in (("投诉环节", 3), ("关键时刻（MOT）标准", 4), ("本月", 2), ("上月", 2), ("增减", 1))
        ]
        order = sorted({**now, **before}, key=lambda one: (-now[one], -before[one], one))
        rows = [
            [
                Cell(LINKS[link], "label", span=3), Cell(topic(link, standard).partition("：")[2] or "未指明", span=4),
                self._opened(now[link, standard], span=2, link=link, standard=standard or UNNAMED),
                Cell(before[link, standard], span=2), Cell(change(now[link, standard], before[link, standard])),
            ]
            for link, standard in order
        ]  # fmt: skip
        return Block("四、关键时刻（MOT）标准", [head] if rows else [], rows, lines=[] if rows else ["无"])

    def _rates(self) -> Block:
        codes = {"complaint_rate_service": "售后服务", "complaint_rate_sales": "新车销售"}
        figures = [FIGURES[code] for code in codes]
        now, before = (store_figures(self.store, period, figures) for period in (self.period, self.period.previous))
        head = [
            Cell(name, "head", span=span) for name, span in (("投诉率", 3), ("被投诉", 2), ("交付", 2), ("投诉率", 2), ("上月投诉率", 3))
        ]
        rows = [
            [
                Cell(name, "label", span=3), Cell(now[code].hits, span=2, url=rows_url(code, self.period, "numerator") if now[code].hits else ""),
                Cell(now[code].n, span=2, url=rows_url(code, self.period) if now[code].n else ""), Cell(now[code].value, "share", span=2),
                Cell(before[code].value, "share", span=3),
            ]
            for code, name in codes.items()
        ]  # fmt: skip
        return Block("五、投诉率", [head], rows)

    def _measures(self) -> Block:
        said_how = self.complaints.exclude(measure="").select_related("handler").order_by("received_at", "pk")
        head = [
            Cell(name, "head", span=span)
            for name, span in (("投诉编号", 2), ("投诉环节", 2), ("原因分析", 3), ("改善措施", 4), ("处理人", 1))
        ]
        rows = [
            [
                Cell(row.number, "id", span=2, url=page_of(row)), Cell(topic(row.link, row.standard), span=2), Cell(said(row.cause), "words", span=3),
                Cell(said(row.measure), "words", span=4), Cell(row.handler.name if row.handler else NOTHING),
            ]
            for row in said_how
        ]  # fmt: skip
        return Block("六、原因与改善措施", [head] if rows else [], rows, lines=[] if rows else ["无"])


UNTOLD = [EntryKind.WARNED, EntryKind.EVIDENCE]


class MajorSheet(ComplaintSheet):
    """Form 8: each major complaint of the period as it is reported to the region, on a page of its own."""

    title = "重大投诉事件处理汇报"
    widths = (11, 15, 11, 15, 11, 15, 11, 15)
    is_portrait = True
    per_page = 20

    @property
    def everything(self):
        return super().everything.major()

    @property
    def notes(self) -> list[str]:
        return [
            "备注：重大的和产品质量的投诉由部门经理亲自处理，处理完成后立即将投诉内容、处理办法和处理结果报销售服务大区。",
            *self.left_out,
        ]

    def blocks(self, *, whole: bool, first: int = 0, count: int | None = None) -> Iterator[Block]:
        found = list(self.found(first, count))
        phones = Phones([row for _number, row in found], whole)
        told: dict[int, list[Entry]] = defaultdict(list)
        entries = Entry.objects.filter(complaint__in=[row.pk for _number, row in found]).exclude(kind__in=UNTOLD)
        for entry in entries.select_related("by", "person").order_by("at", "pk"):
            told[entry.complaint_id].append(entry)
        for number, row in found:
            yield Block(f"（{number}）{row.number}", rows=self._report(row, phones[row], told[row.pk], whole), is_page=number > first + 1)

    def _report(self, row: Complaint, number: str, entries: list[Entry], whole: bool) -> list[Row]:
        car, order = row.vehicle, row.order
        km = (order and order.mileage) or (car and car.mileage)
        nature = [*(["重大投诉"] if row.severity == Severity.MAJOR else []), *(["产品质量"] if row.is_product_quality else [])]
        approval = label(Approval(row.approval)) if row.approval else NOTHING
        paid = (
            f"{to_yuan(row.asked_fen if row.approval else row.compensation_fen):,.2f} 元" if row.approval or row.compensation_fen else "无"
        )
        clocks = "；".join(f"{name} {found}" for kind, name in CLOCKS.items() if (found := self.verdict(row.pk, kind)) != NOTHING)
        heard = [
            entry.words for entry in entries if entry.kind in (EntryKind.REVISITED, EntryKind.REOPENED, EntryKind.CLOSED) and entry.words
        ]

        def facts(*pairs: tuple[str, object]) -> Row:
            return [
                cell
                for name, value in pairs
                for cell in (Cell(name, "label"), Cell(value, "id" if name in ("VIN", "联系电话", "投诉编号") else "centre"))
            ]

        def text(name: str, value: str, is_bad: bool = False) -> Row:
            return [Cell(name, "label"), Cell(value or NOTHING, "words", span=7, is_bad=is_bad)]

        return [
            facts(("投诉编号", row.number), ("受理时间", self.moment(row.received_at)), ("投诉渠道", label(Channel(row.channel))),
                  ("责任部门", label(Department(row.department)))),
            facts(("用户姓名", row.who), ("联系电话", number), ("车牌号", (car and car.plate) or NOTHING), ("车型", (car and car.model) or NOTHING)),
            facts(("VIN", vin(car.vin if car else "", whole)), ("行驶里程", km if km is not None else NOTHING),
                  ("投诉环节", topic(row.link, row.standard)), ("事件性质", "、".join(nature))),
            facts(("处理人", row.handler.name if row.handler else NOTHING), ("处理层级", label(Level(row.level))),
                  ("当事人", row.against.name if row.against else NOTHING), ("处理状态", state(row))),
            text("投诉内容", said(row.words)),
            text("用户要求", said(row.demands)),
            *self._path(entries),
            text("原因分析", said(row.cause)),
            text("处理办法", said(row.solution)),
            text("处理结果", said(row.result)),
            text("改善措施", said(row.measure)),
            text("用户意见", "；".join(said(words) for words in heard)),
            [Cell("赔偿金额", "label"), Cell(paid), Cell("大区批复", "label"), Cell(approval),
             Cell("211时限", "label"), Cell(clocks or NOTHING, span=3, is_bad=LATE in clocks)],
            [Cell(f"{who}签字：", "sign", span=2) for who in ("处理人", "部门经理", "总经理", "大区")],
        ]  # fmt: skip

    def _path(self, entries: list[Entry]) -> list[Row]:
        """处理经过: when, by whom, what, and what was said."""
        with override(CHINESE):
            lines = [
                [
                    Cell(self.moment(entry.at), "moment"), Cell(entry.by.name if entry.by else "系统"),
                    Cell(f"{entry.get_kind_display()}{f' → {entry.person.name}' if entry.person else ''}", span=2),
                    Cell("；".join(said(text) for text in (entry.told, entry.words) if text) or NOTHING, "words", span=3),
                ]
                for entry in entries
            ]  # fmt: skip
        lines = lines or [[Cell(NOTHING, span=7)]]
        return [[Cell("处理经过", "label", rows=len(lines)), *lines[0]], *lines[1:]]
