import json
import time
from pathlib import Path

from django.core.management.base import CommandError
from django.db import DatabaseError

from core.commands import Command as BaseCommand
from core.tabular import MAX_BYTES, UnreadableFile
from desk.imports import results, runs
from desk.imports.kinds import KINDS
from desk.imports.results import Result
from desk.imports.tables import NoTable
from desk.models import ImportRun
from staff.models import Store


class Command(BaseCommand):
    help = "Brings in records from another system's file. Exit 0: all of them; 2: some rows were rejected; 1: another error."

    def add_arguments(self, parser):
        parser.add_argument("kind", choices=[str(kind) for kind in KINDS])
        parser.add_argument("file")
        parser.add_argument("--store", required=True, metavar="CODE")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen, write nothing")
        parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
        parser.add_argument("--rejects", metavar="OUT.xlsx", help="write the rejected rows there, with the reason")

    def handle(self, *args, kind, file, store, dry_run, json: bool, rejects, **options):
        try:
            place = Store.objects.filter(code=store).first()
            if place is None:
                raise CommandError(f"There is no store {store}; create it with: manage.py store create {store} NAME")
            result = self.bring_in(place, kind, Path(file), dry_run)
            if rejects:
                results.write_rejects(result, rejects)
        except (UnreadableFile, NoTable) as problem:
            raise CommandError(str(problem)) from None
        except DatabaseError as problem:
            raise CommandError(f"The database refused: {str(problem).splitlines()[0]}") from None
        except OSError as problem:
            raise CommandError(f"{problem.filename or rejects}: {problem.strerror or problem}") from None
        self.report(result, json)
        if result.rejected:
            raise CommandError(f"{result.rejected} of {result.total} rows were rejected; each is listed with its reason.", returncode=2)

    def bring_in(self, store: Store, kind: str, path: Path, dry_run: bool) -> Result:
        if not path.is_file():
            raise CommandError(f"There is no file {path}.")
        if path.stat().st_size > MAX_BYTES:
            raise CommandError(f"{path.name} is larger than {MAX_BYTES // 1024**2} MB; split it into several files.")
        data = path.read_bytes()
        if dry_run:
            return results.of_dry_run(kind, str(path), *runs.dry_run(store=store, kind=kind, filename=path.name, data=data))
        added = runs.add(store=store, kind=kind, filename=path.name, data=data, status=ImportRun.Status.WAITING)
        run = ImportRun.objects.defer("data").get(pk=added.pk)
        del data, added  # it is stored
        while not run.is_over:
            # Imports of a store happen one after the other, also one that was killed and has to come to its end first.
            if runs.work(store) is None:
                time.sleep(0.2)
            run.refresh_from_db()
        if run.status == ImportRun.Status.FAILED:
            raise CommandError(run.problem)
        result = results.of_run(run)
        result.file = str(path)
        return result

    def report(self, result, as_json: bool) -> None:
        if as_json:
            return self.stdout.write(json.dumps(result.as_json(), ensure_ascii=False))
        numbers = result.as_json()
        self.stdout.write("  ".join(f"{name} {numbers[name]}" for name in ("rows", "created", "updated", "unchanged", "rejected")))
        if result.unknown_columns:
            self.stdout.write(f"unknown columns: {'、'.join(result.unknown_columns)}")
        for word, remarks in (
            ("conflict", result.conflicts),
            ("warning", result.warnings),
            ("rejected", [rejected.remark for rejected in result.rejects]),
        ):
            for remark in remarks:
                place = f"{remark.sheet} {remark.row}".strip()
                self.stdout.write(f"{word}: {place}, {remark.column}: {remark.value or '–'}: {remark.reason}")
