"""What tests/house.py serves: the application's own settings; only signing in is quick."""

from dealercrm.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
