import json
from pathlib import Path

from django.conf import settings
from django.core.management.base import CommandError
from django.utils import translation

from core.commands import Command as BaseCommand
from reports.periods import parse
from reports.report import Report, as_json, build
from reports.templatetags.figures import interval, shown, target_text
from reports.workbook import workbook
from staff.models import Store


class Command(BaseCommand):
    help = "Every key figure of a month (2026-10) or an ISO week (2026-W44)."

    def add_arguments(self, parser):
        parser.add_argument("period", help="2026-10 or 2026-W44")
        parser.add_argument("--store", required=True, metavar="CODE")
        parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
        parser.add_argument("--xlsx", metavar="OUT", help="write the report as an Excel workbook")

    def handle(self, *args, period: str, store: str, json: bool, xlsx: str | None, **options):
        try:
            asked = parse(period)
        except ValueError as error:
            raise CommandError(str(error)) from None
        found = Store.objects.filter(code=store).first()
        if found is None:
            raise CommandError(f"there is no store with the code {store!r}")
        report = build(found, asked)
        if xlsx:
            try:
                with translation.override(settings.LANGUAGE_CODE):  # for people, in the language of the pages
                    content = workbook(build(found, asked))
                Path(xlsx).write_bytes(content)
            except OSError as error:
                raise CommandError(f"cannot write {xlsx}: {error.strerror}") from None
        self.stdout.write(self.as_json(report) if json else self.as_text(report))

    @staticmethod
    def as_json(report: Report) -> str:
        return json.dumps(as_json(report), ensure_ascii=False)

    @staticmethod
    def as_text(report: Report) -> str:
        period = report.period
        lines = [f"{report.store} · {period.label} ({period.first} – {period.last})", ""]
        for value in report.figures.values():
            target = target_text(value.figure, report.targets.of(value.figure, period))
            lines.append(
                f"{value.figure.code:<26}{shown(value):>12}  n={value.n:<6}{interval(value):<18}{'target ' + target if target else ''}".rstrip()
            )
        return "\n".join(lines)
