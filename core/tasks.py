from celery import shared_task

from core import sweep as sweeping

ROUNDS = 100  # of at most 500 rows a step; then the next tick goes on


@shared_task(name="core.tasks.sweep", ignore_result=True)
def sweep() -> None:
    """A tick. It carries nothing: what is due stands in the database. After an outage more may be due than one round takes."""
    sweeping.run(until_done=True, max_rounds=ROUNDS)
