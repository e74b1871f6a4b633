import re
from datetime import date
from io import BytesIO

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from core import sweep
from core.models import AuditEvent
from csi.models import Response
from reports.compute import store_figures
from reports.figures import ALL, KNOWN
from reports.forms_care import CareSheet
from reports.monthly import default_period, lines_of, page
from reports.periods import MONTH, WEEK, parse
from reports.report import build
from reports.tests.complaining import Complaining
from reports.tests.history import History
from staff.actions import create_store
from staff.models import Membership

OCTOBER = {"period": "2026-10"}
MANAGER_PAGES = ["reports:monthly", "reports:weekly", "reports:csi", "reports:index"]


@pytest.fixture
def october(store):
    return History(store, 9).wander(date(2026, 9, 1), 61, orders=70)


def body(response) -> str:
    assert response.status_code == 200
    return response.content.decode()


def test_the_monthly_page_says_its_figures_with_n_and_target(october, signed_in, store):
    html = body(signed_in("care_manager").get(reverse("reports:monthly"), OCTOBER))
    figure = store_figures(store, parse("2026-10"))["satisfaction_rate"]
    assert f"{figure.value * 100:.1f}%" in html
    assert f"n = {figure.n}" in html
    assert "98%" in html
    assert "style=" not in html and "<script>" not in html


@pytest.mark.parametrize("kind", ["monthly", "weekly"])
def test_a_period_without_anything_has_a_page_too(signed_in, kind):
    html = body(signed_in("general_manager").get(reverse(f"reports:{kind}")))
    assert reverse("reports:index") in html


def test_the_report_opens_on_the_last_full_month_that_has_data(store):
    history = History(store)
    today = date(2026, 11, 20)
    assert default_period(store, MONTH, today).code == "2026-10"
    order = history.order(history.vehicle(), date(2026, 11, 3))
    assert default_period(store, MONTH, today).code == "2026-11"
    assert default_period(store, WEEK, today).code == "2026-W46"
    history.response(order, date(2026, 10, 30), occasion="other")
    assert default_period(store, MONTH, today).code == "2026-10"


@pytest.mark.parametrize("text", ["2026-13", "x", "2026-W44"])
def test_a_wrong_month_is_not_found(signed_in, text):
    assert signed_in("care_manager").get(reverse("reports:monthly"), {"period": text}).status_code == 404


def test_previous_and_next_can_be_reached_by_key(october, signed_in):
    html = body(signed_in("care_manager").get(reverse("reports:monthly"), OCTOBER))
    assert re.search(r'href="\?period=2026-09"[^>]*data-key="j"', html)


def test_delight_is_provisional_until_the_8th_and_satisfaction_is_not(october, store):
    cards = {card.value.figure.code: card for card in page(store, parse("2026-10"), date(2026, 11, 7))["cards"]}
    assert cards["delight_rate"].is_provisional and not cards["satisfaction_rate"].is_provisional
    cards = {card.value.figure.code: card for card in page(store, parse("2026-10"), date(2026, 11, 8))["cards"]}
    assert not cards["delight_rate"].is_provisional


def test_a_month_that_runs_is_provisional_as_a_whole(october, store):
    assert all(card.is_provisional for card in page(store, parse("2026-10"), date(2026, 10, 20))["cards"])


@pytest.mark.parametrize(("today", "is_judged"), [("2026-10-31", False), ("2026-11-01", True)])
def test_whether_a_target_is_reached_is_said_when_the_period_is_over(october, signed_in, store, time_machine, today, is_judged):
    """Calls that are due tomorrow are not missed."""
    time_machine.move_to(f"{today}T12:00+08:00", tick=False)
    period, client = parse("2026-10"), signed_in("care_manager")
    october.card(october.order(october.vehicles[0], date(2026, 10, 14)), date(2026, 10, 14), index_facility_1=9)
    shown = page(store, period, store.today())
    (called,) = [card.met for card in shown["cards"] if card.value.figure.code == "callback_rate"]
    assert called is (False if is_judged else None)
    assert (shown["service_index"]["met"] is not None) == is_judged
    assert any(line.met is not None for line in shown["advisors"]) == is_judged
    index = client.get(reverse("reports:index"), OCTOBER)
    rows = {row["figure"].code: row["cells"][-1] for group in index.context["groups"] for row in group["rows"]}
    assert rows["callback_rate"][2] is called and rows["callback_rate"][4] is not is_judged
    assert any(cell[2] is not None for cell in rows.values()) == is_judged
    block = next(block for block in CareSheet(store, period).blocks() if "用户满意度" in block.caption)
    assert any(row[1].is_bad for row in block.rows) == is_judged


