"""The archive's filters: read from an address, written into one, applied. Whoever counts complaints elsewhere leads here by them."""

from dataclasses import dataclass, fields, replace
from datetime import date

from django.db.models import QuerySet
from django.http import QueryDict
from django.urls import reverse

from complaints.kinds import Answered, Channel, Closing, Department, Severity, Status
from csi import mot
from csi.models import Link

UNNAMED = "none"  # no MOT standard was named
KINDS = {
    "channel": Channel, "link": Link, "department": Department, "severity": Severity, "status": Status, "closing": Closing, "answered": Answered,
}  # fmt: skip
STANDARDS = {code for rows in mot.STANDARDS.values() for code, _zh, _en in rows} | {UNNAMED}


@dataclass(frozen=True)
class Filters:
    """first, last: local dates of receipt, both included. Unknown values count as none."""

    first: date | None = None
    last: date | None = None
    channel: str = ""
    link: str = ""
    standard: str = ""
    department: str = ""
    severity: str = ""
    status: str = ""
    closing: str = ""
    answered: str = ""

    @classmethod
    def read(cls, query) -> "Filters":
        chosen = {name: query.get(name, "") for name, kinds in KINDS.items() if query.get(name, "") in kinds.values}
        standard = query.get("standard", "")
        return cls(_day(query.get("first", "")), _day(query.get("last", "")), standard=standard if standard in STANDARDS else "", **chosen)

    def apply(self, complaints: QuerySet) -> QuerySet:
        for name in ("channel", "link", "department", "status", "closing"):
            if value := getattr(self, name):
                complaints = complaints.filter(**{name: value})
        if self.standard:
            complaints = complaints.filter(standard="" if self.standard == UNNAMED else self.standard)
        if self.severity:
            complaints = complaints.major() if self.severity == Severity.MAJOR else complaints.ordinary()
        if self.answered:
            complaints = complaints.answered(self.answered)
        if self.first:
            complaints = complaints.filter(received_on__gte=self.first)
        if self.last:
            complaints = complaints.filter(received_on__lte=self.last)
        return complaints

    def also(self, **more) -> "Filters":
        return replace(self, **more)

    @property
    def query(self) -> QueryDict:
        query = QueryDict(mutable=True)
        query.update({field.name: str(value) for field in fields(self) if (value := getattr(self, field.name))})
        return query

    @property
    def url(self) -> str:
        return f"{reverse('complaints:archive')}?{self.query.urlencode()}"


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None
