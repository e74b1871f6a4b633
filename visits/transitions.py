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

ENDS = frozenset({Step.DELIVERED, Step.CANCELLED})  # each has a form of its own: not a tap


def may(from_step: str, to_step: str) -> bool:
    return to_step in ALLOWED.get(from_step, set())


def taps(from_step: str) -> list[str]:
    """The steps that one tap leads to, the usual one first; handing over and cancelling are forms of their own."""
    usual = FORWARD.get(from_step)
    return sorted((step for step in ALLOWED.get(from_step, set()) if step not in ENDS), key=lambda step: (step != usual, step))


def next_act(*, step: str, is_signed: bool, is_started: bool) -> str:
    """What the one big button does: 'sign', 'start', 'deliver', 'move', or '' when the visit is over."""
    if step not in FORWARD:
        return ""
    if step == Step.JOB_ORDER and not is_signed:
        return "sign"
    if step == Step.REPAIR and not is_started:
        return "start"
    return "deliver" if FORWARD[step] == Step.DELIVERED else "move"
