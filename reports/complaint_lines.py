"""What forms 6–8 and the departments' weekly sheets say of single complaints: who, which car, what was said, what was kept. In Chinese."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from functools import cached_property

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import override

from complaints.kinds import Channel, ClockKind, Department, Severity
from complaints.models import Clock, Complaint
from csi import mot
from reports.complaint_groups import Groups, grouped
from reports.forms_callback import LINKS, NOTHING, first_phones, one_line
from reports.paper import CHINESE, Cell, Sheet, phone
from reports.records import received_complaints

KEPT, LATE, RUNS = "守时", "超时", "计时中"
STANDARD_CLOCKS = {ClockKind.FIRST_REPLY: "首次答复", ClockKind.DEPARTMENT_REPLY: "部门答复", ClockKind.REVISIT: "回访"}  # 2-1-1 (S3 2.3)
CLOCKS = {**STANDARD_CLOCKS, ClockKind.NEXT_CONTACT: "下次联系", ClockKind.INSTRUCTION: "批示"}
ABOUT = ("customer", "vehicle", "handler", "against", "order")


def label(choice) -> str:
    """A member of complaints.kinds."""
    with override(CHINESE):
        return str(choice.label)


def page_of(complaint: Complaint) -> str:
    return reverse("complaints:complaint", args=[complaint.pk])


def topic(link: str, standard: str) -> str:
    return f"{LINKS[link]}：{mot.label(link, standard)}" if standard else LINKS[link]


def said(text: str) -> str:
    return one_line(text) or NOTHING


def state(complaint: Complaint) -> str:
    with override(CHINESE):
        return str(complaint.get_closing_display() if complaint.closing else complaint.get_status_display())


def verdict(clocks: Collection[Clock]) -> str:
    """Of a complaint's clocks of one kind: late if one was, else still running if one is."""
    kept = [clock.is_kept for clock in clocks]
    if False in kept:
        return LATE
    if any(clock.is_running for clock in clocks):
        return RUNS
    return KEPT if True in kept else NOTHING


def verdict_cell(text: str) -> Cell:
    return Cell(text, is_bad=text == LATE)


class ComplaintSheet(Sheet):
    """Complaints in the order of their receipt."""

    @property
    def everything(self) -> QuerySet[Complaint]:
        """Whom it may concern included."""
        return received_complaints(self.store, self.period)

    @property
    def complaints(self) -> QuerySet[Complaint]:
        """Those that the reader may read."""
        return self.everything if self.access is None else self.everything.visible_to(self.access)

    @cached_property
    def keys(self) -> list[int]:
        return list(self.complaints.order_by("received_at", "pk").values_list("pk", flat=True))

    def __len__(self) -> int:
        return len(self.keys)

    @cached_property
    def groups(self) -> Groups:
        return grouped(self.complaints)

    @cached_property
    def left_out(self) -> list[str]:
        """A line where something is missing: it is counted elsewhere, and a list that hides it would be wrong in silence."""
        n = 0 if self.access is None else self.everything.filter(against=self.access.user).count()
        return [f"另有{n}件投诉涉及查看人本人，按当事人回避不在此列。"] if n else []

    @cached_property
    def verdicts(self) -> dict[int, dict[str, str]]:
        """Complaint -> kind of clock -> whether it was kept. One query."""
        clocks: dict[int, dict[str, list[Clock]]] = defaultdict(lambda: defaultdict(list))
        for one in Clock.objects.filter(complaint__in=self.complaints.order_by().values("pk")):
            clocks[one.complaint_id][one.kind].append(one)
        return {pk: {kind: verdict(rows) for kind, rows in kinds.items()} for pk, kinds in clocks.items()}

    def verdict(self, pk: int, kind: str) -> str:
        return self.verdicts.get(pk, {}).get(kind, NOTHING)

    def kept(self, kind: str) -> str:
        """'9/10': of the complaints of this sheet whose clocks of the kind have ended, how many were kept."""
        ended = [found for kinds in self.verdicts.values() if (found := kinds.get(kind)) in (KEPT, LATE)]
        return f"{ended.count(KEPT)}/{len(ended)}" if ended else NOTHING

    def found(self, first: int, count: int | None) -> Iterator[tuple[int, Complaint]]:
        """(its number on the sheet from 1, complaint). One query."""
        keys = self.keys[first:] if count is None else self.keys[first : first + count]
        rows = Complaint.objects.select_related(*ABOUT).in_bulk(keys)
        return ((number, rows[pk]) for number, pk in enumerate(keys, start=first + 1) if pk in rows)


class Phones:
    """Of these complaints: the customer's, else what whoever has no file left. One query."""

    def __init__(self, complaints: Collection[Complaint], whole: bool):
        self.whole = whole
        self.known = first_phones({one.customer_id for one in complaints if one.customer_id})

    def __getitem__(self, complaint: Complaint) -> str:
        if complaint.customer_id:
            return phone(self.known.get(complaint.customer_id, ""), self.whole)
        return (complaint.contact if self.whole else complaint.masked) or NOTHING  # as it was written, number or not


def distribution(groups: Groups) -> list[str]:
    """按投诉渠道：电话 3、回访 1 … the most first."""

    def line(name: str, kinds, key) -> str:
        counts = groups.by(key)
        parts = [f"{label(kinds(value))} {n}" for value, n in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))]
        return f"{name}：{'、'.join(parts)}" if parts else f"{name}：无"

    links = groups.by(lambda group: group.link)
    by_link = "、".join(f"{LINKS[link]} {n}" for link, n in sorted(links.items(), key=lambda pair: (-pair[1], pair[0])))
    return [
        line("按投诉渠道", Channel, lambda group: group.channel),
        f"按投诉环节：{by_link or '无'}",
        line("按责任部门", Department, lambda group: group.department),
        line("按严重程度", Severity, lambda group: group.weight),
    ]
