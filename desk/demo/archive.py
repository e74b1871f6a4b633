"""Invented customers with their phones and cars: built in memory, inserted by desk.demo.build."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import NamedTuple

from django.utils import translation

from customers.actions import build_phone, set_name_keys, set_vehicle_keys
from customers.models import Customer, Ownership, Phone, Vehicle
from desk.demo import words
from desk.demo.inventing import Inventor
from followups.outcomes import Outcome
from staff.models import Store
from visits.models import NewCarDelivery, ServiceOrder


class Habit(NamedTuple):
    """share: of the cars. visits: in a year, beside those of the other habits; how many they are follows from the store's size."""

    share: float
    visits: float


# Cars of drivers by trade and of companies, faithful and ordinary ones, some that stay away, some that nobody has seen before.
HABITS = {
    "frequent": Habit(13, 10),
    "loyal": Habit(19, 6),
    "regular": Habit(22, 3.8),
    "occasional": Habit(7, 1.8),
    "buyer": Habit(25, 4.2),
    "lost": Habit(10, 4),
    "new": Habit(4, 13),
}


@dataclass
class Car:
    vehicle: Vehicle
    customer: Customer
    habit: str
    orders: list[ServiceOrder] = field(default_factory=list)
    delivery: NewCarDelivery | None = None


@dataclass
class Archive:
    customers: list[Customer] = field(default_factory=list)
    phones: list[Phone] = field(default_factory=list)
    cars: list[Car] = field(default_factory=list)
    ownerships: list[Ownership] = field(default_factory=list)

    def cars_of(self, *habits: str) -> list[Car]:
        return [car for car in self.cars if car.habit in habits]


def make(store: Store, n: int, today: date, rng: Random, inventor: Inventor) -> Archive:
    archive = Archive()
    for _n in range(n):
        is_company = rng.random() < 0.06
        customer = _customer(store, is_company, today, rng, inventor)
        archive.customers.append(customer)
        phones = _phones(customer, rng, inventor)
        archive.phones += phones
        for _car in range(rng.choice([2, 3, 4]) if is_company else 1 + (rng.random() < 0.06)):
            habit = _habit(rng, is_company)
            archive.cars.append(Car(_vehicle(store, today, rng, inventor), customer, habit))
    return archive


def _habit(rng: Random, is_company: bool) -> str:
    if is_company and rng.random() < 0.5:
        return "frequent"
    return rng.choices(list(HABITS), [habit.share for habit in HABITS.values()])[0]


def _customer(store, is_company, today, rng, inventor) -> Customer:
    gender = rng.choice(["male", "male", "female"])
    customer = Customer(
        store=store,
        name=inventor.company() if is_company else inventor.person(gender),
        kind=Customer.Kind.COMPANY if is_company else Customer.Kind.PERSON,
        gender="" if is_company else gender,
        is_vip=rng.random() < 0.05,
        region=rng.choice(words.DISTRICTS),
        address=f"{rng.choice(words.STREETS)}{rng.randint(1, 380)}号",
        source=rng.choice(Customer.Source.values),
    )
    if customer.is_vip:
        customer.note = words.VIP_NOTE
    elif rng.random() < 0.12:
        customer.note = rng.choice(words.CUSTOMER_NOTES)
    if not is_company and rng.random() < 0.8:  # files are rarely complete
        customer.birthday = date(today.year - rng.randint(22, 66), rng.randint(1, 12), rng.randint(1, 28))
        customer.occupation = rng.choice(words.OCCUPATIONS)
        customer.trade = rng.choice(words.TRADES)
        customer.licence_expires_on = today + timedelta(days=rng.randint(-30, 2900))
    if rng.random() < 0.3:
        customer.wishes = rng.choice(words.WISHES)
    set_name_keys(customer)
    return customer


def _phones(customer, rng, inventor) -> list[Phone]:
    phones = [build_phone(customer=customer, text=inventor.phone())]
    if rng.random() < 0.2:
        phones.append(build_phone(customer=customer, text=inventor.phone(), label=rng.choice(["爱人", "司机", "备用"]), position=1))
        if rng.random() < 0.2:
            invalidate(phones[1], Outcome.OUT_OF_SERVICE)
    if rng.random() < 0.03:
        text = inventor.rng.choice(["023-6780 ", "023-6866 ", "400-810 "]) + f"{rng.randrange(10000):04d}"
        phones.append(build_phone(customer=customer, text=text, label="单位", position=len(phones)))
    if rng.random() < 0.01:  # typed with a digit too few: kept, and known not to work
        phones.append(build_phone(customer=customer, text=inventor.phone()[:-1], label="旧号", position=len(phones)))
    return phones


def another_phone(customer: Customer, inventor: Inventor, position: int) -> Phone:
    """The number that a customer gives at a visit when the one on file no longer works."""
    return build_phone(customer=customer, text=inventor.phone(), position=position)


def _vehicle(store, today, rng, inventor) -> Vehicle:
    model, _share, new_energy = rng.choices(words.MODELS, [share for _m, share, _e in words.MODELS])[0]
    age = rng.randint(200, 2600)
    vehicle = Vehicle(
        store=store,
        plate=inventor.plate(new_energy),
        vin=inventor.vin(),
        model=model,
        mileage=int(age * rng.uniform(18, 55)),
        purchased_on=today - timedelta(days=age),
        insurance_until=today + timedelta(days=rng.randint(-20, 360)) if rng.random() < 0.75 else None,
        warranty_until=today - timedelta(days=age) + timedelta(days=3 * 365),
        maintenance_months=6,
        maintenance_km=7500,
        recall="燃油泵召回，免费更换" if rng.random() < 0.015 else "",
    )
    set_vehicle_keys(vehicle)
    return vehicle


def invalidate(phone: Phone, outcome: Outcome) -> None:
    with translation.override("en"):  # stored as the source string, as followups.calls does
        phone.validity, phone.reason = Phone.Validity.INVALID, str(outcome.label)