def test_who_differs_beyond_chance_is_said_and_who_does_not_too(store):
    history = History(store)
    worse, same, _other = history.advisors
    for n in range(60):
        for advisor, bad in ((worse, n % 2 == 0), (same, n % 12 == 0), (_other, False)):
            order = history.order(history.vehicle(), date(2026, 10, 5), advisor=advisor)
            history.response(order, date(2026, 10, 7), overall=2 if bad else 5)
    report = build(store, parse("2026-10"))
    lines = lines_of(report.advisors, "satisfaction_rate", report.figures["satisfaction_rate"])
    assert [(line.person.user, line.beside) for line in lines] == [(_other, "above"), (same, "above"), (worse, "below")]


def test_an_advisor_whose_customers_were_not_asked_is_listed_without_a_share(store, signed_in):
    """The orders of an import: their advisors had cars, and nobody called their customers."""
    history = History(store)
    asked, unasked, _other = history.advisors
    history.response(history.order(history.vehicle(), date(2026, 10, 5), advisor=asked), date(2026, 10, 7))
    history.order(history.vehicle(), date(2026, 10, 5), advisor=unasked)
    context = page(store, parse("2026-10"), date(2026, 11, 20))
    assert [(line.person.user, line.rate.n, line.beside) for line in context["advisors"]] == [(asked, 1, "same"), (unasked, 0, "")]
    html = body(signed_in("care_manager").get(reverse("reports:monthly"), OCTOBER))
    assert unasked.name in html and store.name in html


def test_customers_words_are_shown_with_surname_and_plate_and_lead_to_the_answer(store, signed_in):
    history = History(store)
    order = history.order(history.vehicle(), date(2026, 10, 5), advisor=history.advisors[0])
    response = history.response(order, date(2026, 10, 6), quality=1, words="其它都好")
    html = body(signed_in("care_manager").get(reverse("reports:monthly"), OCTOBER))
    assert "quality不好" in html and "其它都好" in html and "渝A00000" in html and "客先生" in html
    assert reverse("reports:response", args=[response.pk]) in html
    assert order.customer.name not in html


@pytest.mark.parametrize("code", [code for code, figure in KNOWN.items() if not figure.entered])
def test_every_figure_of_the_index_opens_as_many_rows(october, signed_in, store, code):
    value = store_figures(store, parse("2026-10"))[code]
    client = signed_in("general_manager")
    parts = {"denominator": value.n} | ({"numerator": value.hits, "rest": value.n - value.hits} if value.rate else {})
    for part, expected in parts.items():
        seen, url = 0, f"{reverse('reports:rows', args=[code])}?period=2026-10&part={part}"
        while url:
            context = client.get(url).context
            assert context["total"] == expected
            seen += len(context["rows"])
            url = reverse("reports:rows", args=[code]) + context["next_url"] if context["next_url"] else ""
        assert seen == expected


def test_every_figure_of_a_question_opens_as_many_answers(october, signed_in, store):
    client, period = signed_in("supervisor"), parse("2026-10")
    html = body(client.get(reverse("reports:monthly"), OCTOBER)).replace("&amp;", "&")
    found = build(store, period).questions
    assert len({one.audience for one in found}) == 2
    for one in found:
        query = f"period={period}&audience={one.audience}&question={one.code}"
        for judged, count in (("", one.n), ("satisfied", one.satisfied), ("very", one.very_satisfied), ("dissatisfied", one.dissatisfied)):
            url = f"{reverse('reports:csi')}?{query}{judged and f'&judged={judged}'}"
            assert client.get(url).context["total"] == count or count is None
            assert f'href="{url}"' in html or not count


