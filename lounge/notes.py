"""What the lounge brought in: questions answered on the spot and prospects noticed, by person and half-month, as duty is (S0)."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta
from django.db.models import Count, Q

from lounge.models import Prospect, Question
from staff.models import Access, Store, User

MOST = 200
BACK = 6


@dataclass(frozen=True)
class Half:
    """The 1st–15th or the 16th–end of a month, both included, as lounge duty counts (domain §7)."""

    first: date

    @classmethod
    def of(cls, day: date) -> "Half":
        return cls(day.replace(day=16 if day.day > 15 else 1))

    @classmethod
    def read(cls, code: str, today: date) -> "Half":
        """A half-month of an address; this one where it names none."""
        try:
            day = date.fromisoformat(code)
        except ValueError:
            day = today
        return cls.of(min(day, today))

    @property
    def code(self) -> str:
        return self.first.isoformat()

    @property
    def last(self) -> date:
        if self.first.day == 1:
            return self.first.replace(day=15)
        return self.first.replace(day=1) + relativedelta(months=1) - timedelta(days=1)

    @property
    def before(self) -> "Half":
        return Half.of(self.first - timedelta(days=1))


def halves(today: date) -> list[Half]:
    """This one and those before it, the latest first."""
    found = [Half.of(today)]
    while len(found) < BACK:
        found.append(found[-1].before)
    return found


def questions(store: Store, half: Half, who: User | None = None) -> list[Question]:
    rows = Question.objects.filter(store=store, on__range=(half.first, half.last))
    rows = rows.filter(by=who) if who else rows
    return list(rows.select_related("by", "waiting__order__customer", "waiting__order__vehicle").order_by("-at", "-pk")[:MOST])


def visible_prospects(access: Access):
    """Leaders and sales see all of them, the others what they noticed."""
    rows = Prospect.objects.visible_to(access)
    return rows if access.can("reports.view") or access.can("deliveries.edit") else rows.filter(by=access.user)


def prospects(access: Access, half: Half, who: User | None = None) -> list[Prospect]:
    """Those of the half-month, and the open ones of before: nobody has called them yet. The open ones stand first."""
    mine = visible_prospects(access)
    if who and not access.can("deliveries.edit"):
        mine = mine.filter(by=who)
    rows = mine.filter(Q(on__range=(half.first, half.last)) | Q(seen_to_at=None, on__lt=half.first))
    rows = rows.select_related("by", "person", "customer", "seen_to_by")
    return sorted(rows.order_by("-at", "-pk")[:MOST], key=lambda row: row.seen_to_at is not None)


def counts(store: Store, half: Half) -> list[dict]:
    """Per person: questions answered, prospects noticed; who did most first. Two statements."""
    found: dict[tuple[int, str], dict[str, int]] = defaultdict(lambda: {"questions": 0, "prospects": 0})
    for name, model in (("questions", Question), ("prospects", Prospect)):
        rows = model.objects.filter(store=store, on__range=(half.first, half.last)).order_by()
        for row in rows.values("by", "by__name").annotate(n=Count("pk")):
            found[row["by"], row["by__name"]][name] = row["n"]
    people = [{"name": name, **numbers} for (_pk, name), numbers in found.items()]
    return sorted(people, key=lambda row: (-row["questions"] - row["prospects"], row["name"]))


def of_person(store: Store, person: User, today: date) -> dict[str, int]:
    """This half-month's, of one person: {'questions', 'prospects'}."""
    half = Half.of(today)
    mine = {"store": store, "by": person, "on__range": (half.first, half.last)}
    return {"questions": Question.objects.filter(**mine).count(), "prospects": Prospect.objects.filter(**mine).count()}
