"""The file of a backup: whatever is changed, cut off or moved in it is refused before anybody acts on it."""

import gzip
import hashlib
import io
import json

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.backup import BackupProblem, container, records
from core.backup.container import DIGEST, PIECE, TAG, Writer
from core.backup.reading import Backup

pytestmark = pytest.mark.pure
PASSWORD = "correct horse battery"
ONE_EXAMPLE_AFTER_THE_OTHER = settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """A key without its third of a second: here nobody guesses passwords."""
    monkeypatch.setattr(container, "_cipher", lambda password, salt: AESGCM(hashlib.sha256(salt + password.encode()).digest()))


def content(rows: int = 3) -> bytes:
    lines = [records.as_line([n, f"张三{hashlib.sha256(str(n).encode()).hexdigest()}"]) for n in range(rows)]
    out = [
        records.as_line({"database": "sqlite", "migrations": [["core", "0001_initial"]]}),
        records.as_line({"table": "t", "columns": ["id", "name"]}),
        *lines,
        records.as_line({"rows": rows, "sha256": hashlib.sha256(b"".join(lines)).hexdigest()}),
        records.as_line({"file": "a/b.jpg"}),
        records.as_line("AAEC"),
        records.as_line({"bytes": 3, "sha256": hashlib.sha256(b"\0\1\2").hexdigest()}),
        records.as_line({"end": {"tables": 1, "rows": rows, "files": 1}}),
    ]
    return b"".join(out)


def written(data: bytes, password: str = "") -> bytes:
    file = io.BytesIO()
    writer = Writer(file, application="0.1.0", made_at="2026-11-25T02:30:00+00:00", password=password)
    with gzip.GzipFile(fileobj=writer, mode="wb", mtime=0) as out:
        out.write(data)
    writer.finish()
    return file.getvalue()


@pytest.fixture
def read(tmp_path):
    """read(bytes, password) -> the verified contents."""

    def read(data: bytes, password: str = ""):
        path = tmp_path / "x.crm"
        path.write_bytes(data)
        with Backup(path, password) as backup:
            return backup.verified()

    return read


def sealed_again(data: bytes) -> bytes:
    """As somebody would who changes a file on purpose: with a checksum that fits."""
    return data[:-DIGEST] + hashlib.sha256(data[:-DIGEST]).digest()


@pytest.fixture(params=["", PASSWORD], ids=["plain", "encrypted"])
def password(request):
    return request.param


@pytest.mark.parametrize("rows", [0, 3, 3000])  # the last is several pieces long
def test_what_was_written_is_read(read, password, rows):
    contents = read(written(content(rows), password), password)
    assert (contents.rows, contents.files, list(contents.tables)) == (rows, 1, ["t"])
    assert contents.migrations == [("core", "0001_initial")]


@ONE_EXAMPLE_AFTER_THE_OTHER
@given(data=st.data())
def test_a_byte_that_is_changed_anywhere_is_found(read, password, data):
    whole = written(content(), password)
    at = data.draw(st.integers(0, len(whole) - 1))
    flipped = whole[at] ^ data.draw(st.integers(1, 255))
    with pytest.raises(BackupProblem):
        read(whole[:at] + bytes([flipped]) + whole[at + 1 :], password)


@ONE_EXAMPLE_AFTER_THE_OTHER
@given(data=st.data())
def test_a_file_that_is_cut_off_anywhere_is_found(read, password, data):
    whole = written(content(), password)
    with pytest.raises(BackupProblem):
        read(whole[: data.draw(st.integers(0, len(whole) - 1))], password)


@ONE_EXAMPLE_AFTER_THE_OTHER
@given(data=st.data())
def test_with_a_password_also_a_change_on_purpose_is_found(read, data):
    whole = written(content(), PASSWORD)
    at = data.draw(st.integers(0, len(whole) - DIGEST - 1))
    changed = whole[:at] + bytes([whole[at] ^ data.draw(st.integers(1, 255))]) + whole[at + 1 :]
    with pytest.raises(BackupProblem):
        read(sealed_again(changed), PASSWORD)


