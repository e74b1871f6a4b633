"""A robot's server on this machine: keeps what it was sent, and answers as it is told."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Robot:
    def __init__(self):
        self.requests: list[tuple[str, dict]] = []  # path with its query, body
        self.status, self.answer, self.location = 200, b'{"errcode": 0, "errmsg": "ok"}', ""
        self.meanwhile = lambda: None

    @property
    def texts(self) -> list[str]:
        return [body["text"]["content"] for _path, body in self.requests]


@contextmanager
def listening():
    """-> (robot, address)."""
    robot = Robot()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            robot.requests.append((self.path, json.loads(body)))
            robot.meanwhile()
            self.send_response(robot.status)
            if robot.location:
                self.send_header("Location", robot.location)
            self.end_headers()
            self.wfile.write(robot.answer)

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True, kwargs={"poll_interval": 0.01}).start()
    try:
        yield robot, f"http://127.0.0.1:{server.server_port}/cgi-bin/webhook/send?key=k3y"
    finally:
        server.shutdown()
        server.server_close()
