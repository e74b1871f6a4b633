"""The house itself opens: pages are served to whoever has signed in, static files too, and nothing stays when it closes."""

import re
import urllib.error
import urllib.request


def get(url, cookies=None):
    request = urllib.request.Request(url, headers={"Cookie": "; ".join(f"{k}={v}" for k, v in (cookies or {}).items())})
    with urllib.request.urlopen(request, timeout=20) as response:
        return response.status, response.geturl(), response.read().decode()


def test_a_house_serves_its_own_database_and_closes(house):
    caller = house.person("caller")
    house.open()
    status, url, page = get(f"{house.base_url}/", house.cookies(caller))
    assert (status, url) == (200, f"{house.base_url}/")
    style = re.search(r'href="(/static/[^"]+\.css)"', page)[1]
    assert get(house.base_url + style)[0] == 200
    web = house.processes["web"]
    house.close()
    assert web.poll() is not None
