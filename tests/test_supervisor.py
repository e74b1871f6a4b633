"""`manage.py serve` and the supervisor under it: what dies is started again, and nothing is left behind."""

import json
import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
import urllib.request
from pathlib import Path

import pytest

from tests.house import ROOT
from tests.servers import free_port

pytestmark = pytest.mark.pure
linux = pytest.mark.skipif(sys.platform != "linux", reason="the kernel's parent-death signal is Linux's")
SLEEPER = "import time; time.sleep(600)"
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"


def wait_for(what, seconds=20.0):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = what()
        if value:
            return value
        time.sleep(0.05)
    raise AssertionError("it did not happen in time")


def children_of(pid: int) -> set[int]:
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,stat="], capture_output=True, text=True, check=True).stdout
    rows = [line.split() for line in listed.splitlines()]
    return {int(child) for child, parent, state in rows if int(parent) == pid and not state.startswith("Z")}


def is_alive(pid: int) -> bool:
    listed = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True).stdout.strip()
    return bool(listed) and not listed.startswith("Z")


@pytest.fixture
def supervised(tmp_path):
    """supervised([program, …]) -> the supervisor's process, running these Python programs; what it says goes to its stdout."""
    started = []

    def start(programs: list[str], grace: float = 5.0):
        code = f"""
            import sys
            from core.supervisor import Child, Supervisor
            children = [Child(f"child {{n}}", [sys.executable, "-c", code]) for n, code in enumerate({programs!r})]
            Supervisor(children, say=lambda line: print(line, flush=True), grace={grace}).run()
        """
        process = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(code)], cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        started.append(process)
        wait_for(lambda: len(children_of(process.pid)) == len(programs))
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_stopped_supervisor_leaves_no_child(supervised, number):
    process = supervised([SLEEPER, SLEEPER])
    children = children_of(process.pid)
    process.send_signal(number)
    assert process.wait(10) == 0
    assert not any(map(is_alive, children))


def test_ctrl_c_in_the_terminal_reaches_only_the_supervisor(supervised):
    process = supervised([SLEEPER])
    (child,) = children_of(process.pid)
    assert os.getpgid(child) != os.getpgid(process.pid)
    assert os.getsid(child) != os.getsid(process.pid)


def test_a_child_that_does_not_listen_is_killed_after_the_grace(supervised):
    process = supervised([STUBBORN], grace=1.0)
    (child,) = children_of(process.pid)
    assert process.stdout.readline() == "deaf\n"
    begun = time.monotonic()
    process.terminate()
    process.wait(10)
    assert 0.9 < time.monotonic() - begun < 5
    assert not is_alive(child)


def test_what_a_child_has_started_ends_with_it(supervised):
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {STUBBORN!r}])"
    process = supervised([parent])
    (child,) = children_of(process.pid)
    (grandchild,) = wait_for(lambda: children_of(child))
    process.terminate()
    process.wait(10)
    wait_for(lambda: not is_alive(grandchild))


def test_a_child_that_dies_is_started_again_ever_later(supervised):
    process = supervised([SLEEPER])
    for wait in (1, 2):
        (child,) = wait_for(lambda: children_of(process.pid))
        os.kill(child, signal.SIGKILL)
        assert process.stdout.readline() == f"child 0 ended (signal 9); it starts again in {wait} s.\n"
    (again,) = wait_for(lambda: children_of(process.pid))
    assert again != child


@linux
def test_children_do_not_outlive_a_killed_supervisor(supervised):
    process = supervised([SLEEPER, SLEEPER])
    children = children_of(process.pid)
    process.kill()
    process.wait()
    wait_for(lambda: not any(map(is_alive, children)))


def serve(folder: Path, port: int, *arguments: str) -> subprocess.Popen:
    environment = {
        **os.environ, "VAR_DIR": str(folder), "PORT": str(port), "DJANGO_SETTINGS_MODULE": "dealercrm.settings",
        "DATABASE_URL": "", "REDIS_URL": "", "CELERY_BROKER_URL": "", "HOST": "",
    }  # fmt: skip
    return subprocess.Popen(
        [sys.executable, "manage.py", "serve", *arguments],
        cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
    )  # fmt: skip


def test_one_command_serves_and_ctrl_c_leaves_nothing(tmp_path):
    port = free_port()
    process = serve(tmp_path, port)
    try:
        for line in process.stdout:
            if f"http://127.0.0.1:{port}/" in line:
                break
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=10) as response:
            assert response.status == 200
            assert json.load(response)["sweep_finished_seconds_ago"] is not None, "the first page would say that nothing runs"
        children = wait_for(lambda: len(children_of(process.pid)) == 3 and children_of(process.pid))
        second = serve(tmp_path, free_port())
        assert "already running" in second.communicate(timeout=30)[0]
        assert second.returncode == 1
        everything = children.union(*map(children_of, children))
        os.killpg(process.pid, signal.SIGINT)
        output, _nothing = process.communicate(timeout=30)
        assert process.returncode == 0, output
        assert "Traceback" not in output
        assert not any(map(is_alive, everything))
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_a_taken_port_is_one_clear_sentence(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        output, _nothing = serve(tmp_path, port).communicate(timeout=30)
    assert output == f"CommandError: Port {port} on 127.0.0.1 is taken by another program. Choose another: make run PORT={port + 1}\n"
