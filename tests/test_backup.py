"""The drill: a whole store is backed up and restored into another database, of the same and of the other kind, row for row."""

import io
import resource
import shutil
import signal
import subprocess
import sys
import time

import pytest
from django.apps import apps
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection, transaction

from core import seal
from core.appendonly import AppendOnlyError
from core.backup import BackupProblem, making, records, restoring
from core.models import AuditEvent, OutboxMessage
from staff.models import Region, Store, User
from tests.conftest import DATABASE_URL
from tests.everything import Everything
from tests.house import ROOT, orm_on

PASSWORD = "correct horse battery"
KINDS = ["sqlite", "postgresql"] if DATABASE_URL else ["sqlite"]
LEFT_OUT = {
    "django_session",
    "core_sweepstate",
    "core_sentform",
    "core_allowance",
    "reports_changed",
    "reports_counted",
    "axes_accessattempt",
    "axes_accesslog",
    "axes_accessfailurelog",
    "axes_accessattemptexpiration",
}


def everything() -> dict[str, list[dict]]:
    """Every row of every table as Python has it, read by the models of today and not by the backup's own means."""
    models = [model for model in apps.get_models(include_auto_created=True) if model._meta.db_table not in LEFT_OUT]
    found = {model._meta.db_table: list(model._base_manager.order_by("pk").values()) for model in models}
    return {
        table: [{k: bytes(v) if isinstance(v, memoryview) else v for k, v in row.items()} for row in rows] for table, rows in found.items()
    }


@pytest.fixture
def full(house, settings):
    """A house in which every table has rows, and a complaint a file; the demonstration store beside."""
    settings.STORAGES = {**settings.STORAGES, "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"}}
    settings.MEDIA_ROOT = house.var_dir / "media"
    done = house.manage("demo", "--customers", "40", "--months", "2")
    assert done.returncode == 0, done.stderr
    Everything(house.store)
    group = apps.get_model("auth.Group").objects.create(name="unused here, but a table")
    group.permissions.add(1)
    User.objects.first().groups.add(group)
    User.objects.first().user_permissions.add(2)
    return house


def files(folder) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def restored(url: str, file, **environment) -> dict:
    with orm_on(url):
        call_command("restore", str(file))
        return everything()


