import errno

import pytest
from django.core.files import uploadhandler
from django.db import OperationalError
from django.urls import reverse

from core.views import is_full

pytestmark = pytest.mark.django_db


def test_a_full_disk_is_told_from_other_errors():
    assert is_full(OSError(errno.ENOSPC, "no space"))
    assert is_full(OperationalError("database or disk is full"))
    assert not is_full(OSError(errno.EACCES, "no"))
    assert not is_full(OperationalError("database is locked"))
    assert not is_full(ValueError("disk is full"))


@pytest.mark.parametrize(("problem", "status"), [(OSError(errno.ENOSPC, "no space"), 507), (OSError(errno.EIO, "broken"), 500)])
def test_an_upload_without_room_is_answered_in_words(signed_in, monkeypatch, problem, status):
    def no_room(*_args):
        raise problem

    client = signed_in("care_manager")
    client.raise_request_exception = False
    monkeypatch.setattr(uploadhandler.MemoryFileUploadHandler, "receive_data_chunk", no_room)
    from django.core.files.uploadedfile import SimpleUploadedFile

    answer = client.post(reverse("desk:imports"), {"kind": "service_orders", "file": SimpleUploadedFile("orders.csv", b"x")})
    assert answer.status_code == status
    assert ("磁盘" in answer.content.decode()) == (status == 507)
