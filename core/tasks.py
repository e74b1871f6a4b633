from celery import shared_task

from core import sweep as sweeping


@shared_task(name="core.tasks.sweep", ignore_result=True)
def sweep() -> None:
    """A tick. It carries nothing: what is due stands in the database."""
    sweeping.run()
