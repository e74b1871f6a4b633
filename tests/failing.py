"""The served application with addresses, a task and a step of the sweep that fail with somebody's data in their hands."""

from tests.served import *  # noqa: F403
from tests.served import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.failing_app"]
ROOT_URLCONF = "tests.failing_app.urls"
