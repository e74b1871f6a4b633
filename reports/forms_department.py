"""A department's week of complaints for its meeting (S3 2.3: complaints are analysed weekly): its cases, and what has been agreed."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta

from complaints.kinds import Channel, Department
from complaints.models import Complaint
from customers.identifiers import plate_tail
from reports.complaint_lines import STANDARD_CLOCKS, ComplaintSheet, label, page_of, said, state, topic, verdict_cell
from reports.forms_callback import NOTHING
from reports.paper import Block, Cell, Row, heads

NAMES = {Department.SERVICE: "售后服务部", Department.SALES: "销售部"}


class DepartmentSheet(ComplaintSheet):
    """Of a car only the end of its plate, of a customer nothing: the sheet lies on the table."""

    department: str
    widths = (5, 16, 12, 8, 9, 14, 28, 18, 22, 20, 8, 7, 7, 7, 9)

    @property
    def title(self) -> str:
        return f"{NAMES[Department(self.department)]}投诉周报"

    @property
    def everything(self):
        return super().everything.filter(department=self.department)

    @property
    def notes(self) -> list[str]:
        return [
            "备注：1、列本周受理的投诉，状态截至制表日；2、改善措施列本周内议定（处理完成）的，受理可在此前；3、时限栏为本件的211时限。",
            *self.left_out,
        ]

    @property
    def agreed(self):
        """Resolved in the week, and still so: what has been reopened has no measure that holds."""
        begin, end = (
            datetime.combine(day, time(), tzinfo=self.store.tz) for day in (self.period.first, self.period.last + timedelta(days=1))
        )
        rows = Complaint.objects.filter(store=self.store) if self.access is None else Complaint.objects.visible_to(self.access)
        rows = rows.filter(department=self.department, resolved_at__gte=begin, resolved_at__lt=end)
        return rows.select_related("resolved_by").order_by("resolved_at", "pk")

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
            yield Block("一、本周投诉", heads(names), self._cases(first, count), [total])
        else:
            yield Block("一、本周投诉", lines=["本周无投诉。"])
        rows = list(self._measures())
        named = [
            Cell(name, "head", span=span)
            for name, span in (
                ("投诉编号", 2),
                ("受理日期", 1),
                ("环节／MOT标准", 3),
                ("原因分析", 1),
                ("改善措施", 4),
                ("议定人", 2),
                ("议定日期", 2),
            )
        ]
        yield Block("二、本周议定的改善措施", [named] if rows else [], rows, lines=[] if rows else ["本周未议定改善措施。"])

    def _cases(self, first: int, count: int | None) -> Iterator[Row]:
        for number, row in self.found(first, count):
            yield [
                Cell(number), Cell(row.number, "id", url=page_of(row)), Cell(row.received_on, "day"),
                Cell(plate_tail(row.vehicle.plate if row.vehicle else "") or NOTHING), Cell(label(Channel(row.channel))),
                Cell(topic(row.link, row.standard) + ("（重大）" if row.is_major else ""), "words"), Cell(said(row.words), "words"), Cell(said(row.cause), "words"),
                Cell(said(row.solution), "words"), Cell(said(row.measure), "words"), Cell(row.handler.name if row.handler else NOTHING),
                *(verdict_cell(self.verdict(row.pk, kind)) for kind in STANDARD_CLOCKS), Cell(state(row)),
            ]  # fmt: skip

    def _measures(self) -> Iterator[Row]:
        for row in self.agreed:
            yield [
                Cell(row.number, "id", span=2, url=page_of(row)), Cell(row.received_on, "day"), Cell(topic(row.link, row.standard), span=3),
                Cell(said(row.cause), "words"), Cell(said(row.measure), "words", span=4), Cell(row.resolved_by.name, span=2),
                Cell(self.store.local_date(row.resolved_at), "day", span=2),
            ]  # fmt: skip


class ServiceWeek(DepartmentSheet):
    department = Department.SERVICE


class SalesWeek(DepartmentSheet):
    department = Department.SALES
