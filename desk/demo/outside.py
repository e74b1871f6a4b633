"""The numbers from outside of the months that are over: the manufacturer's count of local cars grows, the profit share wavers."""

from datetime import date
from random import Random

from desk.demo.writing import insert
from reports.models import OutsideNumbers
from reports.periods import containing
from staff.models import Store

LOCAL_PER_CUSTOMER = 9  # the area has more cars of the brand than the store knows


def fill(store: Store, *, customers: int, months: int, today: date, seed: int) -> None:
    rng, cars = Random(seed + 78), max(200, customers * LOCAL_PER_CUSTOMER)
    periods = containing(today).previous.back(max(months, 1))
    rows = []
    for n, period in enumerate(periods):
        local = round(cars * (1 + 0.004 * n)) + rng.randint(-3, 3)
        rows.append(OutsideNumbers(store=store, month=period.first, local_vehicles=local, profit_share=rng.randint(5_080, 5_720)))
    insert(OutsideNumbers, rows)
