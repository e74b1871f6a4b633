"""A browser without a screen: reads the forms of a page and sends them, also many times at the same moment."""

import http.client
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlencode, urlsplit

from django.conf import settings


@dataclass
class PageForm:
    """action: where it goes ('' = the page itself). fields: what would be sent if nothing were typed, without any button."""

    action: str
    fields: dict[str, list[str]] = field(default_factory=dict)


class _Forms(HTMLParser):
    def __init__(self):
        super().__init__()
        self.forms: list[PageForm] = []
        self.form: PageForm | None = None
        self.select = self.area = ""
        self.options: list[tuple[str, bool]] = []
        self.text = ""

    def handle_starttag(self, tag, attributes):
        a = dict(attributes)
        if tag == "form" and a.get("method", "").lower() == "post":
            self.form = PageForm(urlsplit(a.get("action") or "").path)
            self.forms.append(self.form)
        name = a.get("name") or ""
        if self.form is None or "disabled" in a:
            return
        if tag == "input" and name and a.get("type") not in ("submit", "button", "file"):
            if a.get("type") not in ("checkbox", "radio") or "checked" in a:
                self.form.fields.setdefault(name, []).append(a.get("value") or ("on" if a.get("type") == "checkbox" else ""))
        elif tag == "select":
            self.select, self.options = name, []
        elif tag == "option" and self.select:
            self.options.append((a.get("value") or "", "selected" in a))
        elif tag == "textarea":
            self.area, self.text = name, ""

    def handle_data(self, data):
        if self.area:
            self.text += data

    def handle_endtag(self, tag):
        if tag == "form":
            self.form = None
        elif self.form is not None and tag == "select" and self.select:
            chosen = [value for value, is_chosen in self.options if is_chosen] or [value for value, _no in self.options[:1]]
            self.form.fields.setdefault(self.select, []).extend(chosen)
            self.select = ""
        elif self.form is not None and tag == "textarea" and self.area:
            self.form.fields.setdefault(self.area, []).append(self.text.removeprefix("\n"))
            self.area = ""


def forms_of(html: str) -> list[PageForm]:
    parser = _Forms()
    parser.feed(html)
    return parser.forms


def form_to(html: str, path: str, page: str, having: dict[str, str], typed: dict[str, str]) -> dict[str, list[str]] | None:
    """The fields of the page's form that goes to `path`, has these values, and more of the typed fields than another; None when
    there is no such form."""
    fitting = [
        form.fields
        for form in forms_of(html)
        if (form.action or urlsplit(page).path) == path and all(form.fields.get(name) == [value] for name, value in having.items())
    ]
    return max(fitting, key=lambda fields: len(fields.keys() & typed.keys()), default=None)


@dataclass
class Answer:
    status: int
    location: str
    body: str


class Browser:
    """Somebody who has signed in, or nobody (cookies={}). Follows no redirect, so that every answer is seen."""

    def __init__(self, base_url: str, cookies: dict[str, str]):
        self.host = urlsplit(base_url).netloc
        self.csrf = "c" * 32
        self.cookies = {**cookies, settings.CSRF_COOKIE_NAME: self.csrf}

    def connection(self) -> http.client.HTTPConnection:
        made = http.client.HTTPConnection(self.host, timeout=60)
        made.connect()
        return made

    def ask(self, method: str, url: str, body: bytes = b"", kind: str = "", on: http.client.HTTPConnection | None = None) -> Answer:
        connection = on or self.connection()
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if kind:
            headers["Content-Type"] = kind
        try:
            connection.request(method, url, body, headers)
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers.get("Location", ""), answer.read().decode(errors="replace"))
        finally:
            connection.close()

    def get(self, url: str) -> Answer:
        return self.ask("GET", url)

    def encoded(self, fields: dict[str, list[str]], file: tuple[str, str, bytes] | None = None) -> tuple[bytes, str]:
        fields = {**fields, "csrfmiddlewaretoken": [self.csrf]}
        if file is None:
            return urlencode(fields, doseq=True).encode(), "application/x-www-form-urlencoded"
        name, filename, data = file
        line = b"--between\r\nContent-Disposition: form-data; name="
        parts = [line + f'"{key}"\r\n\r\n{value}\r\n'.encode() for key, values in fields.items() for value in values]
        parts.append(line + f'"{name}"; filename="{filename}"\r\nContent-Type: text/csv\r\n\r\n'.encode() + data + b"\r\n")
        return b"".join(parts) + b"--between--\r\n", "multipart/form-data; boundary=between"

    def post(self, url: str, fields: dict[str, list[str]], file: tuple[str, str, bytes] | None = None) -> Answer:
        return self.ask("POST", url, *self.encoded(fields, file))


def at_once(sends: list) -> list:
    """Calls them all at the same moment, each in a thread of its own, and gives their answers in order."""
    barrier = threading.Barrier(len(sends))

    def go(send):
        barrier.wait()
        return send()

    with ThreadPoolExecutor(len(sends)) as pool:
        return list(pool.map(go, sends))
