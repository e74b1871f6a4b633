"""The verdict on the 10th: on everybody whose customers were drawn, with the customers and questions behind it (S0; domain §7)."""

from datetime import date, datetime

from django.db import transaction

from core import audit, draws, months, outbox
from core.draws import ranking
from lounge import drawing, halves, history, roster, sampling, verdicts
from lounge.models import Sample, SampleMonth, SampleRank, Verdict
from staff import people
from staff.models import Store, User
from staff.roles import Role

# Whoever leads them is told, and may excuse, swap: by audience.
LED_BY = {
    "service": (Role.SERVICE_MANAGER, Role.CARE_MANAGER, Role.GENERAL_MANAGER),
    "sales": (Role.SALES_MANAGER, Role.CARE_MANAGER, Role.GENERAL_MANAGER),
}


def unjudged(now: datetime):
    """Months of which the 10th of the next may have come."""
    return SampleMonth.objects.filter(
        judged_at=None, closed_at__isnull=False, month__lte=months.last_over(months.furthest(now), drawing.JUDGED_ON)
    )


def judge_due(now: datetime) -> int:
    """A sweep step. Returns how many verdicts were given."""
    due = unjudged(now).select_related("store").order_by("month", "pk")
    rows = [row for row in due if row.month <= months.last_over(row.store.local_date(now), drawing.JUDGED_ON)]
    return sum(judge(row, now) for row in rows[: sampling.STORES])


@transaction.atomic
def judge(row: SampleMonth, now: datetime) -> int:
    """A store's month, once."""
    if SampleMonth.objects.filter(pk=row.pk, judged_at=None).update(judged_at=now) != 1:
        return 0
    store, month = row.store, row.month
    samples = list(Sample.objects.filter(store=store, month=month).select_related("person").order_by("pk"))
    asked = SampleRank.objects.filter(sample__store=store, sample__month=month, followup__isnull=False).select_related("sample")
    ranks = list(asked.order_by("sample", "rank"))
    heard = sampling.heard(ranks)
    behind: dict[int, list[list[int]]] = {}
    for rank in ranks:
        if rank.pk in heard:
            response, interview = heard[rank.pk]
            behind.setdefault(rank.sample_id, []).append([rank.pk, response, interview.yes, interview.no])
    seed = draws.seed_of(store.code, month, "order")
    judged = {
        sample.pk: verdicts.judge(verdicts.Interview(yes, no, key) for key, _response, yes, no in behind.get(sample.pk, []))
        for sample in samples
    }
    order = {pk: n for n, pk in enumerate(ranking([sample.person_id for sample in samples], seed))}
    failed = [sample for sample in samples if judged[sample.pk].outcome == verdicts.Outcome.NOT_PASSED]
    failed.sort(key=lambda sample: (judged[sample.pk].mean, order[sample.person_id], sample.pk))
    places = {sample.pk: n for n, sample in enumerate(failed, start=1)}
    today = store.local_date(now)
    given = [
        Verdict.objects.create(
            store=store, sample=sample, month=month, audience=sample.audience, person=sample.person, outcome=judged[sample.pk].outcome,
            interviews=behind.get(sample.pk, []), place=places.get(sample.pk), seed=seed, at=now, decided_on=today,
        )
        for sample in samples
    ]  # fmt: skip
    follows = history.known(store, until=month)
    place(store, given, follows, today, now)
    for verdict in given:
        found = follows[verdict.audience, verdict.person_id, month]
        topic = "lounge_excused" if found.excuse else f"lounge_{verdict.outcome}"
        roster.tell(store, verdict.person, occasion=f"verdict {verdict.pk}", stage="given", topic=topic, month=f"{month:%Y-%m}")
    _tell_leaders(store, month, given, today)
    audit.record("verdicts.given", by=None, store=store, subject=row, month=f"{month:%Y-%m}", verdicts=len(given), not_passed=len(failed))
    return len(given)


def place(store: Store, given: list[Verdict], follows: dict, today: date, now: datetime) -> None:
    """Those not passed into the halves, lowest mean first; not the excused, and not who has left."""
    here = set(people.members(store, *sampling.RATED.values()).values_list("pk", flat=True))
    serving = [
        verdict for verdict in sorted(given, key=lambda one: one.place or 0)
        if follows[verdict.audience, verdict.person_id, verdict.month].consequence.duty and verdict.person_id in here
    ]  # fmt: skip
    if not serving:
        return
    may = list(halves.from_verdict(serving[0].month, today))
    taken = roster.taken(store, today)
    for verdict in serving:  # one by one: who was not passed as advisor and as consultant serves twice, in two halves
        half = halves.place([verdict.person_id], may, taken)[verdict.person_id]
        taken.setdefault(half.starts_on, set()).add(verdict.person_id)
        roster.give(store, [(verdict, half)], at=now)
        roster.tell(store, verdict.person, occasion=f"verdict {verdict.pk}", stage="duty", topic="lounge_duty", half=half)


def leaders(store: Store, audience: str, day: date) -> list[User]:
    return list(people.present(store, day, *LED_BY[audience]).exclude(password__startswith="!"))


def _tell_leaders(store: Store, month: date, given: list[Verdict], today: date) -> None:
    for audience in LED_BY:
        own = [verdict for verdict in given if verdict.audience == audience]
        if not own:
            continue
        counts = {outcome.value: sum(verdict.outcome == outcome for verdict in own) for outcome in verdicts.Outcome}
        for leader in leaders(store, audience, today):
            outbox.notify(
                store=store, user=leader, occasion=f"verdicts {month:%Y-%m} {audience}", stage="given", topic=f"lounge_verdicts_{audience}",
                path=f"/lounge/?month={month:%Y-%m}", month=f"{month:%Y-%m}", **counts,
            )  # fmt: skip
