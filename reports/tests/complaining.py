"""Complaints as they would have been registered and handled, made from a few choices: rows for the forms to be counted from."""

from datetime import date, timedelta
from random import Random

from complaints.models import Clock, Complaint, Entry
from reports.tests.history import History

STANDARDS = {"service": ["attitude", "listening", ""], "quality": ["repair", "fixed_first"], "price": ["", "fair"], "other": [""]}
ENDS = ["received", "in_hand", "resolved", "satisfied", "unreachable"]
HOW = {"cause": "派工不及时", "solution": "返工", "result": "已修好", "measure": "交车前复检"}
LATE, KEPT, RUNS, PAUSED = "late", "kept", "runs", "paused"


class Complaining(History):
    def complained(self, day: date, *, end: str = "satisfied", clocks: dict[str, str] | None = None, hour: int = 10, **facts) -> Complaint:
        """end: one of ENDS. clocks: kind -> how it went, or one after the other ("late kept"); the limit is on the day after."""
        n = Complaint.objects.count()
        at = self.at(day, hour)
        values = {"channel": "phone", "department": "service", "link": "quality", "words": f"投诉{n}", "handler": self.advisors[0]} | facts
        if not values.get("customer") and "complainant" not in values:
            vehicle = self.vehicle()
            values |= {"vehicle": vehicle, "customer": vehicle.customer}
        if end not in ("received", "in_hand"):
            values = HOW | {"resolved_at": at + timedelta(hours=5), "resolved_by": self.advisors[0]} | values
        if end in ("satisfied", "unreachable"):
            values |= {"closed_at": at + timedelta(hours=30), "closing": end}
        status = "closed" if end in ("satisfied", "unreachable") else end
        row = Complaint.objects.create(
            store=self.store, number=f"{self.store.code}-2026-{n:04}", level=2, received_at=at, received_on=day, status=status, **values
        )
        for kind, occasion, went in [
            (kind, n, one) for kind, ways in (clocks or {}).items() for n, one in enumerate(ways.split(), start=1)
        ]:
            due = at + timedelta(days=1)
            ends = {
                KEPT: {"met_at": due - timedelta(hours=1)},
                LATE: {"met_at": due + timedelta(hours=1), "breached_at": due},
                RUNS: {},
                PAUSED: {"paused_at": due - timedelta(hours=2)},
            }
            Clock.objects.create(
                store=self.store, complaint=row, kind=kind, occasion=occasion, started_at=at, due_at=due, due_on=self.store.local_date(due), **ends[went]
            )  # fmt: skip
        Entry.objects.create(complaint=row, kind="opened", at=at, status=status, level=2)
        return row

    def many(self, seed: int, first: date, days: int, count: int) -> list[Complaint]:
        """Untidy ones over `days` from `first`; the same seed, the same rows."""
        dice, made = Random(seed), []
        for _n in range(count):
            link = dice.choice(list(STANDARDS))
            kinds = ["first_reply", "department_reply", "revisit", "next_contact", "instruction"]
            made.append(
                self.complained(
                    first + timedelta(days=dice.randrange(days)),
                    hour=dice.choice([0, 9, 23]),
                    end=dice.choice(ENDS),
                    clocks={kind: dice.choice([LATE, KEPT, KEPT, RUNS, PAUSED]) for kind in kinds if dice.random() < 0.7},
                    channel=dice.choice(["phone", "callback", "media", "box"]),
                    department=dice.choice(["service", "service", "sales"]),
                    link=link,
                    standard=dice.choice(STANDARDS[link]),
                    severity=dice.choice(["ordinary", "ordinary", "major"]),
                    is_product_quality=dice.random() < 0.1,
                )
            )
        return made
