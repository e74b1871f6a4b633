"""The broker of a machine without Redis: messages are files."""

import os
import tempfile
import time
from pathlib import Path

import pytest
from kombu import Connection

from core import tasks
from dealercrm import settings as shipped


@pytest.fixture
def folders(tmp_path, settings):
    """The broker's, of the test's own; everything else of it is as it is served."""
    if not shipped.CELERY_BROKER_URL.startswith("filesystem"):
        pytest.skip("here messages are no files")
    options = shipped.CELERY_BROKER_TRANSPORT_OPTIONS
    ours = {option: tmp_path / Path(value).name for option, value in options.items() if "folder" in option}
    for folder in ours.values():
        folder.mkdir(exist_ok=True)
    settings.CELERY_BROKER_TRANSPORT_OPTIONS = {**options, **{option: str(folder) for option, folder in ours.items()}}
    return tmp_path


def taken(settings, queue: str) -> dict:
    """queue: one of the test's own; kombu remembers within a process which of them it has declared."""
    options = settings.CELERY_BROKER_TRANSPORT_OPTIONS
    with Connection("filesystem://localhost//", transport_options=options) as connection, connection.SimpleQueue(queue) as simple:
        simple.put({"n": 1})
        message = simple.get(timeout=1)
        message.ack()
        return message.payload


def test_a_message_is_taken_also_when_temporary_files_find_no_room(folders, settings, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(folders / "no such folder"))
    assert taken(settings, "room") == {"n": 1}


def test_what_was_taken_is_forgotten_after_a_minute(folders, settings):
    taken(settings, "forgotten")
    tasks.forget_taken()
    assert len(list((folders / "processed").iterdir())) == 1  # another worker may be about to read it
    os.utime(folders / "processed", ns=(0, time.time_ns() + (tasks.TAKEN_KEPT + 1) * 10**9))  # as if another had come now
    tasks.forget_taken()
    assert list((folders / "processed").iterdir()) == []


def test_redis_keeps_nothing_that_would_have_to_be_forgotten(settings):
    settings.CELERY_BROKER_TRANSPORT_OPTIONS = {}
    tasks.forget_taken()
