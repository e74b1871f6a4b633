"""Keeping the customers' tiers (domain §8): the facts are gathered here, the rule itself is customers.tiers."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models import Max, Min

from customers.models import Customer, Ownership
from customers.tiers import Facts, next_change, tier
from staff.models import Store
from visits.models import NewCarDelivery, ServiceOrder

BATCH = 500


def facts(customer_ids: Iterable[int]) -> dict[int, Facts]:
    """What the rule asks about each customer: four queries, however many they are."""
    ids = list(customer_ids)
    visits: dict[int, list[tuple[date, int]]] = defaultdict(list)
    delivered = ServiceOrder.objects.delivered().filter(customer__in=ids)
    for customer, day, fen in delivered.values_list("customer", "delivered_on", "total_fen"):
        visits[customer].append((day, fen))
    bought = dict(
        NewCarDelivery.objects.filter(customer__in=ids)
        .values("customer")
        .annotate(last=Max("delivered_on"))
        .values_list("customer", "last")
    )
    cars = Ownership.objects.filter(customer__in=ids, until=None, vehicle__status="active").values("customer")
    due = dict(cars.annotate(first=Min("vehicle__next_maintenance_on")).values_list("customer", "first"))
    here = cars.filter(vehicle__bought_here=True).annotate(last=Max("vehicle__purchased_on")).values_list("customer", "last")
    for customer, day in here:
        bought[customer] = max(filter(None, (day, bought.get(customer))), default=None)
    return {pk: Facts(tuple(visits[pk]), bought.get(pk), due.get(pk)) for pk in ids}


def refresh(customer_ids: Iterable[int], today: date) -> int:
    """Recomputes the tiers of some customers and the day to look at each again; returns how many tiers changed."""
    known = facts(customer_ids)
    stale, changed = [], 0
    for customer in Customer.objects.filter(pk__in=known).only("pk", "tier", "tier_check_on"):
        now, again = tier(known[customer.pk], today), next_change(known[customer.pk], today)
        if (customer.tier, customer.tier_check_on) == (now, again):
            continue
        changed += customer.tier != now
        customer.tier, customer.tier_check_on = now, again
        stale.append(customer)
    Customer.objects.bulk_update(stale, ["tier", "tier_check_on"], batch_size=200)
    return changed


def due(now: datetime):
    """Customers whose tier time alone may have changed. One query for the stores' time zones."""
    for zone in Store.objects.order_by().values_list("time_zone", flat=True).distinct():
        today = now.astimezone(ZoneInfo(zone)).date()
        yield Customer.objects.filter(tier_check_on__lte=today, store__time_zone=zone)


def refresh_due(now: datetime) -> int:
    """A sweep step: the customers whose tier time alone may have changed by today. Returns how many were looked at."""
    looked_at = 0
    for store in Store.objects.all():
        today = store.local_date(now)
        due = Customer.objects.filter(store=store, tier_check_on__lte=today).order_by("tier_check_on", "pk")
        ids = list(due.values_list("pk", flat=True)[: BATCH - looked_at])
        if ids:
            refresh(ids, today)
            looked_at += len(ids)
        if looked_at >= BATCH:
            break
    return looked_at
