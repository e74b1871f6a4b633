import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core import clock, sweep
from core.models import OutboxMessage
from tests.samples import World

pytestmark = [pytest.mark.django_db, pytest.mark.page]
LINE = re.compile(r'^dealercrm_\w+(\{\w+="[^"]*"(,\w+="[^"]*")*\})? -?[\d.]+(e[+-]\d+)?$')

MESSAGES = 'dealercrm_outbox_messages{channel="in_app",state="%s"}'


def figures(client) -> dict[str, float]:
    answer = client.get("/metrics")
    assert answer.status_code == 200 and answer["Content-Type"].startswith("text/plain; version=0.0.4")
    lines = [line for line in answer.content.decode().splitlines() if not line.startswith("#")]
    assert [line for line in lines if not LINE.match(line)] == []
    return {name: float(number) for name, number in (line.rsplit(" ", 1) for line in lines)}


def test_it_tells_what_waits_and_for_how_long(client, store, person):
    world = World(store, person("advisor"))
    assert world.sheet.next_at
    for n, status in enumerate(["pending", "dead"]):
        OutboxMessage.objects.create(
            store_code="S1",
            occasion=f"x {n}",
            stage="told",
            recipient="user 0",
            topic="demo_welcome",
            status=status,
            next_at=clock.now() - timedelta(hours=2),
        )
    assert world.rejected_row.run.status == "done"
    before = figures(client)
    assert before['dealercrm_due_rows{step="open"}'] == 1 and before["dealercrm_call_sheets_open"] == 1
    assert 7200 <= before["dealercrm_due_oldest_age_seconds"] < 7300
    assert (before[MESSAGES % "pending"], before[MESSAGES % "dead"]) == (1, 1)
    assert before['dealercrm_imports{state="running"}'] == before["dealercrm_sweep_finished_timestamp_seconds"] == 0
    sweep.run(until_done=True)
    after = figures(client)
    assert after['dealercrm_due_rows{step="open"}'] == after["dealercrm_due_oldest_age_seconds"] == 0
    assert abs(after["dealercrm_sweep_finished_timestamp_seconds"] - clock.now().timestamp()) < 60


def test_it_costs_the_same_few_statements_whatever_there_is(client, store, person):
    with CaptureQueriesContext(connection) as empty:
        figures(client)
    World(store, person("advisor")).sheet  # noqa: B018
    with CaptureQueriesContext(connection) as full:
        figures(client)
    assert len(empty) == len(full) == 14


def test_a_program_on_this_machine_may_read_it_and_nobody_else(client, store):
    assert client.get("/metrics", REMOTE_ADDR="127.0.0.1").status_code == 200
    assert client.get("/metrics", REMOTE_ADDR="::1").status_code == 200
    for address in ("10.0.0.7", "", "unix:"):
        assert client.get("/metrics", REMOTE_ADDR=address).status_code == 403


@pytest.mark.parametrize("name", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"])
def test_behind_a_proxy_everybody_comes_from_this_machine_so_nobody_may(client, store, name):
    assert client.get("/metrics", headers={name: "127.0.0.1"}).status_code == 403


def test_with_https_there_is_a_proxy(client, store, settings):
    settings.HTTPS = True
    assert client.get("/metrics").status_code == 403


def test_with_a_token_it_counts_from_anywhere_and_nothing_else_does(client, store, settings):
    settings.METRICS_TOKEN, settings.HTTPS = "s3cret", True
    assert client.get("/metrics", headers={"Authorization": "Bearer s3cret"}, REMOTE_ADDR="10.0.0.7").status_code == 200
    for wrong in ("Bearer s3cre", "Bearer ", "s3cret", "Basic s3cret", "Bearer 密"):
        assert client.get("/metrics", headers={"Authorization": wrong}).status_code == 403
    assert client.get("/metrics").status_code == 403
