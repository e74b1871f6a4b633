"""A department's week for its meeting (S1 十-1, S3 2.3): its complaints, its unhappy customers, what has been agreed, and whether that was
carried out; signed by its manager. What has changed since the signature is marked."""

import hashlib
from collections.abc import Iterator
from functools import cached_property

from django.utils.translation import override

from complaints.kinds import Channel, Department
from csi.models import Dissatisfaction
from customers.identifiers import plate_tail
from reports import measures
from reports.complaint_lines import STANDARD_CLOCKS, ComplaintSheet, label, page_of, said, state, topic, verdict_cell
from reports.forms_callback import NOTHING
from reports.models import SheetSignature
from reports.paper import CHINESE, Block, Cell, Row, heads

NAMES = {Department.SERVICE: "售后服务部", Department.SALES: "销售部"}
CHANGED, ADDED = "（签后变动）", "（签后新增）"
MOST = 300  # unhappy customers on a sheet


class DepartmentSheet(ComplaintSheet):
    """Of a car only the end of its plate, of a customer nothing: the sheet lies on the table."""

    department: str
    widths = (5, 16, 12, 8, 9, 14, 28, 18, 22, 20, 8, 7, 7, 7, 11)

    @property
    def title(self) -> str:
        return f"{NAMES[Department(self.department)]}投诉周报"

    @property
    def everything(self):
        return super().everything.filter(department=self.department)

    @property
    def notes(self) -> list[str]:
        return [
            "备注：1、列本周受理的投诉和本周回访中的不满意，状态截至制表日；2、改善措施列本周议定的，以及此前议定、至本周尚未落实的"
            f"（最多结转{measures.CARRIED_WEEKS}周）；3、时限栏为本件的211时限。",
            *self.left_out,
        ]

    # The rows, each under the name by which a signature knows it

    @cached_property
    def dissatisfied(self) -> list[Dissatisfaction]:
        rows = Dissatisfaction.objects.filter(
            store=self.store, response__audience=self.department, answered_on__range=(self.period.first, self.period.last)
        )
        rows = rows.select_related("response__vehicle", "handled_by").order_by("response__answered_at", "pk")
        return list(rows[:MOST])

    @cached_property
    def measures(self) -> list[measures.Measure]:
        return measures.of_week(self.store, self.department, self.period, self.access)

    def _cases(self, first: int = 0, count: int | None = None) -> Iterator[tuple[str, Row]]:
        for number, row in self.found(first, count):
            yield f"complaint {row.pk}", [
                Cell(number), Cell(row.number, "id", url=page_of(row)), Cell(row.received_on, "day"),
                Cell(plate_tail(row.vehicle.plate if row.vehicle else "") or NOTHING), Cell(label(Channel(row.channel))),
                Cell(topic(row.link, row.standard) + ("（重大）" if row.is_major else ""), "words"), Cell(said(row.words), "words"), Cell(said(row.cause), "words"),
                Cell(said(row.solution), "words"), Cell(said(row.measure), "words"), Cell(row.handler.name if row.handler else NOTHING),
                *(verdict_cell(self.verdict(row.pk, kind)) for kind in STANDARD_CLOCKS), Cell(state(row)),
            ]  # fmt: skip

    def _unhappy(self) -> Iterator[tuple[str, Row]]:
        for number, row in enumerate(self.dissatisfied, start=1):
            vehicle = row.response.vehicle
            with override(CHINESE):
                opinion = str(row.get_opinion_display()) if row.opinion else NOTHING
            yield f"dissatisfaction {row.pk}", [
                Cell(number), Cell(row.response.answered_on, "day"), Cell(plate_tail(vehicle.plate if vehicle else "") or NOTHING, span=2),
                Cell(topic(row.link, row.standard), "words", span=2), Cell(said(row.words), "words"), Cell(said(row.cause), "words"),
                Cell(said(row.measure), "words", span=2), Cell(row.handled_by.name if row.handled_by else NOTHING, span=2),
                Cell("已处理" if row.handled_at else "未处理", span=2, is_bad=row.handled_at is None), Cell(opinion),
            ]  # fmt: skip

    def _measures(self) -> Iterator[tuple[str, Row]]:
        for one in self.measures:
            row = one.of
            source = Cell(row.number, "id", span=2, url=page_of(row)) if one.is_of_complaint else Cell("回访不满意", span=2)
            is_late = one.done_on is None and one.agreed_on < self.period.first
            done = f"{one.done_on:%m-%d} 已落实" if one.done_on else "未落实（结转）" if is_late else "未落实"
            words = "、".join(filter(None, (one.done_by.name if one.done_by else "", said(one.done_words) if one.done_words else "")))
            yield f"measure {one.key}", [
                source, Cell(one.agreed_on, "day"), Cell(topic(row.link, row.standard), span=3), Cell(said(row.cause), "words"),
                Cell(said(row.measure), "words", span=3), Cell(one.by.name if one.by else NOTHING, span=2), Cell(done, span=2, is_bad=is_late),
                Cell(words or NOTHING, "words"),
            ]  # fmt: skip

    # The signature

    @cached_property
    def signatures(self) -> list[SheetSignature]:
        """The last ones, oldest first. One query."""
        rows = SheetSignature.objects.filter(store=self.store, department=self.department, week=self.period.first)
        return list(rows.select_related("by").order_by("-pk")[:5])[::-1]

    @property
    def signature(self) -> SheetSignature | None:
        return self.signatures[-1] if self.signatures else None

    @cached_property
    def content(self) -> dict[str, str]:
        """row -> digest of what stands in it; its number on the sheet does not count."""
        rows = [*self._cases(), *self._unhappy(), *self._measures()]
        return {
            key: hashlib.sha256(repr([str(cell.value) for cell in row if cell is not row[0]]).encode()).hexdigest()[:16]
            for key, row in rows
        }

    def _marked(self, rows: Iterator[tuple[str, Row]]) -> Iterator[Row]:
        for key, row in rows:
            mark = self._mark(key)
            yield [*row[:-1], row[-1]._replace(value=f"{row[-1].shown}{mark}", is_bad=True)] if mark else row

    def _mark(self, key: str) -> str:
        if self.signature is None:
            return ""
        signed = self.signature.content.get(key)
        return ADDED if signed is None else CHANGED if signed != self.content[key] else ""

    @cached_property
    def changes(self) -> list[str]:
        """What this reader sees that is not as it was signed."""
        return [key for key in self.content if self._mark(key)]

    def signed_lines(self) -> list[str]:
        if not self.signatures:
            return ["部门经理签字：＿＿＿＿＿＿＿＿　（未签字）"]
        lines = [f"部门经理签字：{one.by.name}　{self.moment(one.at)}" for one in self.signatures]
        changed = len(self.changes)
        return [*lines, f"签字后有{changed}行变动，已在行末注明。" if changed else "签字后无变动。"]

    # On paper

    def blocks(self, *, whole: bool = False, first: int = 0, count: int | None = None) -> Iterator[Block]:
        names = [
            "序号", "投诉编号", "受理日期", "车牌尾号", "投诉渠道", "环节／MOT标准", "投诉内容", "原因分析", "处理办法", "改善措施", "处理人",
            ("211时限", list(STANDARD_CLOCKS.values())), "处理状态",
        ]  # fmt: skip
        total = [
            Cell("合计", "head"), Cell(f"{len(self)} 件", "total", span=10), *(Cell(self.kept(kind), "total") for kind in STANDARD_CLOCKS),
            Cell(None, "total"),
        ]  # fmt: skip
        if len(self):
            yield Block("一、本周投诉", heads(names), self._marked(self._cases(first, count)), [total])
        else:
            yield Block("一、本周投诉", lines=["本周无投诉。"])
        unhappy = (
            ("序号", 1), ("回访日期", 1), ("车牌尾号", 2), ("环节／MOT标准", 2), ("客户原话", 1), ("原因分析", 1), ("处理措施", 2), ("处理人", 2),
            ("处理情况", 2), ("客户意见", 1),
        )  # fmt: skip
        yield self._block("二、本周回访不满意", unhappy, self._unhappy(), "本周回访无不满意。")
        agreed = (
            ("来源", 2), ("议定日期", 1), ("环节／MOT标准", 3), ("原因分析", 1), ("改善措施", 3), ("议定人", 2), ("落实情况", 2), ("落实人、说明", 1),
        )  # fmt: skip
        yield self._block("三、改善措施及落实", agreed, self._measures(), "本周未议定改善措施，也没有结转的措施。")
        yield Block("四、签字", lines=self.signed_lines())

    def _block(self, caption: str, columns: tuple[tuple[str, int], ...], keyed: Iterator[tuple[str, Row]], nothing: str) -> Block:
        rows = list(self._marked(keyed))
        head = [Cell(name, "head", span=span) for name, span in columns]
        return Block(caption, [head] if rows else [], rows, lines=[] if rows else [nothing])


class ServiceWeek(DepartmentSheet):
    department = Department.SERVICE


class SalesWeek(DepartmentSheet):
    department = Department.SALES


SHEETS: dict[str, type[DepartmentSheet]] = {str(sheet.department): sheet for sheet in (ServiceWeek, SalesWeek)}
