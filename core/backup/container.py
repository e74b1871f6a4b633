"""The file around a backup: two lines of header, pieces of 64 KiB, and the SHA-256 of all that stands before it.

    dealercrm backup
    {"application": "0.1.0", "format": 1, "made_at": "2026-11-25T02:30:00+00:00", "salt": null}
    pieces …  checksum (32 bytes)

With a password each piece is AES-256-GCM under a key that scrypt derives from the password and the file's own salt. Number and end of
the pieces are in their nonces and the header is authenticated with each, so that none can be changed, moved, left out or cut off (the
STREAM construction, as in `age`). The checksum tells a damaged file from a wrong password, with or without one.
"""

import hashlib
import io
import json
import os
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from core.backup import FORMAT, MAGIC, BackupProblem

PIECE = 64 * 1024
TAG = 16
DIGEST = 32
LONGEST_HEADER = 4096


def _cipher(password: str, salt: bytes) -> AESGCM:
    """128 MB and about a third of a second for each password that somebody tries."""
    return AESGCM(hashlib.scrypt(password.encode(), salt=salt, n=2**17, r=8, p=1, maxmem=256 * 1024**2, dklen=32))


def _nonce(number: int, is_last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([is_last])


class Writer(io.RawIOBase):
    """Takes bytes, writes the file; finish() when all is said."""

    def __init__(self, file: BinaryIO, *, application: str, made_at: str, password: str = ""):
        salt = os.urandom(16) if password else None
        header = {"format": FORMAT, "application": application, "made_at": made_at, "salt": salt.hex() if salt else None}
        self._header = MAGIC + json.dumps(header, sort_keys=True).encode() + b"\n"
        self._cipher = _cipher(password, salt) if salt else None
        self._file, self._digest = file, hashlib.sha256()
        self._waiting, self._number = bytearray(), 0
        self._put(self._header)

    def writable(self) -> bool:
        return True

    def write(self, data) -> int:
        self._waiting += data
        while len(self._waiting) > PIECE:  # the last piece is never empty, and is known as the last
            self._put_piece(bytes(self._waiting[:PIECE]), is_last=False)
            del self._waiting[:PIECE]
        return len(data)

    def finish(self) -> str:
        """Returns the checksum, as sixteen-based text."""
        self._put_piece(bytes(self._waiting), is_last=True)
        self._file.write(self._digest.digest())
        return self._digest.hexdigest()

    def _put_piece(self, data: bytes, *, is_last: bool) -> None:
        self._put(self._cipher.encrypt(_nonce(self._number, is_last), data, self._header) if self._cipher else data)
        self._number += 1

    def _put(self, data: bytes) -> None:
        self._digest.update(data)
        self._file.write(data)


class Header:
    """application, made_at; is_encrypted. Raises BackupProblem for what is no backup, or one of a later format."""

    def __init__(self, file: BinaryIO):
        file.seek(0)
        if file.read(len(MAGIC)) != MAGIC:
            raise BackupProblem("it is no backup of this application")
        line = file.readline(LONGEST_HEADER)
        try:
            said = json.loads(line)
            self.format = int(said["format"])
            self.salt = bytes.fromhex(said.get("salt") or "")
            self.application = str(said.get("application", ""))
        except (ValueError, KeyError, TypeError):
            raise BackupProblem("its header is damaged") from None
        if self.format != FORMAT:
            raise BackupProblem(f"it has the format {self.format}, and this version of the application reads format {FORMAT}")
        self.raw = MAGIC + line

    @property
    def is_encrypted(self) -> bool:
        return bool(self.salt)


def check_whole(file: BinaryIO) -> Header:
    """Reads the whole file once: its checksum must fit. Raises BackupProblem."""
    header = Header(file)
    rest = file.seek(0, io.SEEK_END) - DIGEST
    if rest <= len(header.raw):
        raise BackupProblem("it is cut off")
    file.seek(0)
    digest = hashlib.sha256()
    while rest and (data := file.read(min(rest, PIECE))):
        digest.update(data)
        rest -= len(data)
    if file.read() != digest.digest():
        raise BackupProblem("it is damaged: its checksum does not fit (cut off, changed, or copied badly)")
    return header


class Reader(io.RawIOBase):
    """What was written into a file that check_whole() has passed."""

    def __init__(self, file: BinaryIO, header: Header, password: str = ""):
        self._file, self._header = file, header
        self._cipher = _cipher(password, header.salt) if header.is_encrypted else None
        self._left = file.seek(0, io.SEEK_END) - DIGEST - len(header.raw)
        file.seek(len(header.raw))
        self._number, self._piece = 0, memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        if not self._piece:
            if not self._left:
                return 0
            self._piece = memoryview(self._next_piece())
        n = min(len(buffer), len(self._piece))
        buffer[:n] = self._piece[:n]
        self._piece = self._piece[n:]
        return n

    def _next_piece(self) -> bytes:
        data = self._file.read(min(self._left, PIECE + (TAG if self._cipher else 0)))
        self._left -= len(data)
        if self._cipher:
            try:
                data = self._cipher.decrypt(_nonce(self._number, not self._left), data, self._header.raw)
            except InvalidTag:
                raise BackupProblem("the password is wrong (or somebody has changed the file on purpose)") from None
        self._number += 1
        return data
