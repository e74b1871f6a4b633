"""The application's own settings, made strict: an undefined template variable is an error."""

import os
from pathlib import Path

os.environ.setdefault("VAR_DIR", str(Path(__file__).resolve().parent.parent / "var" / "tests"))

from dealercrm.settings import *  # noqa: F403
from dealercrm.settings import STATIC_ROOT, TEMPLATES

STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # whitenoise warns about an absent one

SECRET_KEY = "tests"
CELERY_BROKER_URL = "memory://"  # a message that a test sends reaches nobody; tests/house.py starts real workers
CELERY_BROKER_TRANSPORT_OPTIONS: dict = {}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}


class Undefined(str):
    """Rendered where a template names a variable that the view did not give."""

    def __mod__(self, name):
        raise AssertionError(f"undefined template variable: {name}")

    def __contains__(self, item):
        return True if item == "%s" else super().__contains__(item)


TEMPLATES[0]["OPTIONS"]["string_if_invalid"] = Undefined("%s")
