"""The application's own settings, made strict: an undefined template variable is an error."""

from dealercrm.settings import *  # noqa: F403
from dealercrm.settings import TEMPLATES

SECRET_KEY = "tests"
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
