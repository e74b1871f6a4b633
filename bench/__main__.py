"""`make bench`: every benchmark, each in a process and a database of its own. Figures only; nothing fails on time."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit


@contextmanager
def own_database(name: str) -> Iterator[dict[str, str]]:
    """The environment in which DATABASE_URL names an empty database beside the one that it names now; without one, each benchmark
    makes itself a file."""
    url = os.environ.get("DATABASE_URL", "")
    if not url.startswith("postgres"):
        yield {**os.environ, "DATABASE_URL": ""}
        return
    import psycopg2

    connection = psycopg2.connect(url)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')
        cursor.execute(f'CREATE DATABASE "{name}"')
        try:
            yield {**os.environ, "DATABASE_URL": urlsplit(url)._replace(path=f"/{name}").geturl()}
        finally:
            cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    connection.close()


for name in ("imports", "forms", "pages"):
    print(f"== {name}", flush=True)
    with own_database(f"bench_{name}") as environment:
        subprocess.run([sys.executable, "-m", f"bench.{name}"], check=True, env=environment)
