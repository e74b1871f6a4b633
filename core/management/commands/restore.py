from pathlib import Path

from core.backup import restoring
from core.backup.asking import Command as BaseCommand
from core.backup.reading import Backup


class Command(BaseCommand):
    help = "Brings a backup back, into an empty database of either kind. The application must not be running on it."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)

    def handle(self, *args, file, **options):
        with self.refusing(file, "restored"):
            with Backup(file) as backup:
                is_encrypted = backup.is_encrypted
            contents = restoring.restore(file, password=self.known_password() if is_encrypted else "")
        self.stdout.write(f"{file}: {len(contents.tables)} tables, {contents.rows} rows, {contents.files} files restored and compared.")
        self.stdout.write("Now run: manage.py migrate")
