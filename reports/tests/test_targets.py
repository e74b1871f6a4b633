from datetime import date

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse

from core import sweep
from core.models import AuditEvent
from reports import quarters
from reports.actions_targets import set_targets
from reports.figures import ALL, FIGURES
from reports.models import Target
from reports.periods import parse
from reports.report import as_json, build
from reports.targets import ADVISING, Targets, load
from reports.tests.history import History
from reports.workbook import workbook
from staff.models import Access, Membership

pytestmark = pytest.mark.django_db
TARGETS = "/reports/targets/"
AUTUMN = date(2026, 10, 1)
OCTOBER, SEPTEMBER = parse("2026-10"), parse("2026-09")
SATISFIED = FIGURES["satisfaction_rate"]


@pytest.fixture(autouse=True)
def november(time_machine):
    time_machine.move_to("2026-11-05 10:00+08:00", tick=False)
    return time_machine


@pytest.fixture
def access(store, person):
    """access('service_manager') -> what they may do."""
    return lambda *roles: Access(user=person(roles[0]), store=store, roles=frozenset(roles))


@pytest.fixture
def goal(store):
    return lambda value, quarter=AUTUMN, **whose: Target.objects.create(
        store=store, quarter=quarter, **{"figure": "satisfaction_rate"} | whose, value=round(float(value) * 10_000)
    )


# Which one counts: pure


@pytest.mark.parametrize(
    ("set_for", "expected"),
    [
        ([], 0.98),
        ([("", None)], 0.95),
        ([("", None), ("advisor", None)], 0.96),
        ([("", None), ("advisor", None), ("", 7)], 0.97),
        ([("", 7)], 0.97),
        ([("", 8)], 0.98),
        ([("sales", None)], 0.98),
    ],
)
def test_the_most_specific_target_that_is_set_counts(set_for, expected):
    values = {("", None): 0.95, ("advisor", None): 0.96, ("sales", None): 0.90, ("", 7): 0.97, ("", 8): 0.99}
    targets = Targets({(AUTUMN, "satisfaction_rate", role, who): values[role, who] for role, who in set_for}, {7: ["advisor"]})
    assert targets.of(SATISFIED, OCTOBER, person=7, among=ADVISING) == expected


def test_each_month_has_the_target_of_its_quarter_and_a_week_that_of_the_quarter_it_begins_in():
    targets = Targets({(date(2026, 7, 1), "satisfaction_rate", "", None): 0.9, (AUTUMN, "satisfaction_rate", "", None): 0.95})
    found = [targets.of(SATISFIED, parse(text)) for text in ("2026-06", "2026-09", "2026-10", "2026-W40", "2026-W41", "2027-01")]
    assert found == [0.98, 0.9, 0.95, 0.9, 0.95, 0.98]


def test_a_week_has_its_share_of_a_count():
    cars, dials = ALL["cars_received"], ALL["dials"]
    targets = Targets({(AUTUMN, "cars_received", "", None): 1300, (AUTUMN, "dials", "caller", None): 520}, {7: ["caller"]})
    assert targets.of(cars, OCTOBER) == 1300 and targets.of(cars, parse("2026-W44")) == 280
    assert targets.of(dials, parse("2026-W44"), person=7, among=["caller"]) == 120


def test_what_the_store_is_to_reach_in_cars_is_nobodys_own():
    cars = ALL["cars_received"]
    assert Targets().of(cars, OCTOBER) == 650 and Targets().of(cars, OCTOBER, person=7, among=ADVISING) is None
    own = Targets({(AUTUMN, "cars_received", "advisor", None): 80}, {7: ["advisor"]})
    assert own.of(cars, OCTOBER, person=7, among=ADVISING) == 80


@pytest.mark.parametrize(("text", "first"), [("2026-Q1", date(2026, 1, 1)), ("2026-Q4", AUTUMN)])
def test_a_quarter_is_written_and_read(text, first):
    assert quarters.parse(text) == first and quarters.code_of(first) == text
    assert quarters.first_day(quarters.last_day(first)) == first


@pytest.mark.parametrize("text", ["2026-Q5", "2026", "26-Q1", "2026-10", "2026-Q１"])
def test_what_is_no_quarter_is_refused(text):
    with pytest.raises(ValueError, match="2"):
        quarters.parse(text)


# Who may set what


