"""The served application with claims made slow, so that callers meet; with GUARD=out also without the queue's guard."""

from tests.served import *  # noqa: F403
from tests.served import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.crowded_app"]
