"""Calls to an address that a manager has entered: a WeCom or DingTalk robot, or a program that takes JSON.

The address is a secret: nothing here says it, and of what went wrong only a type or a number is told. It must not become a way to have
this server talk to its own network either: https to public addresses only, unless WEBHOOK_HOSTS names the host; no redirect is
followed, and no more than a kilobyte of the answer is read.
"""

import base64
import hashlib
import hmac
import http.client
import ipaddress
import json
import socket
import threading
from contextlib import suppress
from urllib.parse import SplitResult, quote_plus, urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core import clock
from core.models import Webhook

SECONDS = 5  # for each answer
ALTOGETHER = 10  # for the whole call: an answer may come drop by drop
ANSWER = 1024  # bytes


class NotPublic(OSError):
    """The name leads into somebody's own network."""


def check(url: str) -> SplitResult:
    """The parts of an address that may be called. Raises ValidationError."""
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        parts, host = urlsplit(""), ""
    if not host or parts.username or parts.password or not url.isascii() or any(c.isspace() for c in url):
        raise ValidationError(_("That is no address: copy the whole of it from the robot's page; it begins with https://."))
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_inside(host)):
        raise ValidationError(_("The address must begin with https://."))
    if not _is_inside(host) and (host == "localhost" or not _is_public(host)):
        raise ValidationError(
            _("This address lies in the server's own network. Whoever runs the server allows such a host in WEBHOOK_HOSTS (.env.example).")
        )
    return parts


def _is_inside(host: str) -> bool:
    return host in settings.WEBHOOK_HOSTS


def _is_public(host: str) -> bool:
    """Of an address in figures; a name is asked when it is called."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return True
    address = getattr(address, "ipv4_mapped", None) or address
    return address.is_global and not address.is_multicast


def masked(url: str) -> str:
    """Enough to recognise it: the host, and the end of a long one."""
    return f"{urlsplit(url).hostname}/…{url[-4:] if len(url) > 60 else ''}"


def send(hook: Webhook, *, text: str, link: str, number: int, topic: str) -> str:
    """'' when the other side has taken the message, else why not. number: the message's, the same whenever it is sent again.
    Raises OSError, http.client.HTTPException, ValidationError."""
    if hook.preset == Webhook.Preset.JSON:
        body = {"id": number, "store": hook.store_code, "topic": topic, "heading": hook.heading, "text": text, "link": link}
        status, _answer = post(hook.url, body)
        return "" if 200 <= status < 300 else f"HTTP {status}"
    content = f"【{hook.heading}】{text}" if hook.heading else text
    body = {"msgtype": "text", "text": {"content": f"{content}\n{link}" if link else content}}
    status, answer = post(signed(hook), body)
    return _robots_answer(answer) if status == 200 else f"HTTP {status}"


def signed(hook: Webhook) -> str:
    """The address, for a DingTalk robot with a secret with the time and the signature that DingTalk asks for."""
    if hook.preset != Webhook.Preset.DINGTALK or not hook.secret:
        return hook.url
    timestamp = str(int(clock.now().timestamp() * 1000))
    digest = hmac.new(hook.secret.encode(), f"{timestamp}\n{hook.secret}".encode(), hashlib.sha256).digest()
    return f"{hook.url}{'&' if '?' in hook.url else '?'}timestamp={timestamp}&sign={quote_plus(base64.b64encode(digest))}"


def _robots_answer(answer: bytes) -> str:
    """Robots say in the body whether they have taken it: {"errcode": 0, "errmsg": "ok"}."""
    try:
        code = json.loads(answer)["errcode"]
    except (ValueError, KeyError, TypeError):
        code = None
    if code == 0:
        return ""
    return f"errcode {code}" if isinstance(code, int) else "errcode ?"


def post(url: str, body: dict) -> tuple[int, bytes]:
    """Status and beginning of the answer, ten seconds after the connection stands at the latest."""
    parts = check(url)
    host = parts.hostname or ""
    lines: list[socket.socket] = []

    def connect(address, timeout=None, source_address=None):
        made = socket.create_connection(address, timeout) if _is_inside(host) else _to_public(address, timeout)
        lines.append(made.dup())  # TLS takes the other one over
        return made

    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(host, parts.port, timeout=SECONDS)
    connection._create_connection = connect  # type: ignore[union-attr]
    end = threading.Timer(ALTOGETHER, _hang_up, [lines])
    end.daemon = True
    end.start()
    try:
        target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
        headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "dealercrm", "Connection": "close"}
        connection.request("POST", target, json.dumps(body, ensure_ascii=False).encode(), headers)
        response = connection.getresponse()
        return response.status, response.read(ANSWER)
    finally:
        end.cancel()
        connection.close()
        for line in lines:
            line.close()


def _hang_up(lines: list[socket.socket]) -> None:
    for line in lines:
        with suppress(OSError):
            line.shutdown(socket.SHUT_RDWR)


def _to_public(address: tuple[str, int], timeout) -> socket.socket:
    """A connection to one of the name's public addresses: a name may lead anywhere, and elsewhere the next time."""
    problem: OSError = NotPublic()
    for *_rest, place in socket.getaddrinfo(*address, type=socket.SOCK_STREAM):
        if _is_public(str(place[0])):
            try:
                return socket.create_connection((str(place[0]), int(place[1])), timeout)
            except OSError as found:
                problem = found
    raise problem