def test_the_first_sentences_numbers_open_as_many_rows(october, signed_in):
    client = signed_in("supervisor")
    sentence = re.search(r'<p class="page-lead report-lead">.*?</p>', body(client.get(reverse("reports:monthly"), OCTOBER)), re.S)[0]
    links = re.findall(r'<a href="([^"]+)">(\d+)</a>', sentence.replace("&amp;", "&"))
    assert len(links) == 7
    for url, number in links:
        assert client.get(url).context["total"] == int(number), url


def test_a_car_behind_a_figure_shows_its_last_order_of_that_time(store, signed_in):
    history = History(store)
    car = history.vehicle()
    for day in (date(2026, 10, 5), date(2026, 10, 20), date(2026, 11, 9)):
        history.order(car, day)
    (row,) = signed_in("care_manager").get(reverse("reports:rows", args=["delight_rate"]), OCTOBER).context["rows"]
    assert row.when == date(2026, 10, 20)


def test_the_rows_of_somebody_whose_role_was_taken_are_still_there(signed_in, store):
    history = History(store)
    gone = history.advisors[0]
    history.order(history.vehicle(), date(2026, 10, 5), advisor=gone)
    Membership.objects.filter(user=gone).delete()
    client = signed_in("care_manager")
    url = reverse("reports:rows", args=["rework_rate"]) + f"?period=2026-10&part=denominator&advisor={gone.pk}"
    assert url.replace("&", "&amp;") in client.get(reverse("reports:monthly"), OCTOBER).content.decode()
    assert client.get(url).context["total"] == 1


def test_rows_of_an_unknown_figure_person_part_or_period_are_not_found(october, signed_in, store):
    client = signed_in("care_manager")
    stranger = History(create_store(code="S2", name="别的店")).advisors[0]
    for code, query in (
        ("nonsense", OCTOBER), ("service_profit_share", OCTOBER), ("win_back_rate", OCTOBER), ("nps", {}), ("nps", OCTOBER | {"part": "x"}), ("nps", OCTOBER | {"advisor": stranger.pk}),
        ("nps", OCTOBER | {"advisor": "x"}),
    ):  # fmt: skip
        assert client.get(reverse("reports:rows", args=[code]), query).status_code == 404


@pytest.mark.parametrize("name", MANAGER_PAGES)
@pytest.mark.parametrize("role", ["advisor", "sales", "caller"])
def test_the_managers_pages_are_not_for_those_who_are_rated(signed_in, role, name):
    assert signed_in(role).get(reverse(name)).status_code == 403


def test_an_advisor_sees_only_her_own_scores(october, client, store):
    me, other = october.advisors[0], october.advisors[1]
    client.force_login(me, backend="django.contrib.auth.backends.ModelBackend")
    html = body(client.get(reverse("reports:mine"), OCTOBER))
    assert other.name not in html
    url = reverse("reports:my_rows", args=["satisfaction_rate"])
    mine = Response.objects.filter(advisor=me, audience="service").answered_between(date(2026, 10, 1), date(2026, 10, 31)).count()
    context = client.get(url, OCTOBER | {"advisor": other.pk}).context
    assert context["total"] == mine and {row.who for row in context["rows"]} == {me}
    assert client.get(reverse("reports:rows", args=["satisfaction_rate"]), OCTOBER).status_code == 403


def test_a_caller_sees_her_own_dials(october, client):
    me = october.callers[0]
    client.force_login(me, backend="django.contrib.auth.backends.ModelBackend")
    assert "dials" in body(client.get(reverse("reports:mine"), OCTOBER))
    context = client.get(reverse("reports:my_rows", args=["dials"]), OCTOBER | {"caller": october.callers[1].pk}).context
    assert context["rows"] and {row.who for row in context["rows"]} == {me}


def test_a_strangers_answer_is_not_found(signed_in):
    history = History(create_store(code="S2", name="别的店"))
    theirs = history.response(history.order(history.vehicle(), date(2026, 10, 5)), date(2026, 10, 6), words="别人的话")
    client = signed_in("care_manager")
    assert client.get(reverse("reports:response", args=[theirs.pk])).status_code == 404
    assert "别人的话" not in body(client.get(reverse("reports:csi")))


