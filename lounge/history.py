"""What follows from somebody's verdicts: worked out from the whole row, because an excuse may come later (lounge.verdicts)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from lounge import verdicts
from lounge.models import Excuse, Verdict
from staff.models import Store

Key = tuple[str, int, date]  # audience, person, month


@dataclass(frozen=True)
class Known:
    """A verdict with what has come of it. excuse: None when there is none."""

    verdict: Verdict
    excuse: Excuse | None
    judged: verdicts.Judged
    consequence: verdicts.Consequence


def known(store: Store, *, until: date, people: Iterable[int] | None = None) -> dict[Key, Known]:
    """Of all verdicts up to that month, of the store's people or some of them. Two queries."""
    rows = Verdict.objects.filter(store=store, month__lte=until).select_related("person")
    excuses = Excuse.objects.filter(store=store, month__lte=until).select_related("by")
    if people is not None:
        rows, excuses = rows.filter(person__in=people), excuses.filter(person__in=people)
    excused: dict[Key, Excuse] = {(one.audience, one.person_id, one.month): one for one in excuses}
    of: dict[tuple[str, int], list[Verdict]] = {}
    for row in rows.order_by("month", "pk"):
        of.setdefault((row.audience, row.person_id), []).append(row)
    found: dict[Key, Known] = {}
    for (audience, person), own in of.items():
        judged = {row.month: row.judged for row in own}
        follows = verdicts.consequences(
            verdicts.Month(row.month, row.outcome, judged[row.month].is_perfect, (audience, person, row.month) in excused) for row in own
        )
        for row in own:
            key = audience, person, row.month
            found[key] = Known(row, excused.get(key), judged[row.month], follows[row.month])
    return found
