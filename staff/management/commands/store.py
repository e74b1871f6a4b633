from django.core.exceptions import ValidationError
from django.core.management.base import CommandError

from core.commands import Command as BaseCommand
from core.commands import sentence
from staff.actions import create_store


class Command(BaseCommand):
    help = "store create CODE NAME: a store with its default calendar."

    def add_arguments(self, parser):
        parser.add_argument("action", choices=["create"])
        parser.add_argument("code", metavar="CODE", help="letters, digits, - and _")
        parser.add_argument("name", metavar="NAME")
        parser.add_argument("--brand", default="", metavar="B")

    def handle(self, *args, code, name, brand, **options):
        try:
            store = create_store(code=code, name=name, brand=brand)
        except ValidationError as error:
            raise CommandError(sentence(error)) from None
        self.stdout.write(f"store {store.code} created: {store.name}")
