"""manage.py store and user, as scripts call them: exit code and one line on stderr."""

import pytest
from django.core.exceptions import ValidationError
from django.core.management import ManagementUtility

from staff.actions import create_store
from staff.models import CalendarDay, Store, User, WeekdayHours


@pytest.fixture
def run(capsys, monkeypatch):
    """run('store', 'create', ...) -> (exit code, stdout, stderr)"""
    # A command that has ended closes its connections; here the test still needs its own.
    monkeypatch.setattr("django.core.management.base.connections.close_all", lambda: None)

    def call(*words):
        try:
            ManagementUtility(["manage.py", *words]).execute()
            code = 0
        except SystemExit as end:
            code = end.code
        out, err = capsys.readouterr()
        return code, out, err

    return call


@pytest.fixture
def password(monkeypatch):
    monkeypatch.setenv("CRM_PASSWORD", "kuai-8-ban-x")


def refused(result, *parts):
    code, out, err = result
    assert code == 1 and not out
    assert len(err.strip().splitlines()) == 1, err
    assert "Traceback" not in err
    for part in parts:
        assert part in err
    return True


def test_a_store_is_created_with_its_default_calendar(db, run):
    code, out, err = run("store", "create", "CQ1", "重庆一店", "--brand", "长安")
    assert (code, err) == (0, "") and "CQ1" in out
    store = Store.objects.get(code="CQ1")
    assert (store.name, store.brand) == ("重庆一店", "长安")
    assert WeekdayHours.objects.filter(store=store).exists() and CalendarDay.objects.filter(store=store).exists()


def test_a_code_that_exists_or_cannot_be_is_refused(store, run):
    assert refused(run("store", "create", store.code, "x"), "code")
    assert refused(run("store", "create", "with blank", "x"), "code")
    assert refused(run("store", "create", "OK", ""), "name")
    assert Store.objects.count() == 1


def test_wrong_usage_is_one_line_and_exit_code_one(db, run):
    assert refused(run("store"), "--help")
    assert refused(run("store", "create"), "CODE")
    assert refused(run("store", "destroy", "A", "B"), "destroy")
    assert refused(run("user", "create", "a"), "--role")
    assert refused(run("user", "create", "a", "--role", "caller", "--store", "S1", "--colour", "red"), "--colour")


def test_a_user_is_created_and_can_sign_in(store, run, password, client):
    code, out, err = run("user", "create", "xiaoli", "--role", "caller", "--store", "S1", "--name", "小丽")
    assert (code, err) == (0, "") and "kuai" not in out
    user = User.objects.get(username="xiaoli")
    assert user.name == "小丽" and user.memberships.get().role == "caller"
    assert client.post("/login/", {"username": "xiaoli", "password": "kuai-8-ban-x"}).status_code == 302


def test_unknown_roles_and_stores_are_named_with_those_that_exist(store, run, password):
    assert refused(run("user", "create", "a", "--role", "king", "--store", "S1"), "king", "care_manager")
    assert refused(run("user", "create", "a", "--role", "caller", "--store", "S9"), "S9", "S1")


def test_a_taken_name_and_a_weak_password_are_refused(store, person, run, password, monkeypatch):
    taken = person("caller").username
    assert refused(run("user", "create", taken, "--role", "caller", "--store", "S1"), "username")
    monkeypatch.setenv("CRM_PASSWORD", "1234")
    assert refused(run("user", "create", "neu", "--role", "caller", "--store", "S1"))
    assert not User.objects.filter(username="neu").exists()


def test_refusals_are_in_english_whatever_the_language_of_the_interface(store, person, run, monkeypatch):
    assert refused(run("store", "create", store.code, "x"), "Store with this Code already exists")
    monkeypatch.setenv("CRM_PASSWORD", "12345678")
    assert refused(run("user", "create", "neu", "--role", "caller", "--store", "S1"), "This password is too common")


def test_in_chinese_the_same_refusal_names_the_store_in_chinese(store):
    with pytest.raises(ValidationError) as refusal:
        create_store(code=store.code, name="x")
    assert refusal.value.message_dict == {"code": ["具有 代码 的 门店 已存在。"]}


def test_without_a_terminal_and_without_a_password_nothing_is_created(store, run, monkeypatch):
    monkeypatch.delenv("CRM_PASSWORD", raising=False)
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    assert refused(run("user", "create", "neu", "--role", "caller", "--store", "S1"), "CRM_PASSWORD")


def test_in_a_terminal_the_password_is_asked_for_twice(store, run, monkeypatch):
    monkeypatch.delenv("CRM_PASSWORD", raising=False)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    answers = iter(["kuai-8-ban-x", "kuai-8-ban-y", "kuai-8-ban-x", "kuai-8-ban-x"])
    monkeypatch.setattr("staff.management.commands.user.getpass", lambda prompt: next(answers))
    assert refused(run("user", "create", "neu", "--role", "caller", "--store", "S1"), "differ")
    assert run("user", "create", "neu", "--role", "caller", "--store", "S1")[0] == 0
