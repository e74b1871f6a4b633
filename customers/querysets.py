"""Readable filters over the archive."""

from django.db import models


class InStore(models.QuerySet):
    def visible_to(self, access):
        """The rows of the store that the person is looking at; what is not among them is a 404."""
        return self.filter(store=access.store)


class CustomerQuerySet(InStore):
    pass


class PhoneQuerySet(InStore):
    def callable(self):
        return self.exclude(validity="invalid").order_by("position", "pk")


class VehicleQuerySet(InStore):
    def active(self):
        return self.filter(status="active")

    def owned_by(self, customer):
        return self.filter(ownerships__customer=customer, ownerships__until=None)
