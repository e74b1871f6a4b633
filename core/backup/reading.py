"""A backup's file, read: verified as a whole before anybody acts on it."""

import base64
import gzip
import hashlib
import io
import json
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from core.backup import BackupProblem
from core.backup.container import Header, Reader, check_whole

LONGEST_LINE = 64 * 1024**2  # an import's file of 20 MB is one value
DAMAGED = "it is damaged: what stands in it does not fit together"


@contextmanager
def refusing():
    """What compression, JSON and a missing key say about a damaged file, as the one sentence."""
    try:
        yield
    except (EOFError, zlib.error, gzip.BadGzipFile, ValueError, KeyError, TypeError, AttributeError):
        raise BackupProblem(DAMAGED) from None


@dataclass
class Contents:
    """tables: name -> (columns, rows, sha256)."""

    migrations: list[tuple[str, str]]
    tables: dict[str, tuple[list[str], int, str]] = field(default_factory=dict)
    files: int = 0

    @property
    def rows(self) -> int:
        return sum(rows for _columns, rows, _digest in self.tables.values())


class Backup:
    """`with Backup(path, password) as backup: backup.verified()`; raises BackupProblem, OSError."""

    def __init__(self, path: Path, password: str = ""):
        self.path, self.password = path, password

    def __enter__(self):
        self._file = self.path.open("rb")
        return self

    def __exit__(self, *problem):
        self._file.close()

    @property
    def is_encrypted(self) -> bool:
        return Header(self._file).is_encrypted

    def verified(self) -> Contents:
        """Reads the file from end to end: checksum, password, every table's and file's checksum."""
        self._header = check_whole(self._file)
        with refusing():
            return self._contents()

    def _contents(self) -> Contents:
        contents = None
        for kind, said, lines in self.parts():
            if kind == "head":
                contents = Contents([tuple(pair) for pair in said["migrations"]])
            elif kind == "end":
                if said != {"tables": len(contents.tables), "rows": contents.rows, "files": contents.files}:
                    raise BackupProblem(DAMAGED)
            else:
                digest, n = hashlib.sha256(), 0
                for line in lines:
                    digest.update(line)
                    n += 1 if kind == "table" else len(line)
                self.check(n, digest.hexdigest(), kind)
                if kind == "table":
                    contents.tables[said["table"]] = said["columns"], n, digest.hexdigest()
                contents.files += kind == "file"
        return contents

    def check(self, n: int, digest: str, kind: str) -> None:
        """What stood in a part must be what the line after it says."""
        if self.after != {"rows" if kind == "table" else "bytes": n, "sha256": digest}:
            raise BackupProblem(DAMAGED)

    def parts(self) -> Iterator[tuple[str, dict, Iterator[bytes]]]:
        """("head", line, –), then ("table", line, raw lines) and ("file", line, pieces), last ("end", counts, –). The lines of a part
        must be consumed before the next part; `after` is then the line that follows them."""
        with refusing():
            stream = io.BufferedReader(gzip.GzipFile(fileobj=io.BufferedReader(Reader(self._file, self._header, self.password))))
            yield "head", self._object(stream), iter(())
            while "end" not in (said := self._object(stream)):
                if "table" in said:
                    yield "table", said, self._lines(stream, b"[")
                elif "file" not in said:
                    raise BackupProblem(DAMAGED)
                else:
                    yield "file", said, (base64.b64decode(json.loads(line), validate=True) for line in self._lines(stream, b'"'))
            if stream.read(1):
                raise BackupProblem(DAMAGED)
            yield "end", said["end"], iter(())

    def _lines(self, stream, begins: bytes) -> Iterator[bytes]:
        while (line := self._line(stream)).startswith(begins):
            yield line
        self.after = json.loads(line)

    @staticmethod
    def _line(stream) -> bytes:
        line = stream.readline(LONGEST_LINE)
        if not line.endswith(b"\n"):
            raise BackupProblem(DAMAGED)
        return line

    def _object(self, stream) -> dict:
        said = json.loads(self._line(stream))
        if not isinstance(said, dict):
            raise BackupProblem(DAMAGED)
        return said
