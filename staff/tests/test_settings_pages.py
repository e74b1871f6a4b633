import pytest

from core.models import AuditEvent

pytestmark = pytest.mark.page


def test_the_overview_leads_to_every_part(signed_in):
    page = signed_in("general_manager").get("/settings/").content.decode()
    for address in ("/settings/calendar/", "/settings/people/", "/settings/store/", "/absences/"):
        assert f'href="{address}"' in page


def test_the_store_is_changed(signed_in, store):
    client = signed_in("care_manager")
    answer = {"hotline": "023-6888 8888", "time_zone": "Asia/Urumqi", "unreachable_half_days": 10}
    assert client.post("/settings/store/", answer).status_code == 302
    store.refresh_from_db()
    assert (store.hotline, store.time_zone, store.unreachable_half_days) == ("023-6888 8888", "Asia/Urumqi", 10)
    assert AuditEvent.objects.get(verb="store.updated").details["fields"] == ["hotline", "time_zone", "unreachable_half_days"]


@pytest.mark.parametrize("wrong", [{"time_zone": "Beijing"}, {"unreachable_half_days": 0}, {"unreachable_half_days": 11}])
def test_what_cannot_be_is_refused(signed_in, store, wrong):
    client = signed_in("care_manager")
    answer = {"hotline": "1", "time_zone": "Asia/Shanghai", "unreachable_half_days": 3} | wrong
    response = client.post("/settings/store/", answer)
    assert response.status_code == 200 and "is-invalid" in response.content.decode()
    store.refresh_from_db()
    assert (store.hotline, store.time_zone, store.unreachable_half_days) == ("023-6000 0000", "Asia/Shanghai", 3)


@pytest.mark.parametrize("role", ["caller", "service_manager", "regional"])
def test_others_change_nothing(signed_in, store, role):
    client = signed_in(role)
    assert client.get("/settings/").status_code == 403
    assert client.post("/settings/store/", {"hotline": "x", "time_zone": "Asia/Shanghai", "unreachable_half_days": 3}).status_code == 403
    store.refresh_from_db()
    assert store.hotline == "023-6000 0000"
