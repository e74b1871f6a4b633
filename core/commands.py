"""Commands as people script against them (contracts.md): exit 1 and one clear line for wrong usage too, never a traceback."""

import sys

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand
from django.utils import translation


def sentence(error: ValidationError) -> str:
    """The messages of a ValidationError on one line, each with the name of its field."""
    if hasattr(error, "message_dict"):
        return "; ".join(
            f"{'' if field == '__all__' else field + ': '}{' '.join(map(str, texts))}" for field, texts in error.message_dict.items()
        )
    return "; ".join(map(str, error.messages))


class Command(BaseCommand):
    """Subclass it as `class Command(commands.Command)`; raise CommandError with one line for everything that is refused.

    Commands answer in English whatever the interface's language: scripts read them.
    """

    def execute(self, *args, **options):
        with translation.override("en"):
            return super().execute(*args, **options)

    def create_parser(self, prog_name, subcommand, **kwargs):
        parser = super().create_parser(prog_name, subcommand, **kwargs)

        def refuse(message):
            sys.stderr.write(f"{subcommand}: {message} (try: {parser.prog} --help)\n")
            sys.exit(1)

        if self._called_from_command_line:
            parser.error = refuse
        return parser
