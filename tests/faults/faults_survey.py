"""A thousand customers answer their links at once, over real HTTP, on the web server as `manage.py serve` runs it: no error, nothing lost; how
long it took is printed (a thousand a minute is what a store may meet)."""

import http.client
import re
import threading
import time
from collections import Counter
from queue import Empty, SimpleQueue
from urllib.parse import urlencode, urlsplit

import pytest

from csi import links
from csi.models import Answer, Invitation, Response
from tests.surveying import invitations

pytestmark = pytest.mark.broker
CUSTOMERS, AT_ONCE = 1000, 16
TYPED = {
    "q-overall": "5", "q-service": "3", "q-quality": "3", "q-price": "2", "q-timeliness": "3", "q-environment": "3", "q-other": "3", "q-nps": "9",
    "words": "都挺好",
}  # fmt: skip
TAIL = re.compile(r'name="(csrfmiddlewaretoken|once)" value="([^"]*)"')


class Customer:
    """One after the other opens the link, keeps what is half filled in, and sends it; each with a new browser, over one connection."""

    def __init__(self, address: str):
        self.on = http.client.HTTPConnection(urlsplit(address).hostname, urlsplit(address).port, timeout=30)

    def ask(self, method: str, path: str, fields: dict | None = None, cookie: str = ""):
        headers = {"Cookie": cookie} if cookie else {}
        body = None
        if fields is not None:
            body, headers["Content-Type"] = urlencode(fields), "application/x-www-form-urlencoded"
        self.on.request(method, path, body, headers)
        answer = self.on.getresponse()
        return answer, answer.read().decode()

    def answers(self, path: str) -> list[int]:
        opened, page = self.ask("GET", path)
        cookie = (opened.getheader("Set-Cookie") or "").split(";")[0]
        form = dict(TAIL.findall(page))
        kept, _body = self.ask("POST", f"{path}draft/", {**form, "q-overall": "5"}, cookie)
        sent, _body = self.ask("POST", path, {**form, **TYPED}, cookie)
        thanked, _body = self.ask("GET", sent.getheader("Location") or path, None, cookie)
        return [opened.status, kept.status, sent.status, thanked.status]


def test_a_thousand_answers_a_minute_without_an_error(house, say):
    todo: SimpleQueue[str] = SimpleQueue()
    for invitation in invitations(house.store, CUSTOMERS):
        todo.put(links.path(invitation))
    house.open()
    statuses: Counter[int] = Counter()
    took: list[float] = []
    lock = threading.Lock()

    def work() -> None:
        customer = Customer(house.base_url)
        while True:
            try:
                path = todo.get_nowait()
            except Empty:
                customer.on.close()
                return
            begun = time.perf_counter()
            found = customer.answers(path)
            with lock:
                statuses.update(found)
                took.append(time.perf_counter() - begun)

    begun = time.perf_counter()
    threads = [threading.Thread(target=work) for _n in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - begun
    took.sort()
    say(
        "answers by link over HTTP", answers=Response.objects.count(), seconds=f"{seconds:.1f}", answers_a_minute=round(CUSTOMERS / seconds * 60),
        requests_a_second=round(4 * CUSTOMERS / seconds), customers_wait=f"{took[len(took) // 2]:.2f} s, 99th {took[len(took) * 99 // 100]:.2f} s",
        statuses=dict(statuses),
    )  # fmt: skip
    assert statuses == {200: 2 * CUSTOMERS, 204: CUSTOMERS, 302: CUSTOMERS}
    assert Response.objects.count() == CUSTOMERS and Answer.objects.count() == 8 * CUSTOMERS
    assert Invitation.objects.filter(drafted_at__isnull=False).count() == 0
