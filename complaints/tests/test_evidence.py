"""Files: judged by content and size, kept by a random name, never where the web server looks."""

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile

from complaints import evidence
from complaints.actions import NotAllowed
from complaints.tests.conftest import kinds

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 100
pure = pytest.mark.pure


@pure
@pytest.mark.parametrize(
    ("head", "media_type"),
    [
        (PNG, "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"RIFF1234WEBPVP8 ", "image/webp"),
        (b"RIFF1234WAVEfmt ", "audio/wav"),
        (b"%PDF-1.7", "application/pdf"),
        (b"\x00\x00\x00\x18ftypisom", "video/mp4"),
        (b"<html><script>", None),
        (b"MZ\x90\x00", None),
        (b"PK\x03\x04", None),
        (b"<svg xmlns=", None),
        (b"", None),
    ],
)
def test_a_file_is_what_it_begins_with(head, media_type):
    assert evidence.kind_of(head) == media_type


def test_a_file_is_kept_by_a_random_name_outside_the_static_files(complain, people):
    complaint = complain()
    kept = evidence.add_file(complaint=complaint, upload=SimpleUploadedFile("../../投诉 照片.png", PNG), by=people.caller)
    assert (kept.name, kept.media_type, kept.size) == ("投诉 照片.png", "image/png", len(PNG))
    assert "照片" not in kept.file.name and kept.file.name.endswith(".png") and ".." not in kept.file.name
    assert not str(settings.MEDIA_ROOT).startswith(str(settings.STATIC_ROOT))
    assert kinds(complaint)[-1] == "evidence"


@pytest.mark.parametrize("content", [b"<html>", b"", b"MZ" + b"0" * 50])
def test_what_only_calls_itself_a_picture_is_refused(complain, people, content):
    complaint = complain()
    with pytest.raises(ValidationError):
        evidence.add_file(complaint=complaint, upload=SimpleUploadedFile("a.png", content), by=people.caller)
    assert not complaint.evidence.exists()


def test_too_large_or_too_many_is_refused(complain, people, monkeypatch):
    complaint = complain()
    monkeypatch.setattr(evidence, "LARGEST", len(PNG) - 1)
    with pytest.raises(ValidationError):
        evidence.add_file(complaint=complaint, upload=SimpleUploadedFile("a.png", PNG), by=people.caller)
    monkeypatch.setattr(evidence, "LARGEST", len(PNG))
    monkeypatch.setattr(evidence, "MOST", 1)
    evidence.add_file(complaint=complaint, upload=SimpleUploadedFile("a.png", PNG), by=people.caller)
    with pytest.raises(ValidationError):
        evidence.add_file(complaint=complaint, upload=SimpleUploadedFile("b.png", PNG), by=people.caller)


def test_the_accused_adds_nothing(complain, people):
    complaint = complain(against=people.supervisor)
    with pytest.raises(NotAllowed):
        evidence.add_file(complaint=complaint, upload=SimpleUploadedFile("a.png", PNG), by=people.supervisor)
