"""Verification calls: who is flagged, whom the draw takes, who may ask, what is kept (domain §6, S0)."""

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from core import clock, sweep
from core.draws import ranking
from core.models import OutboxMessage
from core.months import last_final
from csi import questionnaires
from csi.models import Response
from customers.actions import set_do_not_call
from followups import calls, leases, queue, verification
from followups.models import Attempt, Drawing, FollowUp, Looked, Served, Verified
from followups.tests.conftest import at
from followups.verification import SAMPLE, draw, flagged

OCTOBER = date(2026, 10, 1)
pytestmark = pytest.mark.django_db


@pytest.fixture
def silent(person):
    return person("caller", name="只报喜")


@pytest.fixture
def interviewed(store, make_order, caller, silent):
    """interviewed(who, n, bad): n interviews of October, `bad` of them dissatisfied."""

    def make(who, n, bad=0):
        version, made = questionnaires.current("service-callback"), []
        for k in range(n):
            order = make_order(at("10-12 10:00"))
            answered = at("10-14 10:00") + timedelta(minutes=k)
            made.append(
                Response.objects.create(
                    store=store, version=version, audience="service", occasion=f"{who.pk} {k}", customer=order.customer, vehicle=order.vehicle,
                    order=order, advisor=order.advisor, surveyor=who, answered_at=answered, answered_on=store.local_date(answered),
                    overall=2 if k < bad else 5, is_satisfied=k >= bad, is_very_satisfied=k >= bad, is_unhappy=k < bad, aftercare_at=answered,
                )
            )  # fmt: skip
        return made

    return make


@pytest.fixture
def suspicious(interviewed, caller, silent):
    """One caller writes down nobody's anger where the other hears a third."""
    interviewed(caller, 30, bad=10)
    return interviewed(silent, 30)


def owed():
    return list(FollowUp.objects.filter(plan="verification").select_related("response", "sheet", "customer").order_by("pk"))


def test_the_caller_who_hears_no_anger_is_flagged_and_nobody_else(store, suspicious, silent):
    assert flagged(store, OCTOBER) == [silent.pk]
    assert flagged(store, date(2026, 9, 1)) == []


def test_the_sweep_plans_a_small_sample_once_when_the_month_is_final(store, suspicious, silent, clock_at):
    clock_at.move_to(at("11-07 10:00"))
    sweep.run(until_done=True)
    assert owed() == [] and Looked.objects.filter(month=OCTOBER).count() == 0
    clock_at.move_to(at("11-09 10:00"))
    sweep.run(until_done=True)
    drawing = Drawing.objects.get()
    assert (drawing.caller, drawing.month, drawing.by) == (silent, OCTOBER, None)
    assert [row.response_id for row in owed()] == sorted(drawing.reason["sample"], key=[row.response_id for row in owed()].index)
    assert len(owed()) == SAMPLE and {row.response.surveyor for row in owed()} == {silent}
    assert all(row.response.is_satisfied and row.due_at > clock.now() for row in owed())
    assert (drawing.reason["satisfied"], drawing.reason["n"], drawing.reason["store_satisfied"]) == (30, 30, 50)
    sweep.run(until_done=True)
    assert len(owed()) == SAMPLE and Looked.objects.filter(month=OCTOBER).count() == 1


def test_the_draw_can_be_repeated_from_its_seed(store, suspicious, silent):
    draw(store=store, month=OCTOBER, caller=silent)
    drawing = Drawing.objects.get()
    assert ranking([one.pk for one in suspicious], drawing.seed)[:SAMPLE] == drawing.reason["sample"]


