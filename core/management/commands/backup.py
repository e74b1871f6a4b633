from pathlib import Path

from core.backup import making
from core.backup.asking import Command as BaseCommand


class Command(BaseCommand):
    help = "Writes the whole store into one file, as it stands at this moment, and reads it again. The application may go on meanwhile."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument("--force", action="store_true", help="replace the file if there is one")
        parser.add_argument("--password", action="store_true", help="ask for a password to encrypt with (or set CRM_BACKUP_PASSWORD)")

    def handle(self, *args, file, force, password, **options):
        with self.refusing(file, "written"):
            made = making.make(file, password=self.new_password(password), replace=force)
            size = file.stat().st_size / 1e6
        self.stdout.write(f"{file}: {made.tables} tables, {made.rows} rows, {made.files} files, {size:.1f} MB, sha256 {made.checksum}")