@pytest.mark.parametrize(
    ("role", "may"),
    [
        ("general_manager", {"store", "advisor", "sales", "caller"}),
        ("service_manager", {"advisor"}),
        ("sales_manager", {"sales"}),
        ("care_manager", {"caller"}),
        ("supervisor", set()),
        ("regional", set()),
        ("advisor", set()),
    ],
)
def test_managers_set_the_targets_of_their_people_and_the_general_manager_all(access, person, role, may):
    mine, done = access(role), set()
    wanted = {"advisor": "satisfaction_rate", "sales": "satisfaction_rate_sales", "caller": "csat"}
    for whose, code in wanted.items():
        for holder in ({"role": whose}, {"person": person(whose)}):
            try:
                assert set_targets(access=mine, quarter=AUTUMN, values={code: 0.9}, **holder) == 1
                done.add(whose)
            except PermissionDenied:
                assert whose not in done
    try:
        set_targets(access=mine, quarter=AUTUMN, values={"nps": 0.4})
        done.add("store")
    except PermissionDenied:
        pass
    assert done == may


def test_each_change_is_written_down_and_the_same_value_again_is_none(access):
    mine = access("general_manager")
    assert set_targets(access=mine, quarter=AUTUMN, values={"nps": 0.4, "csat": None}) == 1
    assert set_targets(access=mine, quarter=AUTUMN, values={"nps": 0.4}) == 0
    assert set_targets(access=mine, quarter=AUTUMN, values={"nps": 0.45}) == 1
    assert set_targets(access=mine, quarter=AUTUMN, values={"nps": None}) == 1
    told = [(event.details["before"], event.details["value"]) for event in AuditEvent.objects.filter(verb="target.set").order_by("pk")]
    assert told == [(None, 0.4), (0.4, 0.45), (0.45, None)] and not Target.objects.exists()


@pytest.mark.parametrize("quarter", [date(2026, 7, 1), date(2027, 4, 1)])
def test_a_quarter_that_is_over_and_one_that_is_far_are_closed(access, quarter):
    with pytest.raises(ValidationError):
        set_targets(access=access("general_manager"), quarter=quarter, values={"nps": 0.4})


def test_the_database_keeps_one_target_of_each(goal, person):
    advisor = person("advisor")
    for whose in ({}, {"role": "advisor"}, {"person": advisor}):
        goal("0.9", **whose)
        with pytest.raises(IntegrityError), transaction.atomic():
            goal("0.8", **whose)
    with pytest.raises(IntegrityError), transaction.atomic():
        goal("0.8", role="advisor", person=advisor)


# Where they are shown


@pytest.fixture
def october(store):
    return History(store, 9).wander(date(2026, 9, 1), 61, orders=60)


def test_the_report_the_workbook_and_every_page_show_the_target_of_the_quarter(october, store, goal, signed_in):
    advisor, other, _third = october.advisors
    goal("0.955")
    goal("0.965", role="advisor")
    goal("0.975", person=advisor)
    told = as_json(build(store, OCTOBER))
    assert told["figures"]["satisfaction_rate"]["target"] == 0.955
    own = {one["advisor"]: one["figures"]["satisfaction_rate"]["target"] for one in told["advisors"]}
    assert (own[str(advisor)], own[str(other)]) == (0.975, 0.965)
    assert as_json(build(store, SEPTEMBER))["figures"]["satisfaction_rate"]["target"] == 0.98
    assert b"xl/" in workbook(build(store, OCTOBER))
    client = signed_in("care_manager")
    page = client.get(reverse("reports:monthly"), {"period": "2026-10"})
    assert page.context["cards"][0].target_text == "95.5%"
    lines = {line.person.user: line.target for line in page.context["advisors"]}
    assert (lines[advisor], lines[other]) == ("97.5%", "96.5%")
    index = client.get(reverse("reports:index"), {"period": "2026-10"})
    (row,) = [row for group in index.context["groups"] for row in group["rows"] if row["figure"] == SATISFIED]
    assert row["target"] == "95.5%" and [cell[3] for cell in row["cells"]] == ["98%"] * 5 + [""]
    assert "95.5%" in client.get("/").content.decode()


def test_ones_own_scores_show_ones_own_target(october, client, goal):
    goal("0.965", role="advisor")
    goal("0.875", figure="csat", role="caller")
    for user, figure, expected in ((october.advisors[0], SATISFIED, "96.5%"), (october.callers[0], ALL["csat"], "87.5%")):
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        page = client.get(reverse("reports:mine"), {"period": "2026-10"})
        rows = {row["figure"]: row["target"] for group in page.context["groups"] for row in group["rows"]}
        assert rows[figure] == expected
    client.force_login(october.advisors[0], backend="django.contrib.auth.backends.ModelBackend")
    assert "96.5%" in client.get("/").content.decode()


def test_a_target_is_reached_or_not_by_the_one_that_was_valid_then(october, store, goal, signed_in):
    value = build(store, SEPTEMBER).figures["satisfaction_rate"].value
    assert value < 0.98
    goal("0.0001", quarter=date(2026, 7, 1))
    index = signed_in("care_manager").get(reverse("reports:index"), {"period": "2026-10"})
    (row,) = [row for group in index.context["groups"] for row in group["rows"] if row["figure"] == SATISFIED]
    met = {cell[0].code: cell[2] for cell in row["cells"] if cell[1].n}
    assert met["2026-09"] is True and met["2026-10"] is (build(store, OCTOBER).figures["satisfaction_rate"].value >= 0.98)