def test_who_is_not_to_be_called_or_was_called_twice_this_week_is_passed_over_and_that_is_kept(store, suspicious, silent, caller):
    first, second, third = (
        Response.objects.get(pk=pk) for pk in ranking([one.pk for one in suspicious], verification.seed_of(store, OCTOBER, silent.pk))[:3]
    )
    set_do_not_call(customer=first.customer, by=None)
    for response, plan in ((second, "run_in"), (third, "service")):
        sheet = response.customer.call_sheets.first() or response.customer.call_sheets.create(store=store)
        for n in range(2):
            now = clock.now() - timedelta(days=n + 1)
            followup = FollowUp.objects.create(
                store=store, plan=plan, occasion=f"x {response.pk} {n}", sheet=sheet, customer=response.customer, order=response.order, started_at=now,
                opens_at=now, due_at=now + timedelta(hours=1), due_on=store.local_date(now), status="done", closed_at=now,
            )  # fmt: skip
            attempt = Attempt.objects.create(
                store=store, sheet=sheet, customer=response.customer, outcome="interviewed", by=caller, at=now, on=store.local_date(now),
                half_day="am", token=f"{response.pk} {n}",
            )  # fmt: skip
            Served.objects.create(attempt=attempt, followup=followup)
    assert draw(store=store, month=OCTOBER, caller=silent) == SAMPLE
    reason = Drawing.objects.get().reason
    assert reason["left_out"] == {str(first.pk): "do_not_call", str(second.pk): "contacts"}
    assert third.pk in reason["sample"]


def lines_of(user, client):
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client.get(reverse("followups:queue")).context["lines"]


def test_the_same_caller_is_never_offered_it_and_may_not_ask(store, suspicious, silent, caller, client):
    draw(store=store, month=OCTOBER, caller=silent)
    sheets = queue.callers_sheets(store)
    assert queue.callable_by(sheets, silent).count() == 0
    assert queue.callable_by(sheets, caller).count() == SAMPLE
    assert [line["sheet"] for line in lines_of(silent, client)] == [] and len(lines_of(caller, client)) == SAMPLE
    (sheet, *_rest) = [row.sheet for row in owed()]
    assert calls.asks_about(silent, calls.owed(sheet, clock.now())) and not calls.asks_about(caller, calls.owed(sheet, clock.now()))
    assert leases.take(sheet.pk, silent)
    with pytest.raises(calls.csi.OwnOrder):
        save(sheet, silent, {})


def save(sheet, by, said, outcome="interviewed", token="t"):
    sheet.refresh_from_db()
    (row,) = calls.owed(sheet, clock.now())
    answer = calls.Said(verified=said)
    phone = sheet.customer.phones.first()
    return calls.save_call(sheet=sheet, claim=sheet.claims, token=token, outcome=outcome, phone=phone, said={row.pk: answer}, by=by)


@pytest.mark.parametrize(
    ("said", "confirms"),
    [
        ({"took_place": "yes", "was_asked": "yes", "is_right": "yes"}, True),
        ({"took_place": "yes", "was_asked": "yes", "is_right": "no"}, False),
        ({"took_place": "no", "was_asked": "yes", "is_right": ""}, False),
    ],
)
def test_what_the_customer_says_is_kept_and_the_manager_told_of_a_difference(store, suspicious, silent, caller, person, said, confirms):
    manager = person("care_manager")
    draw(store=store, month=OCTOBER, caller=silent)
    followup = owed()[0]
    leases.take(followup.sheet_id, caller)
    save(followup.sheet, caller, said)
    verified = Verified.objects.get(followup=followup)
    assert (verified.confirms, verified.by) == (confirms, caller)
    if said["took_place"] == "no":
        assert (verified.was_asked, verified.is_right) == (None, None)
    followup.refresh_from_db()
    assert followup.status == "done"
    told = OutboxMessage.objects.filter(topic="verification_differs", user=manager)
    assert told.exists() is not confirms
    with pytest.raises(DatabaseError), transaction.atomic():
        Verified.objects.filter(pk=verified.pk)._raw_delete(using="default")


@pytest.mark.parametrize("said", [{}, {"took_place": "yes"}, {"took_place": "yes", "was_asked": "no"}])
def test_half_an_answer_is_not_saved(store, suspicious, silent, caller, said):
    draw(store=store, month=OCTOBER, caller=silent)
    sheet = owed()[0].sheet
    leases.take(sheet.pk, caller)
    with pytest.raises(calls.Refused):
        save(sheet, caller, said)
    assert not Verified.objects.exists() and not Attempt.objects.exists()