def pieces(whole: bytes) -> tuple[bytes, list[bytes]]:
    header = whole[: whole.index(b"}\n") + 2]
    body = whole[len(header) : -DIGEST]
    return header, [body[n : n + PIECE + TAG] for n in range(0, len(body), PIECE + TAG)]


@pytest.mark.parametrize("change", ["drop the last", "drop the first", "swap", "repeat"])
def test_with_a_password_pieces_cannot_be_moved_or_left_out(read, change):
    header, parts = pieces(written(content(6000), PASSWORD))
    assert len(parts) > 3
    if change == "swap":
        parts[0], parts[1] = parts[1], parts[0]
    parts = {"drop the last": parts[:-1], "drop the first": parts[1:], "repeat": [parts[0], *parts]}.get(change, parts)
    with pytest.raises(BackupProblem, match="password is wrong"):
        read(sealed_again(header + b"".join(parts) + bytes(DIGEST)), PASSWORD)


def test_a_wrong_password_is_told_from_a_damaged_file(read):
    whole = written(content(), PASSWORD)
    with pytest.raises(BackupProblem, match="the password is wrong"):
        read(whole, PASSWORD + "!")
    with pytest.raises(BackupProblem, match="damaged"):
        read(whole[:-40] + b"\0" + whole[-39:], PASSWORD + "!")


def test_nothing_can_be_read_in_an_encrypted_file():
    assert "张三".encode() not in written(content(), PASSWORD)
    assert written(content(), PASSWORD) != written(content(), PASSWORD), "a salt of its own for each"


@pytest.mark.parametrize(
    ("header", "why"),
    [
        (b"something else\n{}\n", "no backup of this application"),
        (b"", "no backup of this application"),
        (container.MAGIC + b"{]\n", "header is damaged"),
        (container.MAGIC + b'{"format": 2}\n', "reads format 1"),
        (container.MAGIC + b'{"format": 1, "salt": "zz"}\n', "header is damaged"),
    ],
)
def test_another_file_or_format_is_refused_with_a_sentence(read, header, why):
    with pytest.raises(BackupProblem, match=why):
        read(sealed_again(header + b"0" * 100))


@pytest.mark.parametrize(
    "change",
    [
        lambda lines: [*lines[:2], *lines[3:]],  # a row less
        lambda lines: [*lines[:3], lines[2], *lines[3:]],  # a row twice
        lambda lines: lines[:-1],  # no end
        lambda lines: [*lines, lines[2]],  # something after the end
        lambda lines: [*lines[:7], b'"AAEF"\n', *lines[8:]],  # another file
        lambda lines: [b"[1]\n", *lines[1:]],
        lambda lines: [lines[0], b'{"what":1}\n', *lines[1:]],
        lambda lines: [json.dumps({"migrations": 5}).encode() + b"\n", *lines[1:]],
        lambda lines: [b"\n"],
    ],
)
def test_content_that_does_not_fit_together_is_refused(read, change):
    lines = content().splitlines(keepends=True)
    assert lines[7] == b'"AAEC"\n'
    with pytest.raises(BackupProblem, match="damaged"):
        read(written(b"".join(change(lines))))


def test_what_is_no_gzip_is_refused(read):
    file = io.BytesIO()
    writer = Writer(file, application="0.1.0", made_at="")
    writer.write(b"plain text")
    writer.finish()
    with pytest.raises(BackupProblem, match="damaged"):
        read(file.getvalue())


@pytest.mark.parametrize("number", [1e16, 1e22, 1.5e300, -2e17])
def test_large_numbers_in_json_are_the_same_line_from_both_databases(number):
    from decimal import Decimal

    as_postgresql_tells_it = json.loads(f"{Decimal(repr(number)):f}")
    assert records._whole_numbers([number]) == records._whole_numbers([as_postgresql_tells_it])
