"""Runs a few long-lived programs together: starts them, starts again what dies, and stops all of them with itself.

Each child leads a session of its own, so that Ctrl-C in the terminal reaches the supervisor only; the supervisor then asks each
child's main process to end (TERM), which lets it finish what it is doing, and after `grace` seconds kills whatever is left of it.
On Linux the kernel ends the children when the supervisor itself is killed.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

PR_SET_PDEATHSIG = 1
LONGEST_WAIT = 30.0
STEADY_AFTER = 60.0  # seconds of running after which a child's earlier deaths are forgotten
TICK = 0.1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def die_with(parent: int, number: signal.Signals = signal.SIGTERM) -> Callable[[], None] | None:
    """For Popen(preexec_fn=…): the kernel sends the new process this signal when `parent` ends, however it ends."""
    if _libc is None:
        return None

    def prepare() -> None:
        _libc.prctl(PR_SET_PDEATHSIG, number)
        if os.getppid() != parent:  # it ended before we could ask
            os._exit(1)

    return prepare


@dataclass
class Child:
    """name: how it is called in messages. argv: the program."""

    name: str
    argv: list[str]
    process: subprocess.Popen | None = None
    started: float = 0.0
    start_at: float = 0.0
    deaths: int = field(default=0)


class Supervisor:
    def __init__(self, children: list[Child], *, say: Callable[[str], None], grace: float = 20.0, ready: Callable[[], bool] | None = None):
        """say: prints one line. ready: asked now and then until it says yes; then `on_ready` is called once."""
        self.children = children
        self.say = say
        self.grace = grace
        self.ready = ready
        self.on_ready: Callable[[], None] = lambda: None
        self.stopping = False

    def run(self) -> None:
        """Until INT, TERM or HUP. When it returns, no child is left."""
        previous = {number: signal.signal(number, self._stop) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
        try:
            while not self.stopping:
                for child in self.children:
                    self._tend(child)
                if self.ready and self.ready():
                    self.ready = None
                    self.on_ready()
                time.sleep(TICK)
        finally:
            self._end_all()
            for number, handler in previous.items():
                signal.signal(number, handler)

    def _stop(self, number, frame) -> None:
        self.stopping = True

    def _tend(self, child: Child) -> None:
        now = time.monotonic()
        if child.process is None:
            if now >= child.start_at:
                child.process = subprocess.Popen(
                    child.argv, stdin=subprocess.DEVNULL, start_new_session=True, preexec_fn=die_with(os.getpid())
                )
                child.started = now
            return
        code = child.process.poll()
        if code is None:
            return
        _kill_group(child.process.pid)  # what the dead main process left behind
        child.process = None
        child.deaths = 1 if now - child.started > STEADY_AFTER else child.deaths + 1
        wait = min(2.0 ** (child.deaths - 1), LONGEST_WAIT)
        child.start_at = now + wait
        if not self.stopping:
            self.say(f"{child.name} ended ({_reason(code)}); it starts again in {wait:.0f} s.")

    def _end_all(self) -> None:
        running = [child.process for child in self.children if child.process]
        for process in running:
            with suppress(ProcessLookupError):
                process.terminate()
        deadline = time.monotonic() + self.grace
        for process in running:
            with suppress(subprocess.TimeoutExpired):
                process.wait(max(deadline - time.monotonic(), 0.01))
        for process in running:
            _kill_group(process.pid)
            process.wait()


def _kill_group(leader: int) -> None:
    """Kills a child's own session; its number stays taken as long as anything of it lives, so nobody else can be meant."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


def _reason(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"code {code}"