def test_the_call_screen_asks_the_three_questions_and_keeps_what_was_typed(store, suspicious, silent, caller, client):
    draw(store=store, month=OCTOBER, caller=silent)
    followup = owed()[0]
    client.force_login(caller, backend="django.contrib.auth.backends.ModelBackend")
    leases.take(followup.sheet_id, caller)
    url = reverse("followups:call", args=[followup.sheet_id])
    page = client.get(url)
    html = page.content.decode()
    assert (
        all(f'name="f{followup.pk}-{name}"' in html for name in verification.QUESTIONS)
        and silent.name not in html.split('class="call-history"')[0]
    )
    typed = {"claim": page.context["sheet"].claims, "token": "one", "outcome": "interviewed", f"f{followup.pk}-took_place": "yes"}
    again = client.post(url, typed)
    assert again.status_code == 422 and 'value="yes" data-digit="1" checked' in again.content.decode()
    asks = again.content.decode().split('class="ask"')[1:4]
    assert ["field-error" in ask for ask in asks] == [False, True, False]  # where the first answer is missing
    typed |= {f"f{followup.pk}-was_asked": "yes", f"f{followup.pk}-is_right": "no", "claim": again.context["sheet"].claims}
    assert client.post(url, typed).status_code == 302
    assert Verified.objects.get(followup=followup).is_right is False


def test_by_hand_it_is_planned_once_and_stands_beside_the_caller(store, suspicious, silent, caller, signed_in):
    client = signed_in("care_manager")
    monthly = f"{reverse('reports:monthly')}?period=2026-10"
    assert f'name="caller" value="{silent.pk}"' in client.get(monthly).content.decode()
    for _n in range(2):
        client.post(reverse("reports:verification_plan"), {"period": "2026-10", "caller": silent.pk})
    assert len(owed()) == SAMPLE and Drawing.objects.get().by == client.user
    for n, followup in enumerate(owed()[:2]):
        leases.take(followup.sheet_id, caller)
        save(followup.sheet, caller, {"took_place": "yes", "was_asked": "yes", "is_right": "yes" if n else "no"}, token=f"t{n}")
    line = next(line for line in client.get(monthly).context["callers"] if line.person.user == silent)
    assert (line.checked.planned, line.checked.answered, line.checked.differing, line.checked.rate.n) == (5, 2, 1, 2)
    behind = client.get(reverse("reports:verifications"), {"period": "2026-10", "caller": silent.pk})
    assert len(behind.context["rows"]) == SAMPLE and str(Drawing.objects.get().seed) in behind.content.decode()


@pytest.mark.parametrize("role", ["supervisor", "caller", "regional"])
def test_others_plan_no_verification_calls(store, suspicious, silent, signed_in, role):
    assert signed_in(role).post(reverse("reports:verification_plan"), {"period": "2026-10", "caller": silent.pk}).status_code == 403
    assert not Drawing.objects.exists()


@pytest.mark.parametrize(
    ("today", "month"), [(date(2026, 11, 7), date(2026, 9, 1)), (date(2026, 11, 8), OCTOBER), (date(2027, 1, 8), date(2026, 12, 1)), (date(2027, 1, 1), date(2026, 11, 1))]
)  # fmt: skip
def test_a_month_is_final_on_the_eighth_of_the_next(today, month):
    assert last_final(today) == month


def test_of_a_month_far_back_nothing_is_made_up_for(store, suspicious, clock_at):
    clock_at.move_to(at("12-20 10:00"))
    sweep.run(until_done=True)
    assert owed() == [] and list(Looked.objects.values_list("month", flat=True)) == [date(2026, 11, 1)]


def test_the_month_is_final_by_the_stores_own_date(store, suspicious, clock_at):
    """At 20:00 in Shanghai on the 8th it is still the 7th on Hawaii until 18:00 there, and farther east long the 9th."""
    store.time_zone = "Pacific/Honolulu"
    store.save()
    clock_at.move_to(at("11-08 17:59"))  # 23:59 of the 7th there
    sweep.run(until_done=True)
    assert not Looked.objects.exists()
    clock_at.move_to(at("11-08 18:01"))
    sweep.run(until_done=True)
    assert list(Looked.objects.values_list("month", flat=True)) == [OCTOBER]
