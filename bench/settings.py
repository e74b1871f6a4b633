"""The application's own settings with the benchmark's two pages beside its own."""

from pathlib import Path

from dealercrm.settings import *  # noqa: F403
from dealercrm.settings import TEMPLATES

ROOT_URLCONF = "bench.urls"
ALLOWED_HOSTS = ["testserver"]
TEMPLATES[0]["DIRS"] = [*TEMPLATES[0]["DIRS"], Path(__file__).parent / "templates"]
