"""What a store's server is given: settings that Django finds nothing in, units and containers that name what exists."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from django.core.management import call_command, get_commands, load_command_class
from django.db.models import UniqueConstraint

from desk.management.commands.serve import children
from tests.canaries import own_models
from tests.house import ROOT

pytestmark = pytest.mark.pure
SCALING = (ROOT / "docs/scaling.md").read_text()
UNITS = sorted((ROOT / "deploy/systemd").glob("*.service"))
PRODUCTION = {
    "SECRET_KEY": "k7Fq2zLr9XbV4mTn8WcY1sHd6JpG3aEu5RoQiZxNvBtMw0k7Fq2zLr9XbV4m",
    "ALLOWED_HOSTS": "crm.example.com",
    "HTTPS": "1",
    "DATABASE_URL": "",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "METRICS_TOKEN": "t0ken",
}
# Set by the image, by compose or for its own containers; not by whoever installs.
NOT_OURS = {"POSTGRES_USER", "POSTGRES_DB", "SITE", "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED"}


def known_names() -> set[str]:
    return set(re.findall(r"^#?([A-Z][A-Z_]+)=", (ROOT / ".env.example").read_text(), re.M))


def compose() -> dict:
    return yaml.safe_load((ROOT / "deploy/compose.yaml").read_text())


def commands_in(text: str) -> list[list[str]]:
    """The words after each `manage.py`, up to the end of the command."""
    return [shlex.split(found) for found in re.findall(r"manage\.py ([^&;\n]+?)(?:'|&&|;|\n|$)", text)]


def check_command(words: list[str]) -> None:
    name, *arguments = words
    command = load_command_class(get_commands()[name], name)
    command.create_parser("manage.py", name).parse_args(arguments)


def test_djangos_check_for_deployment_finds_nothing_under_production_settings(tmp_path):
    environment = {"PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path), **PRODUCTION}
    done = subprocess.run(
        [sys.executable, "-W", "error", "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT, env=environment, capture_output=True, text=True,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    assert "no issues (0 silenced)" in done.stdout


def test_a_mail_server_without_a_sender_is_refused_in_a_sentence(tmp_path):
    environment = {"PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path), **PRODUCTION, "EMAIL_URL": "smtp+tls://u:pw@smtp.example.com:587"}
    ask = [sys.executable, "-c", "from dealercrm.settings import *; print(EMAIL_IS_ON, EMAIL_HOST, EMAIL_USE_TLS, DEFAULT_FROM_EMAIL)"]
    refused = subprocess.run(ask, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert "ImproperlyConfigured: EMAIL_URL sends e-mail: set EMAIL_FROM" in refused.stderr
    taken = subprocess.run(ask, cwd=ROOT, env={**environment, "EMAIL_FROM": "crm@example.com"}, capture_output=True, text=True)
    assert taken.stdout.split() == ["True", "smtp.example.com", "True", "crm@example.com"]


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_the_commands_of_a_unit_exist(unit):
    found = commands_in(unit.read_text())
    assert len(found) == 1
    check_command(found[0])


def test_the_commands_of_the_containers_exist():
    services = compose()["services"]
    for name in ("web", "worker", "beat", "migrate"):
        found = commands_in(" ".join(services[name]["command"]))
        assert found, name
        for words in found:
            check_command(words)
    assert '"serve", "--only", "web"' in (ROOT / "deploy/Dockerfile").read_text()


def test_a_made_up_command_is_found():
    with pytest.raises(KeyError):
        check_command(["nonsense"])
    with pytest.raises(Exception, match="--nonsense"):
        check_command(["serve", "--nonsense"])
    assert commands_in("x 'exec python manage.py backup \"a b\"'\n") == [["backup", "a b"]]


def test_every_environment_name_of_the_containers_stands_in_the_example():
    text = (ROOT / "deploy/compose.yaml").read_text()
    named = set(re.findall(r"\$\{([A-Z_]+)", text)) | set(compose()["x-application"]["environment"])
    for service in compose()["services"].values():
        named |= set(service.get("environment", {}))
    named |= set(re.findall(r"([A-Z][A-Z_]+)=", (ROOT / "deploy/Dockerfile").read_text()))
    assert named - NOT_OURS - known_names() == set()


def test_every_setting_that_is_read_stands_in_the_example():
    read = set(re.findall(r"""env(?:\.\w+)?\(\s*["']([A-Z_]+)["']""", (ROOT / "dealercrm/settings.py").read_text()))
    for path in [path for path in ROOT.glob("*/**/*.py") if not {"tests", ".venv"} & set(path.parts)]:
        read |= set(re.findall(r"""os\.environ(?:\.get\(|\[)["']([A-Z_]+)["']""", path.read_text()))
    assert read - known_names() - {"DJANGO_SETTINGS_MODULE"} == set()
    assert {"METRICS_TOKEN", "CRM_BACKUP_PASSWORD", "PORT"} <= read


def test_there_are_two_of_what_may_fail_and_every_image_is_pinned():
    services = compose()["services"]
    assert {name: service["deploy"]["replicas"] for name, service in services.items() if "deploy" in service} == {"web": 2, "worker": 2}
    assert {"postgres", "redis", "beat", "proxy", "migrate"} <= set(services)
    images = [service["image"] for service in services.values()] + re.findall(
        r"^FROM (\S+)", (ROOT / "deploy/Dockerfile").read_text(), re.M
    )
    assert [image for image in images if not re.search(r":(local$|\d+\.\d+)", image)] == []
    assert "noeviction" in services["redis"]["command"]
    assert all("healthcheck" in services[name] for name in ("postgres", "redis", "web"))


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_is_locked_in(unit):
    text = unit.read_text()
    for line in (
        "User=dealercrm",
        "NoNewPrivileges=yes",
        "ProtectSystem=strict",
        "EnvironmentFile=/etc/dealercrm.env",
        "StateDirectory=dealercrm",
    ):
        assert f"\n{line}\n" in text
    outside = re.findall(r"(?:VAR_DIR=|ReadWritePaths=)(\S+)", text)
    assert outside in ([], ["/var/backups/dealercrm"])


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not here: the units were only read")
def test_systemd_understands_the_units(tmp_path):
    """With this Python's place for the program, and a user that exists: systemd looks whether both do."""
    paths = []
    for unit in [*UNITS, ROOT / "deploy/systemd/dealercrm-backup.timer"]:
        paths.append(tmp_path / unit.name)
        paths[-1].write_text(unit.read_text().replace("/opt/dealercrm/.venv/bin/python", sys.executable))
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", *paths], capture_output=True, text=True)
    ours = [line for line in done.stderr.splitlines() if "dealercrm" in line]
    assert (done.returncode, ours) == (0, [])


@pytest.mark.parametrize("name", ["web", "worker", "beat"])
def test_serve_only_becomes_that_process(name, monkeypatch):
    class Became(Exception):
        pass

    def execv(program, words):
        raise Became(program, words)

    monkeypatch.setenv("HOST", "0.0.0.0")
    monkeypatch.setenv("PORT", "8123")
    monkeypatch.setattr(os, "execv", execv)
    with pytest.raises(Became) as became:
        call_command("serve", only=name)
    program = next(child.argv for child in children("0.0.0.0", 8123) if child.name == name)
    assert became.value.args == (program[0], program) and Path(program[0]) == Path(sys.executable)


def test_what_is_said_about_distribution_is_true_of_the_models():
    """docs/scaling.md names tables by kind, and the unique constraints without the store."""
    from django.apps import apps

    from staff.models import Store

    floors = {model._meta.app_label for model in own_models()}
    models = {model for model in apps.get_models(include_auto_created=True) if model._meta.app_label in floors}
    named = {model: {field.related_model for field in model._meta.concrete_fields if field.is_relation} for model in models}
    direct = {model for model in models if Store in named[model]}
    hanging: set = set()
    while more := {model for model in models - direct - hanging - {Store} if named[model] & (direct | hanging)}:
        hanging |= more
    paragraphs = {
        part.split("**")[1]: set(re.findall(r"`([a-z_]+(?:\.[a-z_]+)?)`", part)) for part in SCALING.split("\n\n") if part.startswith("**")
    }

    def tables(of) -> set[str]:
        return {model._meta.db_table for model in of}

    assert paragraphs["Distributed, `store_id` is there"] - {"store_id"} == tables(direct)
    assert paragraphs["Distributed, `store_id` must be added"] - {"through", "store_id"} == tables(hanging)
    rest = paragraphs["Reference tables"] | paragraphs["By themselves"]
    assert tables(models - direct - hanging) <= rest
    told = paragraphs["Unique constraints that do not contain `store_id`"]
    missing = {constraint.name for model in direct | hanging for constraint in model._meta.constraints
               if isinstance(constraint, UniqueConstraint) and "store" not in constraint.fields}  # fmt: skip
    missing |= {f"{model._meta.db_table}.{field.name}" for model in direct | hanging for field in model._meta.concrete_fields
                if field.unique and not field.primary_key}  # fmt: skip
    missing |= {model._meta.db_table for model in direct | hanging if model._meta.unique_together}
    assert missing <= told
    assert told - missing == {"store_id", "store_code", "outbox_once", "token"}
