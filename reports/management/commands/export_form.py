import os
from pathlib import Path
from tempfile import NamedTemporaryFile

from django.core.management.base import CommandError

from core.commands import Command as BaseCommand
from reports.manual import FORMS, AnySheet, Form, write
from reports.periods import containing, parse
from staff.models import Store


class Command(BaseCommand):
    help = (
        "A form of the manual as an Excel workbook: 1 and 2 (every interview with a new-car owner, after service, on a page of its own), "
        "3 and 4 (lists of these callbacks), 5 (callback process), 6 (complaints), 7 (complaints of a month), 8 (major complaints), "
        "9 (the care centre's month)."
    )
    requires_system_checks = []  # they load every page and the pinyin dictionaries: 60 MB that an export of any size does without

    def add_arguments(self, parser):
        parser.add_argument("number", metavar="N", help="1 to 9")
        parser.add_argument("period", help="2026-10 or 2026-W44")
        parser.add_argument("--store", required=True, metavar="CODE")
        parser.add_argument("out", metavar="OUT.xlsx")

    def handle(self, *args, number: str, period: str, store: str, out: str, **options):
        form = {str(key): form for key, form in FORMS.items()}.get(number)
        if form is None:
            raise CommandError(f"there is no form {number!r} here: the forms that can be exported are {', '.join(map(str, FORMS))}")
        try:
            asked = parse(period)
        except ValueError as error:
            raise CommandError(str(error)) from None
        if asked.kind not in form.kinds:
            raise CommandError(
                f"form {number} is kept by the {form.kinds[0]}: write a period such as {containing(asked.last, form.kinds[0])}"
            )
        found = Store.objects.filter(code=store).first()
        if found is None:
            raise CommandError(f"there is no store with the code {store!r}")
        rows = self._write(form, form.make(found, asked, None), Path(out))
        self.stdout.write(f"{out}: form {number}, {found.code}, {asked}, {rows} rows")

    @staticmethod
    def _write(form: Form, sheet: AnySheet, out: Path) -> int:
        """Beside its place first: a run that is cut short leaves no half workbook, nor a better one spoilt."""
        try:
            with NamedTemporaryFile(dir=out.parent, prefix=".", suffix=".xlsx", delete=False) as file:
                try:
                    rows = write(form, sheet, file, made_by="", made_on=sheet.store.today())
                    file.flush()
                    os.replace(file.name, out)  # readable by its owner only: customers and their numbers
                except BaseException:
                    os.unlink(file.name)
                    raise
        except OSError as error:
            raise CommandError(f"cannot write {out}: {error.strerror}") from None
        return rows
