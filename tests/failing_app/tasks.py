from celery import shared_task

from tests.failing_app import failures


@shared_task(name="tests.failing_app.tasks.fail", ignore_result=True)
def fail(name: str) -> None:
    failures.fail(getattr(failures, name))