def test_a_store_restored_into_either_kind_of_database_is_the_same_row_for_row(full, empty_database, tmp_path, monkeypatch, settings):
    before, kept = everything(), files(settings.MEDIA_ROOT)
    assert {row["file"] for row in before["complaints_evidence"]} == set(kept) != set(), "evidence is kept beside the database"
    assert [table for table, rows in before.items() if not rows] == [], "the drill is about every table"
    monkeypatch.setenv("CRM_BACKUP_PASSWORD", PASSWORD)
    call_command("backup", str(tmp_path / "1.crm"))
    assert (tmp_path / "1.crm").stat().st_mode & 0o777 == 0o600
    urls = {kind: empty_database(kind, form="bare" if kind == "sqlite" and DATABASE_URL else "") for kind in KINDS}
    for kind in KINDS:
        settings.MEDIA_ROOT = tmp_path / f"media_{kind}"
        assert restored(urls[kind], tmp_path / "1.crm") == before, kind
        assert files(settings.MEDIA_ROOT) == kept
    other = urls["sqlite"]
    with orm_on(other):
        call_command("backup", str(tmp_path / "2.crm"))
    settings.MEDIA_ROOT = tmp_path / "media_back"
    assert restored(empty_database(form="bare"), tmp_path / "2.crm") == before, "and back from a file of SQLite"

    with orm_on(urls[KINDS[-1]]):
        assert seal.broken_at() is None
        assert User.objects.get(username="caller").has_usable_password()
        last = max(row["id"] for row in before["staff_region"])
        assert Region.objects.create(name="next").pk == last + 1, "keys go on after the last"
        event = AuditEvent.objects.first()
        with pytest.raises(AppendOnlyError):
            event.delete()
        with pytest.raises(Exception, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("DELETE FROM core_auditevent")
        call_command("migrate", verbosity=0)
        call_command("sweep", "--once")
        told = OutboxMessage.objects.count()
        call_command("sweep", "--once")
        assert OutboxMessage.objects.count() == told, "what was promised before is not promised a second time"


def test_what_is_written_meanwhile_is_not_in_it_and_waits_for_nobody(house, empty_database, tmp_path, monkeypatch):
    """Somebody writes while the backup has read the first table and not yet the others."""
    house.person("caller")
    write_table, written = making._write_table, []

    def and_meanwhile(out, model):
        if not written:
            done = house.manage("store", "create", "LATE", "late")
            written.append(done.returncode)
        return write_table(out, model)

    monkeypatch.setattr(making, "_write_table", and_meanwhile)
    call_command("backup", str(tmp_path / "1.crm"))
    assert written == [0]
    assert Store.objects.filter(code="LATE").exists()
    with orm_on(empty_database(form="bare")):
        call_command("restore", str(tmp_path / "1.crm"))
        assert list(Store.objects.values_list("code", flat=True)) == ["S1"]


@pytest.fixture
def small(house, tmp_path, settings):
    """A small store and its backup."""
    house.person("caller")
    (house.var_dir / "media" / "a").mkdir(parents=True)
    (house.var_dir / "media" / "a" / "photo.jpg").write_bytes(bytes(range(256)) * 400)
    settings.MEDIA_ROOT = house.var_dir / "media"
    call_command("backup", str(tmp_path / "small.crm"))
    settings.MEDIA_ROOT = tmp_path / "other_media"
    return house


def on(house, url: str, *words: str, **more) -> subprocess.CompletedProcess:
    """manage.py on another database, with a folder of its own."""
    return house.manage(*words, DATABASE_URL=url, VAR_DIR=str(house.folder / "other"), **more)


def refused(done: subprocess.CompletedProcess) -> str:
    """1, one line, no traceback."""
    assert (done.returncode, done.stdout, done.stderr.strip().count("\n")) == (1, "", 0), done.stderr
    return done.stderr


def refusal(url: str, file, *, command: str = "restore", **options) -> str:
    """The same within this process, which is quicker: the one line."""
    with orm_on(url), pytest.raises(CommandError) as refused:
        call_command(command, str(file), **options)
    assert "\n" not in str(refused.value)
    return str(refused.value)


def stores(url: str) -> int:
    with orm_on(url):
        return Store.objects.count() if "staff_store" in connection.introspection.table_names() else 0


def test_a_migrated_database_without_a_store_is_empty_and_files_come_back(small, empty_database, tmp_path):
    url = empty_database(form="migrated")
    done = on(small, url, "restore", str(tmp_path / "small.crm"))
    assert done.returncode == 0, done.stderr
    assert stores(url) == 1
    assert (small.folder / "other/media/a/photo.jpg").read_bytes() == bytes(range(256)) * 400
    assert "not empty" in refusal(url, tmp_path / "small.crm"), "not twice"


def test_the_house_itself_is_not_empty_and_a_backup_is_not_replaced(small, tmp_path):
    file = tmp_path / "small.crm"
    assert "not empty" in refusal(small.database_url, file)
    before = file.read_bytes()
    assert "exists" in refusal(small.database_url, file, command="backup")
    assert file.read_bytes() == before
    call_command("backup", str(file), force=True)
    assert file.read_bytes() != before


def test_what_is_no_backup_or_a_damaged_one_leaves_the_database_untouched(small, empty_database, tmp_path):
    url, whole = empty_database(), (tmp_path / "small.crm").read_bytes()
    for name, data in {"cut": whole[:-100], "flipped": whole[:500] + bytes([whole[500] ^ 1]) + whole[501:], "text": b"hello"}.items():
        (tmp_path / name).write_bytes(data)
        assert name in refusal(url, tmp_path / name)
    assert "damaged" in refused(on(small, url, "restore", str(tmp_path / "cut")))
    assert "No such file" in refusal(url, tmp_path / "absent")
    with orm_on(url):
        assert connection.introspection.table_names() == []


def test_without_the_password_or_with_another_nothing_is_restored(small, empty_database, tmp_path, monkeypatch):
    file, url = tmp_path / "locked.crm", empty_database()
    monkeypatch.setattr("sys.stdin", io.StringIO())  # no terminal: nobody can be asked
    monkeypatch.setenv("CRM_BACKUP_PASSWORD", "short")
    assert "at least 12" in refusal(small.database_url, file, command="backup")
    monkeypatch.setenv("CRM_BACKUP_PASSWORD", PASSWORD)
    call_command("backup", str(file))
    monkeypatch.setenv("CRM_BACKUP_PASSWORD", PASSWORD[:-1] + "Y")
    assert "password is wrong" in refusal(url, file)
    monkeypatch.delenv("CRM_BACKUP_PASSWORD")
    assert "needs a password" in refusal(url, file)
    with orm_on(url):
        assert connection.introspection.table_names() == []


def test_a_backup_of_a_later_version_is_refused_and_one_of_an_earlier_is_restored_as_it_was(small, empty_database, tmp_path, monkeypatch):
    models_at = records.models_at
    with monkeypatch.context() as later:
        today = list(records.loader().graph.nodes)
        later.setattr(making.MigrationRecorder, "applied_migrations", lambda self: dict.fromkeys([*today, ("core", "9999_later")], 1))
        later.setattr(records, "models_at", lambda loader, migrations: models_at(loader, today))
        call_command("backup", str(tmp_path / "later.crm"))
    assert "core.9999_later" in refusal(empty_database(), tmp_path / "later.crm")

    # An earlier one, by a row in the list of migrations: its tables are made as they were then.
    with monkeypatch.context() as earlier, orm_on(empty_database(form="bare")):
        applied = making.MigrationRecorder(connection).applied_migrations()
        for key in [key for key in applied if key[0] not in {"core", "staff", "auth", "contenttypes"}]:
            del applied[key]
        earlier.setattr(making.MigrationRecorder, "applied_migrations", lambda self: applied)
        Region.objects.create(name="西南")
        call_command("backup", str(tmp_path / "earlier.crm"))
    with orm_on(empty_database()):
        call_command("restore", str(tmp_path / "earlier.crm"))
        assert Region.objects.get().name == "西南"
        assert "customers_customer" not in connection.introspection.table_names()


def test_migrations_that_were_made_into_one_stand_in_a_backup_as_that_one(db):
    loader = records.loader()
    today = sorted(loader.graph.nodes)
    before = {old for one in loader.replacements.values() for old in one.replaces}
    assert records.in_todays_names(loader, today) == today, "a database of today"
    assert records.in_todays_names(loader, {*today, *before}) == today, "one that was brought up to today"
    foreign = {name for name in today if name not in loader.replacements}
    assert records.in_todays_names(loader, {*foreign, *before}) == today, "one that was backed up on the day before"
    half = before - {("core", "0001_initial")}
    with pytest.raises(BackupProblem, match="the one that made it"):
        records.models_at(loader, records.in_todays_names(loader, {*foreign, *half}))


def test_a_full_disk_leaves_no_half_backup(small, tmp_path):
    """The limit on a file's size stands for the end of the disk: writing fails in the middle, with an error of the system."""
    file = tmp_path / "out" / "full.crm"
    file.parent.mkdir()
    done = subprocess.run(
        [sys.executable, "manage.py", "backup", str(file)], cwd=ROOT, env=small.environment(), capture_output=True, text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)),
    )  # fmt: skip
    assert "File too large" in refused(done)
    assert list(file.parent.iterdir()) == []