def test_an_answers_page_shows_what_was_said_and_what_follows(store, signed_in):
    history = History(store)
    order = history.order(history.vehicle(), date(2026, 10, 5), advisor=history.advisors[0])
    asked = history.followup(order, due_on=date(2026, 10, 6), dialled_at=history.at(date(2026, 10, 6)), status="done")
    response = history.response(order, date(2026, 10, 6), occasion=f"followup {asked.pk}", overall=2, price=1)
    html = body(signed_in("care_manager").get(reverse("reports:response", args=[response.pk])))
    assert "price不好" in html
    context = signed_in("care_manager").get(reverse("reports:response", args=[response.pk])).context
    assert context["chain"] == [asked]


def test_the_list_of_answers_is_narrowed_by_what_is_chosen(store, signed_in):
    history = History(store)
    first, second = (history.order(history.vehicle(), date(2026, 10, 5), advisor=a) for a in history.advisors[:2])
    happy, sad = history.response(first, date(2026, 10, 6)), history.response(second, date(2026, 11, 6), overall=2, price=1)
    client = signed_in("care_manager")

    def shown(**query):
        return [one["response"] for one in client.get(reverse("reports:csi"), query).context["responses"]]

    assert shown() == [sad, happy]
    assert shown(opinion="unhappy") == shown(link="price") == shown(advisor=history.advisors[1].pk) == shown(period="2026-11") == [sad]
    assert shown(opinion="very") == shown(opinion="satisfied") == [happy]
    assert shown(audience="sales") == []
    assert shown(period="nonsense") == [sad, happy]


def test_the_list_of_answers_pages_without_losing_or_repeating_one(store, signed_in):
    history = History(store)
    for n in range(130):
        history.response(history.order(history.vehicle(), date(2026, 10, 5)), date(2026, 10, 6 + n % 3), occasion=f"o {n}")
    client, url, seen = signed_in("care_manager"), reverse("reports:csi"), []
    while url:
        context = client.get(url).context
        seen += [one["response"].pk for one in context["responses"]]
        url = reverse("reports:csi") + context["next_url"] if context["next_url"] else ""
    assert len(seen) == len(set(seen)) == 130


def test_the_workbook_is_for_those_who_may_export_and_is_written_down(october, signed_in):
    client = signed_in("care_manager")
    answer = client.post(reverse("reports:export"), OCTOBER)
    assert len(load_workbook(BytesIO(answer.content)).worksheets) == 9
    assert AuditEvent.objects.filter(verb="report.exported", by=client.user, details={"period": "2026-10"}).count() == 1
    assert client.get(reverse("reports:export"), OCTOBER).status_code == 405


@pytest.mark.parametrize("role", ["supervisor", "service_manager", "advisor", "caller"])
def test_others_take_no_workbook_away(october, signed_in, role):
    client = signed_in(role)
    assert client.post(reverse("reports:export"), OCTOBER).status_code == 403
    assert not AuditEvent.objects.filter(verb="report.exported").exists()


BUDGETS = {"reports:monthly": 26, "reports:weekly": 24, "reports:index": 9, "reports:csi": 12}


def test_pages_keep_their_query_budget_whatever_the_number_of_rows(october, signed_in, django_assert_max_num_queries):
    client = signed_in("care_manager")
    queries = {"reports:monthly": OCTOBER, "reports:weekly": {"period": "2026-W43"}}
    sweep.run(until_done=True)
    before = {}
    for name, most in BUDGETS.items():
        client.get(reverse(name), queries.get(name, {}))
        with django_assert_max_num_queries(most) as asked:
            client.get(reverse(name), queries.get(name, {}))
        before[name] = len(asked)
    october.wander(date(2026, 9, 1), 61, orders=60)
    sweep.run(until_done=True)
    for name in BUDGETS:
        with django_assert_max_num_queries(before[name], info=name):
            client.get(reverse(name), queries.get(name, {}))


def test_rows_keep_their_query_budget(october, signed_in, django_assert_max_num_queries):
    client = signed_in("care_manager")
    for code in ALL:
        if ALL[code].records:
            with django_assert_max_num_queries(16):
                client.get(reverse("reports:rows", args=[code]), OCTOBER)


