import fcntl
import os
import socket
import sys
from io import StringIO

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, connection, connections

from core import sweep
from core.supervisor import Child, Supervisor
from desk.demo.accounts import CODE, account_lines
from staff.models import Store

HOST, PORT = "127.0.0.1", 8000
READY_WITHIN = 1.0


class Command(BaseCommand):
    help = (
        "The whole application in one command: database up to date, web, Celery worker and beat. Ctrl-C stops all of it. "
        "With --only one of the three, for systemd and containers, which tend and stop them; migrate and collectstatic come before."
    )
    requires_system_checks = []

    def add_arguments(self, parser):
        which = parser.add_mutually_exclusive_group()
        which.add_argument("--demo", action="store_true", help="make the demo store if there is none, and print its accounts")
        which.add_argument("--only", choices=["web", "worker", "beat"], help="become this process instead")

    def handle(self, *args, demo, only, **options):
        host, port = os.environ.get("HOST") or HOST, self.port()
        if only:
            program = next(child.argv for child in children(host, port) if child.name == only)
            os.execv(program[0], program)  # noqa: S606  our own interpreter; a supervisor between would only be in the way of signals
        lock = self.only_one()
        self.check_free(host, port)
        self.prepare()
        accounts = self.demo_accounts() if demo else []
        connections.close_all()
        supervisor = Supervisor(children(host, port), say=self.say, ready=lambda: answers(host, port))
        supervisor.on_ready = lambda: self.announce(host, port, accounts)
        supervisor.run()
        lock.close()
        self.say("Stopped.")

    def say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()

    @staticmethod
    def port() -> int:
        text = os.environ.get("PORT") or str(PORT)
        if not text.isdecimal() or not 0 < int(text) < 65536:
            raise CommandError(f"PORT={text} is no port; choose a number such as 8001.")
        return int(text)

    @staticmethod
    def only_one():
        """A second application on the same folder would share its broker: refused. The kernel drops the lock with the process."""
        lock = open(settings.VAR_DIR / "serve.lock", "w")  # noqa: SIM115  held until the end
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CommandError(
                f"The application is already running on the data in {settings.VAR_DIR}. Stop it first, or set VAR_DIR to another folder."
            ) from None
        return lock

    @staticmethod
    def check_free(host: str, port: int) -> None:
        try:
            family, kind, protocol, _name, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
            with socket.socket(family, kind, protocol) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(address)
        except PermissionError:
            raise CommandError(f"Port {port} is reserved for the system administrator. Choose another: make run PORT=8001") from None
        except OSError as problem:
            if isinstance(problem, socket.gaierror):
                raise CommandError(f"HOST={host} is no address of this machine.") from None
            raise CommandError(f"Port {port} on {host} is taken by another program. Choose another: make run PORT={port + 1}") from None

    def prepare(self) -> None:
        try:
            connection.ensure_connection()
        except OperationalError:
            raise CommandError("The database in DATABASE_URL does not answer. Is it running, and is the address right?") from None
        self.say("Bringing the database up to date …")
        call_command("migrate", interactive=False, verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        sweep.run()  # beat's first tick comes seconds after the first page, which would say that nothing runs

    def demo_accounts(self) -> list[str]:
        if not Store.objects.filter(code=CODE).exists():
            self.say("Making the demo store (once, it takes a moment) …")
            call_command("demo", stdout=StringIO())
        return account_lines()

    def announce(self, host: str, port: int, accounts: list[str]) -> None:
        self.say(f"\nDealer CRM runs at http://{shown(host)}:{port}/   (Ctrl-C stops it)")
        if host in ("0.0.0.0", "::"):
            self.say("It is open to the network: ALLOWED_HOSTS must name the addresses by which it is called.")
        if accounts:
            self.say(f"Accounts of the demo store {CODE}:")
        for line in accounts:
            self.say(line)


def children(host: str, port: int) -> list[Child]:
    python = [sys.executable, "-m"]
    bound = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    celery = [sys.executable, "-W", "ignore:You're running the worker with superuser privileges", "-m", "celery", "-q", "-A", "dealercrm"]
    web = "--worker-class gthread --workers 2 --threads 4 --timeout 60 --graceful-timeout 5 --log-level warning --no-control-socket --logger-class core.logs.GunicornLogger"
    return [
        Child("web", [*python, "gunicorn", "dealercrm.wsgi", "--bind", bound, *web.split()]),
        # Threads: a tick is a look at the database, and one process can be stopped, and killed, as one. Five, so that imports at
        # work and a mail server that does not answer leave one for the sweep.
        Child("worker", [*celery, "worker", "-P", "threads", "-c", "5", "-l", "WARNING", "--without-gossip", "--without-mingle"]),
        Child("beat", [*celery, "beat", "--pidfile=", "-l", "WARNING"]),
    ]


def shown(host: str) -> str:
    if host in ("0.0.0.0", "::"):
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


def answers(host: str, port: int) -> bool:
    try:
        with socket.create_connection((shown(host).strip("[]"), port), timeout=READY_WITHIN) as web:
            web.sendall(b"GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n")
            return b" 200 " in web.recv(64)
    except OSError:
        return False
