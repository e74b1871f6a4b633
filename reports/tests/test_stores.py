"""The stores of a region side by side."""

from datetime import date

import pytest
from django.urls import reverse

from reports import counts
from reports.models import Counted
from reports.periods import MONTH
from reports.tests.history import History
from staff.actions import create_store, create_user
from staff.models import Region
from staff.roles import Role

pytestmark = [pytest.mark.django_db, pytest.mark.page]
OCTOBER = {"period": "2026-10"}


@pytest.fixture
def region(store, time_machine):
    time_machine.move_to("2026-11-12 10:00+08:00", tick=False)
    region = Region.objects.create(name="西南")
    stores = [store, *(create_store(code=f"R{n}", name=f"西南{n}店", by=None) for n in range(2))]
    for n, one in enumerate(stores):
        one.region = region
        one.save()
        history = History(one)
        for k in range(40):
            history.response(history.order(history.vehicle(), date(2026, 10, 5)), date(2026, 10, 7), overall=2 if k < 12 * n else 5)
        counts.keep(Counted.objects.create(store=one, kind=MONTH, first=date(2026, 10, 1)))
    create_store(code="OTHER", name="别的区的店", by=None)
    return stores


@pytest.fixture
def auditor(region, client):
    user = create_user(username="auditor", name="区总", store=region[0], role=Role.REGIONAL, password="pass-word-1")
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_a_regional_auditor_sees_the_stores_of_the_region_and_no_other_the_best_first(region, auditor):
    page = auditor.get(reverse("reports:stores"), OCTOBER)
    assert [line.store for line in page.context["lines"]] == region
    assert [round(line.values[0].value, 2) for line in page.context["lines"]] == [1.0, 0.7, 0.4]
    assert page.context["whole"][0].n == 120 and "别的区" not in page.content.decode()
    assert [line.beside for line in page.context["lines"]] == ["above", "same", "below"]


def test_a_store_that_is_being_counted_says_so_and_is_not_in_the_sum(region, auditor):
    Counted.objects.filter(store=region[0]).update(is_stale=True)
    page = auditor.get(reverse("reports:stores"), OCTOBER)
    assert page.context["whole"][0].n == 80 and page.context["lines"][-1].values is None
    assert "正在统计" in page.content.decode()


def test_it_costs_the_same_however_many_stores(region, auditor, django_assert_max_num_queries):
    with django_assert_max_num_queries(10) as few:
        auditor.get(reverse("reports:stores"), OCTOBER)
    for n in range(6):
        one = create_store(code=f"M{n}", name=f"新店{n}", by=None)
        one.region = region[0].region
        one.save()
    with django_assert_max_num_queries(len(few)):
        assert len(auditor.get(reverse("reports:stores"), OCTOBER).context["lines"]) == 9


def test_the_tab_is_there_for_whoever_reads_several_stores(region, auditor, signed_in):
    assert reverse("reports:stores") in auditor.get(reverse("reports:index")).content.decode()
    assert reverse("reports:stores") not in signed_in("care_manager").get(reverse("reports:index")).content.decode()
