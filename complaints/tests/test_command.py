"""manage.py complaint, as other systems and acceptance checks use it."""

import json
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from complaints.models import Complaint
from complaints.tests.conftest import swept


@pytest.fixture
def run(capsys):
    def run(*arguments) -> dict:
        call_command("complaint", *arguments, "--json")
        return json.loads(capsys.readouterr().out)

    return run


@pytest.fixture
def opened(run, people, order):
    def opened(*more) -> dict:
        return run("open", "--store", "S1", "--plate", "渝A12345", "--link", "quality", "--words", "空调还是不凉", *more)

    return opened


def test_open_and_show(opened, run, clock_at):
    told = opened()
    assert (told["status"], told["level"], told["handler"]) == ("received", "advisor", "advisor")
    assert [(clock["kind"], clock["due"]) for clock in told["clocks"]] == [
        ("first_reply", "2026-11-24T12:00:00+08:00"),
        ("department_reply", "2026-11-25T10:00:00+08:00"),
    ]
    assert run("show", told["number"]) == told
    clock_at.shift(timedelta(hours=3))
    swept()
    told = run("show", told["number"])
    assert (told["level"], told["superior"]) == ("supervisor", "supervisor")
    assert [line["what"] for line in told["timeline"]] == ["opened", "breached", "raised"]
    assert told["clocks"][0]["breached"] == "2026-11-24T13:00:00+08:00" and told["clocks"][0]["met"] is None


def test_open_takes_channel_time_and_the_accused(opened):
    told = opened("--channel", "manufacturer", "--at", "2026-11-24T02:00", "--against", "general_manager")
    assert (told["level"], told["handler"], told["received_at"]) == ("region", "regional", "2026-11-24T02:00:00+08:00")
    assert told["clocks"][0]["due"] == "2026-11-24T10:30:00+08:00"


def test_plates_are_understood_as_people_write_them(run, people, order):
    assert run("open", "--store", "S1", "--plate", "渝a·12345", "--link", "price", "--words", "贵")["link"] == "price"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--store", "S9"], "unknown store S9; known: S1"),
        (["--plate", "渝A99999"], "no active car"),
        (["--against", "nobody"], "nobody of the store signs in as nobody"),
        (["--channel", "pigeon"], "channel: "),
        (["--link", "weather"], "link: "),
        (["--at", "yesterday"], "no ISO time"),
        (["--at", "2026-11-25T10:00"], "received_at: "),
        (["--words", ""], "needed: --words"),
    ],
)
def test_what_is_refused_is_said_in_one_line(opened, more, said):
    with pytest.raises(CommandError) as refused:
        opened(*more)
    assert said in str(refused.value) and "\n" not in str(refused.value)
    assert not Complaint.objects.exists()


def test_an_unknown_number_is_said(run, people):
    with pytest.raises(CommandError, match="no complaint has the number S1-2026-0009"):
        run("show", "S1-2026-0009")


def test_without_json_it_is_readable(opened, capsys):
    call_command("complaint", "show", opened()["number"])
    assert "first_reply 1  due 2026-11-24T12:00:00+08:00  running" in capsys.readouterr().out
