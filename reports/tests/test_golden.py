"""The figures that S0 prints, counted from records by the report's own functions (domain §12). Means are unweighted, as S0 computes them.

S0 prints percentages and no counts: the counts here are the smallest that give them to the second decimal.
"""

from datetime import date, datetime, time, timedelta

import pytest

from complaints.models import Complaint
from csi.models import Answer, QuestionnaireVersion, Response
from csi.statistics import mean_of_rates
from customers.models import Customer, Vehicle
from reports.compute import by_advisor, store_figures
from reports.figures import ALL, FIGURES
from reports.periods import MONTH, Period, parse
from staff.actions import create_user
from visits.models import ServiceOrder

pytestmark = pytest.mark.django_db
HALVES = [Period(MONTH, date(2010, 1, 1), date(2010, 6, 30)), Period(MONTH, date(2010, 7, 1), date(2010, 12, 31))]
# Of each of the twelve advisors: complaints of orders. Their shares sum to 23.39 % and 15.55 %.
SHARES = [
    [(29, 625), *[(3, 160)] * 10, (0, 40)],
    [(11, 400), *[(2, 125)] * 8, *[(0, 40)] * 3],
]
# Satisfied of those who answered, January to December 2010: 96.05 95.24 98.07 94.66 88.35 96.47 92.14 93.40 95.66 93.85 97.04 94.43 %
SALES = [
    (73, 76), (20, 21), (203, 207), (124, 131), (91, 103), (82, 85), (129, 140), (99, 106), (331, 346), (61, 65), (131, 135), (271, 287),
]  # fmt: skip
PRINTED = [96.05, 95.24, 98.07, 94.66, 88.35, 96.47, 92.14, 93.40, 95.66, 93.85, 97.04, 94.43]
# Yes of the answered items of each consultant, in the manufacturer's calls of 2010.
CONSULTANTS = {
    "100003": (81, 92), "100004": (92, 107), "100005": (174, 185), "100007": (221, 240), "100008": (117, 131), "100009": (12, 13),
    "100011": (191, 246), "100012": (197, 208),
}  # fmt: skip
DONE = [88.04, 85.98, 94.05, 92.08, 89.31, 92.31, 77.64, 94.71]


def percent(value: float) -> float:
    return round(100 * value, 2)


@pytest.fixture
def customer(store):
    return Customer.objects.create(store=store, name="张三", name_hex="", name_pinyin="", name_initials="")


def handed_over(store, customer, vehicle, advisor, half: Period, complaints: int, orders: int) -> None:
    day = half.first + timedelta(days=20)
    at = datetime.combine(day, time(10), tzinfo=store.tz)
    number = ServiceOrder.objects.count()
    made = ServiceOrder.objects.bulk_create(
        ServiceOrder(
            store=store, number=f"N{number + n}", vehicle=vehicle, customer=customer, advisor=advisor, step="delivered", received_at=at,
            received_on=day, delivered_at=at, delivered_on=day,
        )
        for n in range(orders)
    )  # fmt: skip
    Complaint.objects.bulk_create(
        Complaint(
            store=store, number=f"{advisor.pk}-{half.first.month}-{n}", channel="phone", link="service", department="service", customer=customer,
            vehicle=vehicle, order=order, words="不满意", level=2, received_at=at, received_on=day, token=f"{advisor.pk}-{half.first.month}-{n}",
        )
        for n, order in enumerate(made[:complaints])
    )  # fmt: skip


def test_service_complaint_shares_of_twelve_advisors_and_the_year(store, customer):
    vehicle = Vehicle.objects.create(store=store, plate="渝A00001")
    advisors = [create_user(username=f"sa{n}", name=f"顾问{n}", store=store, role="advisor") for n in range(12)]
    for half, shares in zip(HALVES, SHARES, strict=True):
        for advisor, (complaints, orders) in zip(advisors, shares, strict=True):
            handed_over(store, customer, vehicle, advisor, half, complaints, orders)
    means = []
    for half in HALVES:
        found = by_advisor(store, half, [FIGURES["complaint_rate_service"]])
        assert len(found) == 12
        means.append(mean_of_rates(values["complaint_rate_service"].value for values in found.values()))
    assert [12 * mean for mean in means] == [pytest.approx(0.2339), pytest.approx(0.1555)]
    assert [round(100 * mean, 3) for mean in means] == [1.949, 1.296]
    year = mean_of_rates(means)
    assert year == pytest.approx(0.016225, abs=5e-7)
    assert percent(1 - year) == 98.38


def test_sales_satisfaction_of_2010_is_9461_and_october_is_no_5_per_cent(store, customer):
    version = QuestionnaireVersion.objects.get(questionnaire__code="sales-callback")
    for month, (satisfied, answered) in enumerate(SALES, start=1):
        day = date(2010, month, 15)
        Response.objects.bulk_create(
            Response(
                store=store, version=version, audience="sales", occasion=f"{month}-{n}", customer=customer, answered_on=day, overall=4 if n < satisfied else 3,
                is_satisfied=n < satisfied, is_very_satisfied=False, is_unhappy=n >= satisfied,
            )
            for n in range(answered)
        )  # fmt: skip
    months = [store_figures(store, parse(f"2010-{month:02}"))["satisfaction_rate_sales"].value for month in range(1, 13)]
    assert [percent(value) for value in months] == PRINTED
    mean = mean_of_rates(months)
    assert (percent(mean), percent(1 - mean)) == (94.61, 5.39)
    assert percent(1 - months[9]) == 6.15  # S0 prints 5 %


def test_the_manufacturers_calls_of_2010_give_8927_and_not_8924(store, customer):
    version = QuestionnaireVersion.objects.get(questionnaire__code="oem-sales")
    items = list(version.questions.filter(scale="yes_no"))
    people = {}
    for name, (yes, asked) in CONSULTANTS.items():
        people[name] = user = create_user(username=name, name=name, store=store, role="sales")
        responses = Response.objects.bulk_create(
            Response(
                store=store, version=version, audience="sales", occasion=f"{name} {n}", customer=customer, advisor=user,
                answered_on=date(2010, 1 + n % 12, 10), is_unhappy=False,
            )
            for n in range(-(-asked // len(items)))
        )  # fmt: skip
        Answer.objects.bulk_create(
            Answer(response=responses[n // len(items)], question=items[n % len(items)], score=int(n < yes)) for n in range(asked)
        )
    year = Period(MONTH, date(2010, 1, 1), date(2010, 12, 31))
    figure = ALL["implementation_rate"]
    found = by_advisor(store, year, [figure])
    of_each = {name: found[user.pk][figure.code].value for name, user in people.items()}
    assert [percent(value) for value in of_each.values()] == DONE
    assert percent(mean_of_rates(of_each.values())) == 89.27  # S0 prints 89.24 %
    assert {name for name, value in of_each.items() if figure.meets(value, figure.target)} == {"100005", "100012"}
