"""The served application with the queue's guard taken out, to show that the guard is what keeps two callers apart."""

from tests.served import *  # noqa: F403
from tests.served import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.unguarded_app"]
