"""Readable filters over the archive."""

from django.db import models
from django.db.models import Exists, OuterRef, Q


class InStore(models.QuerySet):
    def visible_to(self, access):
        """The rows of the store that the person is looking at; what is not among them is a 404."""
        return self.filter(store=access.store)


class CustomerQuerySet(InStore):
    def complete(self):
        """Nothing that customers.completeness requires is missing."""
        return self.filter(self._complete())

    def incomplete(self):
        return self.exclude(self._complete())

    def newest_first(self):
        return self.order_by("-opened_at", "-id")

    def _complete(self) -> Q:
        phones = self.model._meta.get_field("phones").related_model
        works = Exists(phones.objects.filter(customer=OuterRef("pk")).callable().order_by())
        person = ~Q(occupation="") & Q(birthday__isnull=False, licence_expires_on__isnull=False)
        return ~Q(name="") & ~Q(source="") & (~Q(address="") | ~Q(region="")) & (Q(kind="company") | person) & Q(works)


class PhoneQuerySet(InStore):
    def callable(self):
        return self.exclude(validity="invalid").order_by("position", "pk")


class VehicleQuerySet(InStore):
    def active(self):
        return self.filter(status="active")

    def owned_by(self, customer):
        return self.filter(ownerships__customer=customer, ownerships__until=None)

    def complete(self):
        """Nothing that customers.completeness requires of the vehicle is missing."""
        facts = ["mileage", "purchased_on", "insurance_until", "warranty_until", "next_maintenance_on"]
        return self.exclude(Q(plate="") | Q(vin="") | Q(model="")).filter(**{f"{fact}__isnull": False for fact in facts})
