"""No page of the Chinese interface speaks English: the demo store's pages, as every role, have no run of three Latin words."""

import html
import re
from io import StringIO

import pytest
from django.core.management import call_command
from django.urls import get_resolver, reverse

from customers.models import Vehicle
from followups.models import CallSheet
from staff.models import User
from visits.models import ServiceOrder

pytestmark = pytest.mark.page

# Models of cars, codes and names of files are data; what stands in these is shown as it is in both languages.
DATA = re.compile(r"[\w./-]*\d[\w./-]*|VIN|NPS|CSI|CSAT|VIP|Excel|MOT|English|PLUS|UNI-\w|Asia/Shanghai")
RUN = re.compile(r"[A-Za-z][A-Za-z'’]*(?:[ ,.:;]+[A-Za-z][A-Za-z'’]*){2,}")
UNSEEN = re.compile(r"<(script|style|svg|template)\b.*?</\1>|<!--.*?-->", re.S)
SPOKEN = re.compile(r"\b(?:aria-label|title|placeholder|alt|data-key-label|data-confirm)=\"([^\"]*)\"")
DASHES = re.compile(r"<option[^>]*>-+</option>")
ROLES = ["caller", "advisor", "sales", "care_manager", "general_manager", "regional"]
# The design system's own page shows samples of everything, in both languages.
WITHOUT_WORDS = {"desk:gallery"}


def read_by_a_person(page: str) -> str:
    """The words of a page: its text, and what is read aloud or shown on hovering."""
    page = UNSEEN.sub(" ", page)
    spoken = " | ".join(SPOKEN.findall(page))
    return html.unescape(re.sub(r"<[^>]+>", " | ", page) + " | " + spoken)


def english_in(page: str) -> list[str]:
    return RUN.findall(DATA.sub(" | ", read_by_a_person(page)))


def addresses() -> list[str]:
    """Every page that needs no argument."""
    found = []
    for namespace, (_prefix, resolver) in get_resolver().namespace_dict.items():
        for name in {key for key in resolver.reverse_dict if isinstance(key, str)}:
            if f"{namespace}:{name}" in WITHOUT_WORDS:
                continue
            if any(not parameters for pattern in resolver.reverse_dict.getlist(name) for _text, parameters in pattern[0]):
                found.append(reverse(f"{namespace}:{name}"))
    return sorted(found)


def one_of_each() -> list[str]:
    """The pages of one customer, car, visit and call."""
    vehicle = Vehicle.objects.filter(orders__isnull=False).first()
    order, sheet = ServiceOrder.objects.filter(delivered_at__isnull=False).first(), CallSheet.objects.filter(next_at__isnull=False).first()
    kinds = [
        ("desk:vehicle", vehicle),
        ("desk:vehicle_edit", vehicle),
        ("desk:vehicle_transfer", vehicle),
        ("desk:customer", order.customer),
    ]
    kinds += [
        ("desk:customer_edit", order.customer),
        ("desk:visit", order),
        ("desk:visit_print_order", order),
        ("desk:visit_print_bill", order),
    ]
    kinds += [("followups:call", sheet), ("staff:person", User.objects.filter(memberships__role="advisor").first())]
    return [reverse(name, args=[one.pk]) for name, one in kinds if one]


@pytest.fixture
def demo(db, settings, tmp_path):
    settings.VAR_DIR = tmp_path
    call_command("demo", "--customers", "60", "--months", "3", verbosity=0, stdout=StringIO())


def test_no_page_speaks_english(demo, client):
    read, found = 0, {}
    for role in ROLES:
        client.force_login(User.objects.get(username=role), backend="django.contrib.auth.backends.ModelBackend")
        for address in [*addresses(), *one_of_each()]:
            answer = client.get(address)
            if not answer.get("Content-Type", "").startswith("text/html"):
                continue
            read += 1
            page = answer.content.decode()
            if runs := english_in(page) + DASHES.findall(page):
                found[role, address] = runs
    assert found == {}
    assert read > 100  # otherwise this reads nothing


def test_english_would_be_found():
    assert english_in("<p>这里 Nothing was saved yet</p>") == ["Nothing was saved yet"]
    assert english_in('<a aria-label="Look at it">看</a>') == ["Look at it"]
    assert english_in("<p>CS75PLUS 2.0T · VIN LS4XWSYG7FSR02136 · UNI-T</p><script>var a = not for people</script>") == []
