"""What the figures are to be, set each quarter (S3 1.4.3)."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from customers.querysets import InStore
from staff.models import Store
from staff.roles import Role

SCALE = 10_000


class Target(models.Model):
    """A figure's target in a quarter: the store's, a role's or a person's. Rows of
    a quarter that is over stay as they are: an old month shows the target that was valid then."""

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="+", db_index=False)
    quarter = models.DateField(help_text="its first day")
    figure = models.SlugField(max_length=40, db_index=False)
    role = models.CharField(max_length=20, choices=Role.choices, blank=True)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="+")
    value = models.BigIntegerField(help_text="in ten-thousandths of the figure's unit: 9800 is 98 %, 300000 half an hour")

    objects = InStore.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "quarter", "figure", "role"], condition=Q(person=None), name="target_once"),
            models.UniqueConstraint(
                fields=["store", "quarter", "figure", "person"], condition=Q(person__isnull=False), name="target_once_of_person"
            ),
            models.CheckConstraint(condition=Q(role="") | Q(person=None), name="target_of_role_or_person"),
            models.CheckConstraint(condition=Q(role="") | Q(role__in=[role.value for role in Role]), name="target_role_known"),
        ]

    def __str__(self):
        return f"{self.figure} {self.quarter} {self.role or self.person_id or ''}".strip()

    @property
    def number(self) -> float:
        """In the figure's own unit: a fraction for rates, minutes, yuan, cars."""
        return self.value / SCALE
