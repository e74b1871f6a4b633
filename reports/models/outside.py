"""What no record of the store says: numbers from the manufacturer and from the accounts, typed in month by month (domain §10)."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from staff.models import Store

WHOLE = 10_000  # hundredths of a percent


class OutsideNumbers(models.Model):
    """Of one month; what nobody has entered is null, and its figure has no data."""

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="+")
    month = models.DateField(help_text="its first day")
    local_vehicles = models.PositiveIntegerField(_("vehicles of the brand in the area"), null=True, blank=True)
    profit_share = models.PositiveIntegerField(_("service share of the profit"), null=True, blank=True, help_text="hundredths of a percent")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "month"], name="outside_once_a_month"),
            models.CheckConstraint(condition=Q(local_vehicles=None) | Q(local_vehicles__gt=0), name="outside_some_vehicles"),
            models.CheckConstraint(condition=Q(profit_share=None) | Q(profit_share__lte=WHOLE), name="outside_share_of_whole"),
        ]

    def __str__(self):
        return f"{self.store_id} {self.month}"
