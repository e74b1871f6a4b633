import sys

from django.core.management.base import CommandError

from core import clock
from core.commands import Command as BaseCommand
from reports import counts
from reports.models import Counted
from staff.models import Store


class Command(BaseCommand):
    help = "Counts the kept periods again. --check: changes nothing, and names those that do not equal a count made now (exit 2)."

    def add_arguments(self, parser):
        parser.add_argument("--store", metavar="CODE", help="of this store only")
        parser.add_argument("--check", action="store_true")

    def handle(self, *args, store: str | None, check: bool, **options):
        rows = Counted.objects.order_by("store", "kind", "first")
        if store is not None:
            if not Store.objects.filter(code=store).exists():
                raise CommandError(f"there is no store with the code {store!r}")
            rows = rows.filter(store__code=store)
        if check:
            wrong = list(counts.differing(rows))
            for row in wrong:
                self.stderr.write(f"{row.store.code} {row.kind} {row.first}: the kept counts are not what a count gives now")
            self.stdout.write(f"{rows.count()} periods kept, {len(wrong)} differ")
            if wrong:
                sys.exit(2)
            return
        counts.take_changes(clock.now())
        done = sum(counts.keep(row) for row in rows.defer("totals", "people").select_related("store"))
        self.stdout.write(f"{done} periods counted")
