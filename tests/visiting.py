"""A visitor of the served application without a browser: opens pages, fills in every form that it finds, over real HTTP."""

import http.client
import secrets
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlencode, urljoin, urlsplit

ADDRESSES = {
    "href",
    "action",
    "formaction",
    "src",
    "srcset",
    "cite",
    "content",
    "data-url",
    "hx-get",
    "hx-post",
    "hx-put",
    "hx-delete",
    "hx-push-url",
}


@dataclass
class Form:
    action: str
    fields: list[tuple[str, str, str]] = field(default_factory=list)  # name, type, value


class Page(HTMLParser):
    """`addresses`: everything on it that a browser would ask a server for. `forms`: those that are posted."""

    def __init__(self, markup: str):
        super().__init__()
        self.addresses: list[str] = []
        self.forms: list[Form] = []
        self._form = self._select = None
        self.feed(markup)

    def handle_starttag(self, tag, attrs):
        attrs = {name: value or "" for name, value in attrs}
        # tel: dials, it asks no server.
        self.addresses += [value for name, value in attrs.items() if name in ADDRESSES and not value.startswith("tel:")]
        if tag == "form":
            self._form = Form(attrs.get("action", ""))
            if attrs.get("method", "").lower() == "post":
                self.forms.append(self._form)
        elif self._form and tag in {"input", "textarea", "button"} and attrs.get("name"):
            kind = attrs.get("type", "textarea" if tag == "textarea" else "text")
            if kind not in {"radio", "checkbox"} or "checked" in attrs:
                self._form.fields.append((attrs["name"], kind, attrs.get("value", "")))
        elif self._form and tag == "select" and attrs.get("name"):
            self._select = attrs["name"]
        elif self._form and tag == "option" and self._select and attrs.get("value") and (attrs.get("selected") is not None):
            self._form.fields.append((self._select, "select", attrs["value"]))

    def handle_endtag(self, tag):
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = None


@dataclass
class Answer:
    address: str
    status: int
    location: str
    body: str


class Visitor:
    def __init__(self, base_url: str, cookies: dict[str, str], headers: dict[str, str] | None = None):
        self.host = urlsplit(base_url).netloc
        self.token = secrets.token_hex(16)
        self.headers = {"Cookie": "; ".join(f"{k}={v}" for k, v in {**cookies, "csrftoken": self.token}.items()), **(headers or {})}

    def get(self, address: str, **headers: str) -> Answer:
        return self._ask("GET", address, None, headers)

    def post(
        self, address: str, data: dict | list, *, token: bool = True, files: dict[str, tuple[str, bytes]] | None = None, **headers: str
    ) -> Answer:
        pairs = list(data.items()) if isinstance(data, dict) else list(data)
        pairs = [pair for pair in pairs if pair[0] != "csrfmiddlewaretoken"] + ([("csrfmiddlewaretoken", self.token)] if token else [])
        headers.setdefault("Origin", f"https://{self.host}")
        if files is None:
            headers["Content-Type"], body = "application/x-www-form-urlencoded", urlencode(pairs).encode()
        else:
            border = secrets.token_hex(8)
            headers["Content-Type"] = f"multipart/form-data; boundary={border}"
            parts = [f'Content-Disposition: form-data; name="{k}"\r\n\r\n{v}'.encode() for k, v in pairs]
            parts += [f'Content-Disposition: form-data; name="{k}"; filename="{n}"\r\n\r\n'.encode() + v for k, (n, v) in files.items()]
            body = b"".join(f"--{border}\r\n".encode() + part + b"\r\n" for part in parts) + f"--{border}--\r\n".encode()
        return self._ask("POST", address, body, headers)

    def _ask(self, method: str, address: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        connection = http.client.HTTPConnection(self.host, timeout=60)
        try:
            connection.request(method, address, body, {**self.headers, **headers})
            response = connection.getresponse()
            return Answer(
                f"{method} {address}", response.status, response.headers.get("Location", ""), response.read().decode(errors="replace")
            )
        finally:
            connection.close()


def action_of(form: Form, address: str) -> str:
    return urljoin(address, form.action) if form.action else address
