import json
import time

from django.conf import settings
from django.core.management.base import CommandError

from core import delivery, sweep
from core.commands import Command as BaseCommand

FEW = 3  # tries to send in a round: servers that do not answer cost ten seconds each, and the next round is to come in time


class Command(BaseCommand):
    help = "Acts on everything that is due now: plans, reminders, outbox, e-mail and robots. Needs neither worker nor broker."

    def add_arguments(self, parser):
        parser.add_argument("--once", action="store_true", help="until nothing is due, then end and print counts")
        parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")

    def handle(self, *args, once, json: bool, **options):
        if not once:
            while True:
                sweep.run(until_done=True)
                delivery.work(FEW)
                time.sleep(settings.SWEEP_EVERY)
        for _ in range(120):
            counts = sweep.run(until_done=True)
            if counts is not None:
                counts["sent"] += delivery.work()
                return self.stdout.write(self.report(counts, json))
            time.sleep(0.5)
        raise CommandError("another sweep has been running for a minute; try again when it has ended")

    @staticmethod
    def report(counts, as_json):
        shown = {name: counts.get(name, 0) for name in sweep.COUNTS}
        return json.dumps(shown) if as_json else "  ".join(f"{name} {number}" for name, number in shown.items())
