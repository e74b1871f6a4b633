from datetime import datetime

from django.core.management.base import CommandError
from django.db import OperationalError

from core import clock
from core.commands import Command as BaseCommand
from desk.demo import accounts
from desk.demo.build import AlreadyThere, build
from staff.models import Store


def moment(text: str) -> datetime:
    """An ISO time; without an offset it is the demonstration store's own, Asia/Shanghai."""
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=people_zone())


def people_zone():
    return Store(time_zone="Asia/Shanghai").tz


class Command(BaseCommand):
    help = "Makes the demonstration store: same arguments, same rows. Prints its accounts."

    def add_arguments(self, parser):
        parser.add_argument("--customers", type=int, default=1500)
        parser.add_argument("--months", type=int, default=13)
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--now", type=moment, help="the moment at which the store stands, such as 2026-10-15T10:30 (default: now)")
        parser.add_argument("--if-empty", action="store_true", help="do nothing when the store DEMO is there already")

    def handle(self, *args, customers, months, seed, now, if_empty, **options):
        if customers < 1 or months < 1:
            raise CommandError("--customers and --months are at least 1.")
        if not (if_empty and Store.objects.filter(code=accounts.CODE).exists()):
            try:
                build(customers=customers, months=months, seed=seed, now=now or clock.now())
            except AlreadyThere:
                raise CommandError("The store DEMO exists already; demo data are made once, into a database without it.") from None
            except OperationalError as problem:
                raise CommandError(f"The database is not ready ({problem}); run manage.py migrate first.") from None
        for line in accounts.account_lines():
            self.stdout.write(line)