# The page


def test_the_general_manager_sets_the_stores_targets_as_percent(signed_in, store):
    client = signed_in("general_manager")
    form = client.get(TARGETS).context["form"]
    assert "98%" in form.fields["satisfaction_rate"].help_text
    answer = client.post(TARGETS, {"satisfaction_rate": "97.5", "waiting_minutes": "25", "nps": "55", "cars_received": "700"})
    assert answer.status_code == 302
    values = {one.figure: one.number for one in Target.objects.all()}
    assert values == {"satisfaction_rate": 0.975, "waiting_minutes": 25, "nps": 0.55, "cars_received": 700}
    form = client.get(TARGETS).context["form"]
    assert form["satisfaction_rate"].value() == "97.5" and form["nps"].value() == "55"
    client.post(TARGETS, {"satisfaction_rate": ""})
    assert not Target.objects.exists()


@pytest.mark.parametrize("wrong", ["101", "-1", "x", "97.123"])
def test_what_is_no_target_is_refused_and_kept_in_the_form(signed_in, wrong):
    answer = signed_in("general_manager").post(TARGETS, {"satisfaction_rate": wrong, "nps": "50"})
    assert answer.status_code == 422 and f'value="{wrong}"' in answer.content.decode() and not Target.objects.exists()


def test_a_manager_sees_their_people_and_nobody_elses(signed_in, person, goal):
    advisor, seller = person("advisor", name="江洋宇"), person("sales", name="韦博永")
    goal("0.965", role="advisor")
    client = signed_in("service_manager")
    page = client.get(TARGETS)
    assert [one["label"] for one in page.context["holders"]][1:] == ["江洋宇"] and page.context["here"] == "role-advisor"
    form = client.get(f"{TARGETS}?for=person-{advisor.pk}").context["form"]
    assert "96.5%" in form.fields["satisfaction_rate"].help_text
    for closed in ("store", "role-sales", f"person-{seller.pk}"):
        assert client.get(f"{TARGETS}?for={closed}").status_code == 403
    for missing in ("for=x", "for=role-x", "for=person-999999", "for=person-x", "quarter=x"):
        assert client.get(f"{TARGETS}?{missing}").status_code == 404


def test_somebody_of_two_trades_has_the_figures_of_both_that_the_reader_leads(signed_in, person, store):
    both = person("advisor")
    Membership.objects.create(user=both, store=store, role="caller")
    assert "dials" in signed_in("general_manager").get(f"{TARGETS}?for=person-{both.pk}").context["form"].fields
    assert "dials" not in signed_in("service_manager").get(f"{TARGETS}?for=person-{both.pk}").context["form"].fields


def test_the_quarter_before_can_be_taken_over_where_nothing_is_set(signed_in, goal, person):
    summer, advisor = date(2026, 7, 1), person("advisor")
    goal("0.91", quarter=summer)
    goal("0.92", quarter=summer, person=advisor)
    goal("0.93", quarter=summer, figure="csat", role="caller")
    goal("0.99", person=advisor)
    client = signed_in("service_manager")
    client.post(f"{TARGETS}take-over/", {"quarter": "2026-Q4"})
    assert Target.objects.filter(quarter=AUTUMN).count() == 1  # the store's and the callers' are not theirs, the advisor's is set
    signed_in("general_manager").post(f"{TARGETS}take-over/", {"quarter": "2026-Q4"})
    found = {(one.figure, one.role, one.person): one.number for one in Target.objects.filter(quarter=AUTUMN)}
    assert found == {
        ("satisfaction_rate", "", None): 0.91,
        ("satisfaction_rate", "", advisor): 0.99,
        ("csat", "caller", None): 0.93,
    }


def test_the_page_costs_the_same_however_many_people_and_targets(signed_in, person, goal, django_assert_max_num_queries):
    client = signed_in("general_manager")
    person("advisor")
    sweep.run(until_done=True)
    client.get(TARGETS)
    with django_assert_max_num_queries(10) as few:
        client.get(TARGETS)
    for _n in range(6):
        goal("0.9", person=person("advisor"))
    with django_assert_max_num_queries(len(few)):
        client.get(TARGETS)


def test_loading_costs_one_query_and_two_with_people(store, goal, django_assert_num_queries):
    goal("0.9")
    with django_assert_num_queries(1):
        assert load(store, [OCTOBER, SEPTEMBER]).of(SATISFIED, OCTOBER) == 0.9
    with django_assert_num_queries(2):
        load(store, [OCTOBER], with_people=True)
