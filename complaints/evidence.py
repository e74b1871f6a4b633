"""Files that belong to a complaint: judged by their content, never by their name; kept outside the web root by a random name."""

import uuid
from datetime import datetime
from pathlib import PurePath

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext as _

from complaints.kinds import EntryKind
from complaints.models import Complaint, Evidence
from complaints.raising import write
from complaints.transitions import Act
from complaints.turns import Turn
from core import audit

MEGABYTE = 1024 * 1024
LARGEST = 20 * MEGABYTE
MOST = 30  # files of one complaint

# How a file of the kind begins: (offset, bytes). extension: the name that it is kept and handed out by.
KINDS: dict[str, tuple[str, list[tuple[int, bytes]]]] = {
    "image/jpeg": ("jpg", [(0, b"\xff\xd8\xff")]),
    "image/png": ("png", [(0, b"\x89PNG\r\n\x1a\n")]),
    "image/webp": ("webp", [(0, b"RIFF"), (8, b"WEBP")]),
    "image/heic": ("heic", [(4, b"ftypheic")]),
    "application/pdf": ("pdf", [(0, b"%PDF-")]),
    "audio/mpeg": ("mp3", [(0, b"ID3")]),
    "audio/wav": ("wav", [(0, b"RIFF"), (8, b"WAVE")]),
    "audio/amr": ("amr", [(0, b"#!AMR")]),
    "audio/mp4": ("m4a", [(4, b"ftypM4A")]),
    "video/mp4": ("mp4", [(4, b"ftypisom")]),
    "video/mp4; codecs=mp42": ("mp4", [(4, b"ftypmp42")]),
    "video/quicktime": ("mov", [(4, b"ftypqt")]),
}
SHOWN = {"image/jpeg", "image/png", "image/webp"}  # a browser may show these; everything else is only ever saved


def kind_of(head: bytes) -> str | None:
    """The media type by the first bytes; None for what is not accepted (programs, pages, office files with macros, …)."""
    for media_type, (_extension, marks) in KINDS.items():
        if all(head[offset : offset + len(mark)] == mark for offset, mark in marks):
            return media_type
    return None


def checked(upload) -> tuple[str, bytes]:
    """(media type, content) of what was uploaded. Raises ValidationError."""
    if upload.size > LARGEST:
        raise ValidationError({"file": _("This file is larger than 20 MB.")})
    content = upload.read()
    media_type = kind_of(content[:32])
    if media_type is None:
        raise ValidationError({"file": _("Only pictures, PDF, sound and video are kept here.")})
    return media_type, content


def keep(*, upload, at: datetime, by, **of) -> Evidence:
    """of: complaint or feedback. Raises ValidationError."""
    media_type, content = checked(upload)
    row = Evidence(name=PurePath(upload.name or "").name[:120], media_type=media_type, size=len(content), at=at, by=by, **of)
    row.file.save(f"{uuid.uuid4().hex}.{KINDS[media_type][0]}", ContentFile(content), save=False)
    row.save()
    return row


@transaction.atomic
def add_file(*, complaint: Complaint, upload, by) -> Evidence:
    """upload: a file with name, size and read(). Raises ValidationError, and NotAllowed as every act."""
    act = Turn(complaint, Act.EVIDENCE, by)
    if complaint.evidence.count() >= MOST:
        raise ValidationError({"file": _("This complaint has 30 files already.")})
    row = keep(upload=upload, at=act.now, by=by, complaint=complaint)
    line = write(act.complaint, EntryKind.EVIDENCE, act.now, by=by)
    audit.record("complaint.evidence", by=by, store=complaint.store, subject=complaint, evidence=row.pk, entry=line.pk)
    return row
