"""No personal data in logs, addresses, broker and error pages: canaries in every personal column, and a look everywhere else."""

import base64
import json
from urllib.parse import quote

import pytest
from django.apps import apps
from django.db import models

from desk.models import ImportRun
from staff.actions import create_store
from staff.models import Membership
from staff.roles import ABILITIES
from tests.canaries import HARMLESS, NEEDLES, PERSONAL, WORD, classified, found_in, own_models, telling_columns
from tests.everything import Everything
from tests.failing_app.failures import FAILURES
from tests.test_celery import wait_for
from tests.test_permissions import ADDRESSES, url_of
from tests.visiting import Page, Visitor, action_of


@pytest.mark.pure
def test_every_column_that_can_hold_somebodys_data_is_known_as_personal_or_harmless():
    known = classified(PERSONAL, HARMLESS)
    assert sorted(telling_columns(own_models())) == known, "put it into PERSONAL or HARMLESS of tests/canaries.py"


@pytest.mark.pure
def test_a_new_column_is_found():
    class Made(models.Model):  # noqa: DJ008
        words = models.TextField()
        at = models.DateTimeField()
        n = models.IntegerField()

        class Meta:
            app_label = "made_up"

    del apps.all_models["made_up"]["made"]
    assert telling_columns([Made]) == {"made_up.Made.words"}


@pytest.mark.pure
def test_a_canary_is_found_however_it_is_written_down():
    for text in (
        f"a{WORD}b",
        quote(WORD),
        repr(WORD.encode()),
        f'"{WORD.encode("unicode_escape").decode()}"',
        "".join(f"&#{ord(c)};" for c in WORD),
        "19900070012",
    ):
        assert found_in(text), text
    assert found_in("199****0012 渝A12345 张三") == []


@pytest.mark.pure
def test_a_token_is_not_taken_for_a_canary():
    # Each CSRF token that held these four letters, in a run in a hundred, once had them as its needle.
    assert found_in("NC3R5pSTvve7TDvmnSvrw39579rUCzwcFDUHWiOUlshZQxvfmUAhpV5W97kSwzo5") == []
    assert min(len(needle) for needle in NEEDLES if needle.isascii() and needle.isalnum()) >= 7


@pytest.mark.django_db
def test_the_store_of_the_tests_has_rows_everywhere_and_a_canary_in_every_personal_column(db):
    Everything(create_store(code="S1", name="测试店"))
    empty = [model._meta.label for model in own_models() if not model._base_manager.exists()]
    assert empty == ["core.SweepState"]
    bare = [path for path in classified(PERSONAL) if not any(found_in(value) for value in _values(path))]
    # Both are a few letters of what stands in full beside them, too short to be looked for.
    assert bare == ["customers.Customer.name_initials", "customers.Vehicle.plate_tail"]


def _values(path: str):
    label, column = path.rsplit(".", 1)
    for value in apps.get_model(label)._base_manager.values_list(column, flat=True):
        yield bytes(value).decode(errors="replace") if isinstance(value, (bytes, memoryview)) else str(value)


IMPORT = "工单号,客户姓名,客户电话,车牌号,进店日期,结算日期\n{rows}"
ERRORS = {400, 403, 404, 405, 429, 500}
NOT_SENT = ("/logout/", "/password/", "/active/", "/store/", "/language/", "/login/", "/remove/", "/role/", "/discard/")


@pytest.fixture
def full(house):
    store = Everything(house.store)
    for role in ("caller", "sales", "supervisor", "service_manager", "care_manager", "general_manager"):
        Membership.objects.create(user=store.owner, store=house.store, role=role)
    return store


def filled_in(form, canaries) -> list[tuple[str, str]]:
    """As a person would, in whose every text a canary sits."""
    text = {"tel": canaries.phone, "date": lambda: canaries.date().isoformat(), "email": lambda: f"{canaries.latin()}@example.com"}
    return [
        (name, text.get(kind, canaries.word)() if kind in {"text", "textarea", "search", *text} else value)
        for name, kind, value in form.fields
    ]


