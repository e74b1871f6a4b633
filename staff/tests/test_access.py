from datetime import timedelta

import pytest
from django.template import Context, Template

from staff.access import accesses
from staff.actions import create_store, record_absence
from staff.models import Access, Membership, Region
from staff.roles import ABILITIES, Role


def test_templates_ask_for_abilities_with_an_underscore_for_the_dot(store, person):
    access = accesses(person("caller"))[store]
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
    create_store(code="S2", name="二店")
    assert list(accesses(person("caller"))) == [store]


def test_a_regional_auditor_reads_the_stores_of_the_region_and_edits_nothing(person):
    region = Region.objects.create(name="西南")
    one, two = (create_store(code=code, name=code, region=region) for code in ("A", "B"))
    auditor = person("regional", at=one)
    assert list(accesses(auditor)) == [one, two]
    access = accesses(auditor)[two]
    assert access.can("reports.view")
    assert [ability for ability in ABILITIES if ability.endswith(".edit") and access.can(ability)] == []


def test_whoever_has_left_a_store_has_no_access_from_that_day_on(store, person):
    caller, manager = person("caller"), person("care_manager")
    tomorrow = store.today() + timedelta(days=1)
    absence = record_absence(user=caller, store=store, kind="left", starts_on=tomorrow, by=manager)
    assert store in accesses(caller)
    absence.starts_on = store.today()
    absence.save()
    assert accesses(caller) == {}


def test_leaving_one_store_leaves_the_other_open(store, person):
    other = create_store(code="S2", name="二店")
    caller = person("caller")
    Membership.objects.create(user=caller, store=other, role=Role.CALLER)
    record_absence(user=caller, store=store, kind="left", starts_on=store.today(), by=person("care_manager"))
    assert list(accesses(caller)) == [other]


def test_leave_does_not_end_access(store, person):
    caller = person("caller")
    record_absence(user=caller, store=store, kind="leave", starts_on=store.today(), by=person("care_manager"))
    assert store in accesses(caller)


def test_access_costs_one_query_and_a_regional_auditors_two_however_many_stores(person, store, django_assert_num_queries):
    region = Region.objects.create(name="西南")
    many = [create_store(code=f"A{n}", name=str(n), region=region) for n in range(5)]
    caller, auditor = person("caller"), person("regional", at=many[0])
    for other in many:
        Membership.objects.create(user=caller, store=other, role=Role.CALLER)
    with django_assert_num_queries(1):
        assert [(one.code, one.region and one.region.name) for one in accesses(caller)] == [
            *((f"A{n}", "西南") for n in range(5)),
            (store.code, None),
        ]
    with django_assert_num_queries(2):
        assert list(accesses(auditor)) == many