class Killed(BaseException):
    """As by kill -9: nobody catches it."""


@pytest.mark.parametrize("at", ["rows", "comparing"])
def test_a_restore_that_ends_in_the_middle_leaves_nothing_and_can_be_given_again(
    small, empty_database, tmp_path, settings, monkeypatch, at
):
    url = empty_database(form="bare")

    def killed(*args):
        raise Killed

    with monkeypatch.context() as patched, orm_on(url):
        if at == "comparing":
            patched.setattr(restoring, "compare", killed)
        else:
            write, written = restoring.write_table, []
            patched.setattr(restoring, "write_table", lambda *args: killed() if len(written) > 20 else written.append(write(*args)))
        with pytest.raises(Killed):
            call_command("restore", str(tmp_path / "small.crm"))
    assert stores(url) == 0
    assert not settings.MEDIA_ROOT.exists() or list(settings.MEDIA_ROOT.iterdir()) == []
    with orm_on(url):
        call_command("restore", str(tmp_path / "small.crm"))
    assert stores(url) == 1


def test_a_row_that_the_database_changed_on_the_way_in_is_found(small, empty_database, tmp_path, monkeypatch):
    insert_values = restoring.bulk.insert_values

    def bent(model, names, rows):
        if model._meta.db_table == "staff_store":
            rows = [[f"{value}!" if name == "name" else value for name, value in zip(names, row, strict=True)] for row in rows]
        return insert_values(model, names, rows)

    monkeypatch.setattr(restoring.bulk, "insert_values", bent)
    url = empty_database(form="bare")
    with orm_on(url), pytest.raises(CommandError, match="staff_store came out"):
        call_command("restore", str(tmp_path / "small.crm"))
    assert stores(url) == 0


def test_a_backup_that_is_killed_leaves_nothing_of_its_name(small, tmp_path):
    """For real, wherever it is; the next one succeeds."""
    file = tmp_path / "out" / "killed.crm"
    file.parent.mkdir()
    killed = 0
    for wait in (0.0, 0.03):
        process = subprocess.Popen([sys.executable, "manage.py", "backup", str(file)], cwd=ROOT, env=small.environment())
        while process.poll() is None and not list(file.parent.iterdir()):
            time.sleep(0.005)
        time.sleep(wait)
        process.send_signal(signal.SIGKILL)
        process.wait()
        killed += process.returncode == -signal.SIGKILL
        if process.returncode:
            assert not file.exists()
        shutil.rmtree(file.parent)
        file.parent.mkdir()
    assert killed
    assert small.manage("backup", str(file)).returncode == 0