def test_my_scores_keep_their_query_budget(october, client, django_assert_max_num_queries):
    client.force_login(october.advisors[0], backend="django.contrib.auth.backends.ModelBackend")
    sweep.run(until_done=True)
    with django_assert_max_num_queries(9):
        client.get(reverse("reports:mine"), OCTOBER)


def test_a_frequent_complaint_opens_the_answers_about_that_matter_only(store, signed_in):
    history = History(store)
    for n, standard in enumerate(["repair"] * 3 + [""] * 4):
        order = history.order(history.vehicle(), date(2026, 10, 5), advisor=history.advisors[0])
        history.response(order, date(2026, 10, 6 + n), quality=1).dissatisfactions.update(standard=standard)
    client = signed_in("care_manager")
    html = body(client.get(reverse("reports:monthly"), OCTOBER))
    topics = html[html.index('id="topics-h"') :]
    links = re.findall(r'<p class="item-text"><a href="([^"]+)"', topics.replace("&amp;", "&"))
    assert [client.get(url).context["total"] for url in links] == [4, 3]


def test_a_frequent_complaint_opens_the_complaints_it_was_counted_from(store, signed_in):
    history = Complaining(store, 7)
    for n, standard in enumerate(["repair"] * 3 + [""] * 2):
        said = history.response(history.order(history.vehicle(), date(2026, 10, 5)), date(2026, 10, 6 + n), quality=1)
        said.dissatisfactions.update(standard=standard)
        registered = {"response": said, "vehicle": said.vehicle, "customer": said.customer}
        history.complained(date(2026, 10, 6 + n), link="quality", standard=standard, **registered)  # says the same: counted once
        history.complained(date(2026, 10, 6 + n), link="quality", standard=standard)
        history.complained(date(2026, 9, 6 + n), link="quality", standard=standard)
    price = history.response(history.order(history.vehicle(), date(2026, 10, 5)), date(2026, 10, 9), price=1)
    history.complained(date(2026, 10, 9), link="quality", standard="repair", response=price)  # says something else: counted
    client = signed_in("care_manager")
    page = client.get(reverse("reports:monthly"), OCTOBER)
    shown = {need.topic.complaints_url: need.topic.complaints for need in page.context["topics"]}
    assert sorted(shown.values()) == [2, 4]
    for url, n in shown.items():
        assert f'<a href="{url.replace("&", "&amp;")}">{n}</a>' in body(page)
        archive = client.get(url)
        assert archive.context["total"] == n == len(archive.context["lines"])
        assert client.get(url.replace("answered=no", "answered=yes")).context["total"] == {4: 3, 2: 2}[n], (
            "the others stand among the answers"
        )


def test_a_matter_that_nobody_complained_about_opens_no_empty_archive(store, signed_in):
    history = History(store)
    for day in (6, 7, 8):
        history.response(history.order(history.vehicle(), date(2026, 10, 5)), date(2026, 10, day), quality=1)
    page = signed_in("care_manager").get(reverse("reports:monthly"), OCTOBER)
    assert [need.topic.complaints for need in page.context["topics"]] == [0]
    assert reverse("complaints:archive") not in body(page)[body(page).index('id="topics-h"') :]


def test_words_stand_by_link_and_standard_and_each_number_opens_its_answers(store, signed_in):
    history = History(store)
    said = []
    for day in (6, 7, 8):
        order = history.order(history.vehicle(), date(2026, 10, 5), advisor=history.advisors[0])
        said.append(history.response(order, date(2026, 10, day), quality=1).dissatisfactions.get())
    for row, standard in zip(said, ("repair", "repair", ""), strict=True):
        row.standard = standard
        row.save()
    client = signed_in("care_manager")
    answer = client.get(reverse("reports:monthly"), OCTOBER)
    (group,) = answer.context["links"]
    assert [(one.code, one.count) for one in group.standards] == [("repair", 2), ("", 1)]
    html = answer.content.decode().replace("&amp;", "&")
    for standard, n in (("repair", 2), ("none", 1)):
        url = f"{reverse('reports:csi')}?period=2026-10&link=quality&standard={standard}"
        assert f'href="{url}"' in html and client.get(url).context["total"] == n
    assert html.count("<strong>维修能力</strong>") == 2
