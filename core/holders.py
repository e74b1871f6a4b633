"""Who holds a lease: a process of a machine. One that is dead on this very machine need not be waited for."""

import os
import socket
import time


def me() -> str:
    return f"{socket.gethostname()[:30]}:{os.getpid()}:{time.monotonic_ns()}"


def is_gone(holder: str) -> bool:
    """Whether the holder was a process of this machine that is no more."""
    host, _colon, rest = holder.partition(":")
    pid = rest.partition(":")[0]
    if host != socket.gethostname()[:30] or not pid.isdecimal():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
