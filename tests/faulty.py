"""The served application that writes down when it sweeps (VAR_DIR/sweeps.log); GUARD=… takes a guard out (tests/faulty_app)."""

import os

from tests.served import *  # noqa: F403
from tests.served import CELERY_BEAT_SCHEDULE, INSTALLED_APPS, VAR_DIR

INSTALLED_APPS = [*INSTALLED_APPS, "tests.faulty_app"]
SWEEPS_LOG = VAR_DIR / "sweeps.log"
if os.environ.get("GUARD") == "expires":
    del CELERY_BEAT_SCHEDULE["sweep"]["options"]
