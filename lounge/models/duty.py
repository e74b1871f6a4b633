from django.conf import settings
from django.db import models
from django.db.models import F, Q

from customers.querysets import InStore
from staff.models import Store


class DutyQuerySet(InStore):
    def on(self, day):
        return self.filter(starts_on__lte=day, ends_on__gte=day)


class Duty(models.Model):
    """Half a month of lounge duty (特殊服务人员) of an advisor or consultant (S0; domain §7): the 1st–15th or the 16th–end, both included."""

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    starts_on = models.DateField()
    ends_on = models.DateField()

    objects = DutyQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "person", "starts_on"], name="duty_once_in_a_half"),
            models.CheckConstraint(condition=Q(ends_on__gt=F("starts_on")), name="duty_has_days"),
        ]

    def __str__(self):
        return f"{self.person_id} {self.starts_on}"
