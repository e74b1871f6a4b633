"""Who is on duty in the lounge, and when (S0; domain §7)."""

from datetime import date

from lounge.models import Duty
from staff.models import Store, User


def on_duty(store: Store, day: date) -> list[User]:
    """At most two, in the order of their names' numbers."""
    return [duty.person for duty in Duty.objects.filter(store=store).on(day).select_related("person").order_by("person_id")]
