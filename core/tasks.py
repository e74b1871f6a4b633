import logging
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from threading import Lock

from celery import current_app, shared_task
from django.conf import settings

from core import delivery
from core import sweep as sweeping

log = logging.getLogger(__name__)

TAKEN_KEPT = 60  # seconds
ROUNDS = 100  # of at most 500 rows a step; then the next tick goes on
_sending = Lock()


@shared_task(name="core.tasks.sweep", ignore_result=True)
def sweep() -> None:
    """A tick. It carries nothing: what is due stands in the database. After an outage more may be due than one round takes."""
    forget_taken()
    sweeping.run(until_done=True, max_rounds=ROUNDS)


def forget_taken() -> None:
    """The filesystem's broker keeps the messages that were taken; a worker reads one in the moment after it has moved it there, so the
    latest ones stay. By the files' own times: the house's clock may be moved."""
    folder = getattr(settings, "CELERY_BROKER_TRANSPORT_OPTIONS", {}).get("processed_folder")
    if not folder:
        return
    last = Path(folder).stat().st_mtime
    for message in Path(folder).iterdir():
        with suppress(OSError):  # another worker's tick removes it, too
            if message.stat().st_ctime < last - TAKEN_KEPT:
                message.unlink()


@shared_task(name="core.tasks.deliver", ignore_result=True)
def deliver() -> None:
    """Sends what is due out of the house. A step of the sweep would hold a transaction, and everybody's deadlines, while a mail server
    does not answer; here that holds one thread of the worker, never a second one."""
    if _sending.acquire(blocking=False):
        try:
            delivery.work()
        finally:
            _sending.release()


def hint(task, *args) -> None:
    """Sends a message that says "look at the database". One that is lost, or cannot be sent, loses nothing: the next sweep sends it
    again. So nobody waits for the broker."""
    try:
        # Otherwise a broker that is away is tried again for six seconds.
        with current_app.connection_for_write(transport_options={"max_retries": 0}) as connection:
            task.apply_async(args, connection=connection, retry=False, expires=settings.SWEEP_EVERY)
    except Exception as problem:  # whatever a transport raises when its broker is away
        log.warning("%s could not be sent: %s", task.name, type(problem).__name__)


def send_deliver(now: datetime) -> int:
    """A step of the sweep. Nothing counts as done: the work is another task's."""
    hint(deliver)
    return 0
