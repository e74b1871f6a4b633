"""Which step may follow which: one table, asked by the buttons and by the action alike (design, rule 5; S2)."""

from visits.models import Step

FORWARD: dict[str, str] = {
    Step.RECEPTION: Step.DIAGNOSIS,
    Step.DIAGNOSIS: Step.JOB_ORDER,
    Step.JOB_ORDER: Step.REPAIR,
    Step.REPAIR: Step.INSPECTION,
    Step.INSPECTION: Step.READY,
    Step.READY: Step.DELIVERED,
}
ALLOWED: dict[str, set[str]] = {step: {following} for step, following in FORWARD.items()}
for step in FORWARD:
    ALLOWED[step].add(Step.CANCELLED)
ALLOWED[Step.RECEPTION] |= {Step.JOB_ORDER}  # a maintenance needs no diagnosis
ALLOWED[Step.INSPECTION] |= {Step.REPAIR}  # the inspection found something
# A car that is handed over without anybody having tapped the steps in between: the hand-over is what counts.
for step in (Step.RECEPTION, Step.DIAGNOSIS, Step.JOB_ORDER, Step.REPAIR, Step.INSPECTION):
    ALLOWED[step].add(Step.DELIVERED)


def may(from_step: str, to_step: str) -> bool:
    return to_step in ALLOWED.get(from_step, set())
