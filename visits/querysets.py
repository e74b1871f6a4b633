"""Readable filters over service orders."""

from django.db.models import Q

from customers.querysets import InStore

GONE = ["delivered", "cancelled"]


class OrderQuerySet(InStore):
    def here(self):
        """Cars in the workshop now."""
        return self.exclude(step__in=GONE)

    def delivered(self):
        return self.filter(step="delivered")

    def delivered_between(self, first, last):
        """Local dates, both included."""
        return self.delivered().filter(delivered_on__range=(first, last))

    def late(self, now):
        """Promised for a time that has passed."""
        return self.here().filter(promised_at__lt=now)

    def of_vehicle(self, vehicle):
        """A car's orders, the latest first."""
        return self.filter(vehicle=vehicle).order_by("-received_at", "-pk")


class AppointmentQuerySet(InStore):
    def booked(self):
        return self.filter(status="booked")

    def given_up(self):
        return self.filter(status__in=["no_show", "cancelled"])

    def awaited(self, start_of_today):
        """Those that a customer who arrives may answer: of today also one given up as missed, for some come late."""
        return self.filter(Q(status="booked") | Q(status="no_show", at__gte=start_of_today))

    def between(self, first, last):
        """Moments: first included, last not."""
        return self.filter(at__gte=first, at__lt=last)