def test_no_personal_data_in_logs_addresses_broker_and_error_pages(house, full):
    """Under production settings and over real HTTP: every page, every form, what fails and how, an import, sweeps and tasks."""
    base_url = house.open(settings_module="tests.failing", HTTPS="1", LOG_LEVEL="DEBUG", SWEEP_EVERY="1")
    visitor = Visitor(base_url, house.cookies(full.owner), {"X-Forwarded-Proto": "https", "X-Forwarded-For": "10.0.0.7"})
    c, answers, forms = full.canaries, [], {}

    # Every page, and every form on it once.
    for name, view in ADDRESSES.items():
        if getattr(view, "ability", None) in ABILITIES and name != "followups:release":
            answers.append(visitor.get(url_of(name, full, full.owner)))
            for form in Page(answers[-1].body).forms:
                forms.setdefault(action_of(form, answers[-1].address.split()[1]), form)
    assert sum(answer.status == 200 for answer in answers) > 40 and len(forms) > 30
    for address, form in forms.items():
        if not any(part in address for part in NOT_SENT):
            answers.append(visitor.post(address, filled_in(form, c)))
    assert {200, 302, 422} <= {answer.status for answer in answers}

    # What somebody types, mistypes, and what nobody may.
    answers += [
        visitor.post("/search/", {"q": c.word()}),
        visitor.post("/search/", {"q": c.phone(), "target": "visit"}, **{"HX-Request": "true"}),
    ]
    answers += [
        visitor.get(f"/{quote(c.word())}/?q={quote(c.word())}"),
        visitor.get(f"/customers/{c.phone()}/?q={c.plate().encode().hex()}"),
    ]
    answers += [visitor.get(f"/queue/?due={quote(c.word())}"), visitor.get("/", Host=f"{c.latin()}.example.com")]
    answers += [visitor.post("/customers/new/", {"name": c.word()}, token=False)]
    answers += [Visitor(base_url, {}, visitor.headers | {"Cookie": ""}).get("/customers/?tier=A")]
    stranger = Visitor(base_url, {}, {"X-Forwarded-Proto": "https", "X-Forwarded-For": "10.0.0.8"})
    name = c.latin()
    answers += [stranger.post("/login/", {"username": name, "password": c.word()}) for _try in range(10)]
    answers += [visitor.get(f"/fail/{failure.__name__}/") for failure in FAILURES]
    assert {400, 403, 404, 429, 500} <= {answer.status for answer in answers}

    # An import with good and bad rows; nobody is at work yet, so that its message is in the broker.
    rows = "\n".join(f"RO{n},{c.word()},{c.phone()},{c.plate() if n % 3 else '不对'},2026-11-01,2026-11-02" for n in range(20))
    upload = ("file", (f"{c.word()}.csv", IMPORT.format(rows=rows).encode()))
    answers.append(visitor.post("/imports/", {"kind": "service_orders"}, files=dict([upload])))
    run = ImportRun.objects.latest("pk")
    answers += [visitor.get(f"/imports/{run.pk}/"), visitor.post(f"/imports/{run.pk}/start/", {})]
    asked = [
        house.manage("shell", "-v0", "-c", f"from tests.failing_app.tasks import fail; fail.delay('{name}')")
        for name in ("key", "duplicate")
    ]
    assert [done.returncode for done in asked] == [0, 0], asked[0].stderr
    messages = waiting_messages(house)
    assert len(messages) >= 3 and any("carry_on_import" in message for message in messages)
    for name in ("worker", "beat"):
        house.start(name)
    assert wait_for(lambda: ImportRun.objects.get(pk=run.pk).is_over, 60), house.log.read_text()
    answers.append(visitor.get(f"/imports/{run.pk}/"))
    wait_for(lambda: "task tests.failing_app.tasks.fail" in house.log.read_text())
    wait_for(lambda: "sweep step" in house.log.read_text())
    wait_for(lambda: "by webhook was not sent" in house.log.read_text())

    log = house.log.read_text()
    for event in (
        "ValueError",
        "KeyError",
        "request_failed",
        "task tests.failing_app.tasks.fail",
        "failures.step failed",
        "by webhook was not sent: ValidationError",
        "(no address of ours)",
    ):
        assert event in log, f"{event}: this log would prove nothing"
    assert [line for line in log.splitlines() if found_in(line)] == []
    assert [message for message in messages if found_in(message)] == []
    assert [(answer.address[:40], answer.location) for answer in answers if found_in(answer.location)] == []
    told = {(answer.address[:40], address) for answer in answers for address in Page(answer.body).addresses if found_in(address)}
    assert told == set()
    assert [(answer.address[:40], found_in(answer.body)) for answer in answers if answer.status in ERRORS and found_in(answer.body)] == []


def waiting_messages(house) -> list[str]:
    """Everything that the broker holds, with what is packed in it unpacked."""
    if house.redis_url:
        import redis

        with redis.Redis.from_url(house.redis_url) as server:
            raw = [message.decode() for key in server.scan_iter() if server.type(key) == b"list" for message in server.lrange(key, 0, -1)]
    else:
        raw = [path.read_text() for name in ("messages", "processed") for path in (house.var_dir / "broker" / name).iterdir()]
    return [message + base64.b64decode(json.loads(message)["body"]).decode() for message in raw]


def test_a_careless_line_in_the_log_would_be_found(house, full):
    base_url = house.open(settings_module="tests.failing")
    Visitor(base_url, house.cookies(full.owner)).get("/fail/careless/")
    assert wait_for(lambda: "cannot save" in house.log.read_text())
    assert any(found_in(line) for line in house.log.read_text().splitlines())
