"""No page of the Chinese interface speaks English: the demo store's pages, as every role, have no run of three Latin words."""

import html
import re
from io import StringIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.urls import get_resolver, reverse

from csi.models import QuestionnaireVersion
from customers.models import Vehicle
from desk import tasks
from desk.imports import runs
from desk.models import ImportRun
from followups.models import CallSheet
from staff.models import User
from visits.models import ServiceOrder

pytestmark = pytest.mark.page

# Models of cars, codes and names of files are data; what stands in these is shown as it is in both languages.
DATA = re.compile(r"[\w./-]*\d[\w./-]*|VIN|NPS|CSI|CSAT|VIP|Excel|MOT|English|PLUS|UNI-\w|Asia/Shanghai")
RUN = re.compile(r"[A-Za-z][A-Za-z'’]*(?:[ ,.:;]+[A-Za-z][A-Za-z'’]*){2,}")
UNSEEN = re.compile(r"<(script|style|svg|template)\b.*?</\1>|<!--.*?-->", re.S)
SPOKEN = re.compile(r"\b(?:aria-label|title|placeholder|alt|data-key-label|data-confirm)=\"([^\"]*)\"")
UNREADABLE = {"空.csv": b"", "图.xlsx": b"\x89PNG" + b"0" * 99, "引号.csv": '工单号\n"开'.encode(), "码.csv": b"a,b\n\xff\xff,1\n"}
DASHES = re.compile(r"<option[^>]*>-+</option>")
ROLES = ["caller", "advisor", "sales", "general_manager"]  # who between them open every page
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
    forms = [reverse("reports:form", args=[number]) for number in range(1, 10)]
    forms += [reverse("reports:department", args=[one]) for one in ("service", "sales")]
    draft = QuestionnaireVersion.objects.get(status="draft")
    forms += [reverse("followups:questionnaire", args=[draft.pk]), reverse("csi:question_add", args=[draft.pk])]
    forms += [reverse("csi:preview", args=[draft.pk, screen]) for screen in ("phone", "counter")]
    return [reverse(name, args=[one.pk]) for name, one in kinds if one] + forms


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


# One row that is right, and rows with something wrong of many a sort.
FILE = """工单号,客户姓名,客户电话,车牌号,车架号,进店日期,交车时间,里程数,结算金额,工单类型,服务顾问,心情
RO9001,王一,13800009001,渝A90011,,2026-01-05 09:30,2026-01-05 11:00,12000,200,保养,没人知,好
RO9001,王一,13800009001,渝A90011,,2026-01-05 09:30,2026-01-05 11:00,12000,200,保养,没人知,好
,王二,,,,明天,2026-13-05,很多,-5,洗车,,
RO9003,,12345,车牌,LS4ABC,2026-01-05,2026-01-04,99999999,一千,保养,,
RO9004,王四,12345,渝A90014,LS4A0000000000010,2026-01-05,1899-01-01,100,99999999999,保养,,
RO9005,王五,,渝A90015,LS4A000000000O010,2026-01-05,,100,10,保养,,
"""


def test_no_page_of_an_import_speaks_english(demo, client, monkeypatch):
    monkeypatch.setattr(tasks.carry_on_import, "apply_async", lambda args, **options: None)
    client.force_login(User.objects.get(username="care_manager"), backend="django.contrib.auth.backends.ModelBackend")
    read = [
        client.post("/imports/", {"kind": "service_orders", "file": SimpleUploadedFile(name, data)}) for name, data in UNREADABLE.items()
    ]
    assert {answer.status_code for answer in read} == {200}
    client.post("/imports/", {"kind": "service_orders", "file": SimpleUploadedFile("一月.csv", FILE.encode())})
    run = ImportRun.objects.latest("pk")
    address = reverse("desk:import_run", args=[run.pk])
    read.append(client.get(address))
    client.post(reverse("desk:import_start", args=[run.pk]))
    read.append(client.get(address))
    runs.work(run.store)
    read += [client.get(f"{address}?show={what}") for what in ("reject", "conflict", "warning")]
    rows = run.remarks.filter(what="reject")
    assert len(rows) >= 4
    read += [client.get(reverse("desk:import_row", args=[run.pk, row.pk])) for row in rows]
    read.append(client.get("/imports/"))
    assert [words for answer in read if (words := english_in(answer.content.decode()))] == []


def test_english_would_be_found():
    assert english_in("<p>这里 Nothing was saved yet</p>") == ["Nothing was saved yet"]
    assert english_in('<a aria-label="Look at it">看</a>') == ["Look at it"]
    assert english_in("<p>CS75PLUS 2.0T · VIN LS4XWSYG7FSR02136 · UNI-T</p><script>var a = not for people</script>") == []
