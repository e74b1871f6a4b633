import pytest
from django.db import connection


@pytest.fixture
def say(capfd):
    """say("what was done", due=…, acted=…): one line on the terminal, also when all is well."""

    def tell(title: str, **figures) -> None:
        with capfd.disabled():
            print(
                f"\n{connection.vendor}: {title}: " + ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in figures.items()),
                end="",
            )

    return tell
