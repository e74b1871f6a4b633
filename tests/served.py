"""What tests/house.py serves: the application's own settings; only signing in is quick, and the clock can be set."""

import os

from dealercrm.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CLOCK_OFFSET = float(os.environ.get("CLOCK_OFFSET", "0"))  # seconds
