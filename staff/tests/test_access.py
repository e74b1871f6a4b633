from datetime import timedelta

import pytest
from django.template import Context, Template

from staff.access import access_to, stores_of
from staff.actions import create_store, record_absence
from staff.models import Access, Membership, Region
from staff.roles import ABILITIES, Role


def test_templates_ask_for_abilities_with_an_underscore_for_the_dot(store, person):
    access = access_to(person("caller"), store)
    shown = Template("{{ access.queue_call }} {{ access.visits_edit }} {{ access.work }} {{ access.import }}").render(
        Context({"access": access})
    )
    assert shown == "True False True False"


@pytest.mark.parametrize("ability", sorted(ABILITIES))
def test_every_ability_can_be_asked_for_in_a_template(ability):
    nobody = Access(user=None, store=None, roles=frozenset())
    owner = Access(user=None, store=None, roles=frozenset(ABILITIES[ability]))
    name = ability.replace(".", "_")
    assert nobody[name] is False and owner[name] is True


def test_an_ability_that_does_not_exist_is_an_error():
    with pytest.raises(KeyError):
        Access(user=None, store=None, roles=frozenset())["queue_fly"]


def test_a_person_sees_their_own_stores_only(store, person):
    other = create_store(code="S2", name="二店")
    caller = person("caller")
    assert list(stores_of(caller)) == [store]
    assert access_to(caller, other) is None


def test_a_regional_auditor_reads_the_stores_of_the_region_and_edits_nothing(person):
    region = Region.objects.create(name="西南")
    one, two = (create_store(code=code, name=code, region=region) for code in ("A", "B"))
    auditor = person("regional", at=one)
    assert list(stores_of(auditor)) == [one, two]
    access = access_to(auditor, two)
    assert access.can("reports.view")
    assert [ability for ability in ABILITIES if ability.endswith(".edit") and access.can(ability)] == []


def test_whoever_has_left_a_store_has_no_access_from_that_day_on(store, person):
    caller, manager = person("caller"), person("care_manager")
    tomorrow = store.today() + timedelta(days=1)
    absence = record_absence(user=caller, store=store, kind="left", starts_on=tomorrow, by=manager)
    assert access_to(caller, store)
    absence.starts_on = store.today()
    absence.save()
    assert access_to(caller, store) is None and not stores_of(caller)


def test_leaving_one_store_leaves_the_other_open(store, person):
    other = create_store(code="S2", name="二店")
    caller = person("caller")
    Membership.objects.create(user=caller, store=other, role=Role.CALLER)
    record_absence(user=caller, store=store, kind="left", starts_on=store.today(), by=person("care_manager"))
    assert list(stores_of(caller)) == [other]


def test_leave_does_not_end_access(store, person):
    caller = person("caller")
    record_absence(user=caller, store=store, kind="leave", starts_on=store.today(), by=person("care_manager"))
    assert access_to(caller, store)
