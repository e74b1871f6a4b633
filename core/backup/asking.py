"""What backup and restore share as commands: the password, never as an argument, and one line for whatever is refused."""

import os
import sys
from contextlib import contextmanager
from getpass import getpass
from pathlib import Path

from django.core.management.base import CommandError
from django.db import DatabaseError

from core import commands, logs
from core.backup import BackupProblem

SHORTEST = 12


class Command(commands.Command):
    requires_system_checks = []

    @contextmanager
    def refusing(self, file: Path, done: str):
        try:
            yield
        except BackupProblem as problem:
            raise CommandError(f"{file} was not {done}: {problem}") from None
        except DatabaseError as problem:
            raise CommandError(f"{file} was not {done}; the database refused: {logs.told(problem)}") from None
        except OSError as problem:
            raise CommandError(f"{file} was not {done}: {problem.strerror or type(problem).__name__}") from None

    def new_password(self, ask: bool) -> str:
        password = self._password() if ask else os.environ.get("CRM_BACKUP_PASSWORD", "")
        if ask and not os.environ.get("CRM_BACKUP_PASSWORD") and password != getpass("Password (again): "):
            raise BackupProblem("the two passwords differ")
        if password and len(password) < SHORTEST:
            raise BackupProblem(f"the password is too short; take at least {SHORTEST} characters")
        return password

    def known_password(self) -> str:
        return self._password()

    @staticmethod
    def _password() -> str:
        password = os.environ.get("CRM_BACKUP_PASSWORD", "")
        if not password and sys.stdin.isatty():
            password = getpass("Password of the backup: ")
        if not password:
            raise BackupProblem("it needs a password: set CRM_BACKUP_PASSWORD, or run this in a terminal to be asked for it")
        return password
