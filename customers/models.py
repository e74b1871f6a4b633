from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core import clock
from customers import identifiers
from customers.querysets import CustomerQuerySet, PhoneQuerySet, VehicleQuerySet
from staff.models import Store


class Tier(models.TextChoices):
    """S4 §2; the letters also sort by whom to call first."""

    A = "A", _("A loyal")
    B = "B", _("B potential")
    C = "C", _("C new")
    D = "D", _("D at risk")


COMPOUND = ("欧阳", "司马", "上官", "诸葛", "东方", "皇甫", "尉迟", "公孙", "慕容", "司徒", "令狐", "夏侯")


def surname(name: str) -> str:
    """Of a Chinese name as one writes it: one character, of a compound surname two."""
    return name[:2] if name.startswith(COMPOUND) and len(name) > 2 else name[:1]


# store has no index of its own in this file: every index that searches begin with has it first, and a planner must not prefer less.


class Customer(models.Model):
    class Kind(models.TextChoices):
        PERSON = "person", pgettext_lazy("customer", "person")
        COMPANY = "company", _("company")

    class Gender(models.TextChoices):
        MALE = "male", _("Mr")
        FEMALE = "female", _("Ms")

    class Source(models.TextChoices):
        WALK_IN = "walk_in", _("walked in")
        REFERRAL = "referral", _("recommended by a customer")
        ADVERTISING = "advertising", _("advertising")
        ONLINE = "online", _("internet")
        EVENT = "event", _("event or motor show")
        OTHER = "other", _("other")

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+", db_index=False)
    name = models.CharField(_("name"), max_length=80)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices, default=Kind.PERSON)
    gender = models.CharField(_("form of address"), max_length=6, choices=Gender.choices, blank=True)
    is_vip = models.BooleanField(_("VIP"), default=False)
    birthday = models.DateField(_("birthday"), null=True, blank=True)
    region = models.CharField(_("district"), max_length=60, blank=True)
    address = models.CharField(_("address"), max_length=200, blank=True)
    occupation = models.CharField(_("occupation"), max_length=60, blank=True)
    trade = models.CharField(_("line of business"), max_length=60, blank=True)
    source = models.CharField(_("where the customer came from"), max_length=12, choices=Source.choices, blank=True)
    licence_expires_on = models.DateField(_("driving licence valid until"), null=True, blank=True)
    wishes = models.CharField(_("service wished for"), max_length=200, blank=True)
    note = models.CharField(_("special note"), max_length=200, blank=True)
    do_not_call = models.BooleanField(_("do not call"), default=False)
    confirm_number = models.BooleanField(_("confirm the number at the next visit"), default=False)
    tier = models.CharField(_("tier"), max_length=1, choices=Tier.choices, default=Tier.C)
    tier_check_on = models.DateField(null=True, editable=False, help_text="the next day on which time alone may change the tier")
    opened_at = models.DateTimeField(default=clock.now, editable=False)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", editable=False, db_index=False
    )
    version = models.PositiveIntegerField(default=1, editable=False)
    by_hand = models.JSONField(default=list, editable=False, help_text="fields that a person has entered: no import overwrites them")
    # Search keys, set by customers.actions from the name (core.names).
    name_hex = models.CharField(max_length=320, editable=False)
    name_pinyin = models.CharField(max_length=240, editable=False)
    name_initials = models.CharField(max_length=80, editable=False)

    objects = CustomerQuerySet.as_manager()

    class Meta:
        verbose_name = _("customer")
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="customer_has_name"),
            models.CheckConstraint(condition=Q(tier__in=["A", "B", "C", "D"]), name="customer_tier_known"),
        ]
        indexes = [
            models.Index(fields=["store", "name_hex"], name="customer_name"),
            models.Index(fields=["store", "name_pinyin"], name="customer_pinyin"),
            models.Index(fields=["store", "name_initials"], name="customer_initials"),
            models.Index(fields=["store", "-opened_at", "-id"], name="customer_newest"),
            models.Index(fields=["tier_check_on"], name="customer_tier_check"),
            models.Index(fields=["id"], condition=Q(do_not_call=True), name="customer_do_not_call"),  # few, looked for by every sweep
        ]

    def __str__(self):
        return self.name

    @property
    def addressed(self) -> str:
        """'张先生': the surname and form of address, as one speaks to the customer. Chinese, whatever the page's language."""
        if self.kind == self.Kind.COMPANY:
            return self.name
        return surname(self.name) + {"male": "先生", "female": "女士"}.get(self.gender, "先生/女士")


class Phone(models.Model):
    class Validity(models.TextChoices):
        VALID = "valid", _("valid")
        INVALID = "invalid", _("invalid")
        UNKNOWN = "unknown", _("unknown")

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="phones", db_index=False)
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+", db_index=False)
    number = models.CharField(_("phone"), max_length=20, help_text="E.164 when it can exist, else the digits as given")
    tail = models.CharField(max_length=20, editable=False, help_text="the digits reversed, to search by ending")
    label = models.CharField(_("whose"), max_length=40, blank=True)
    validity = models.CharField(_("validity"), max_length=8, choices=Validity.choices, default=Validity.UNKNOWN)
    reason = models.CharField(_("reason"), max_length=60, blank=True)
    confirmed_on = models.DateField(_("last confirmed"), null=True, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    objects = PhoneQuerySet.as_manager()

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["customer", "number"], name="phone_once_per_customer"),
            models.CheckConstraint(condition=Q(validity__in=["valid", "invalid", "unknown"]), name="phone_validity_known"),
            models.CheckConstraint(condition=~Q(validity="invalid") | ~Q(reason=""), name="phone_invalid_has_reason"),
        ]
        indexes = [models.Index(fields=["store", "tail"], name="phone_tail")]

    def __str__(self):
        return self.masked

    @property
    def masked(self) -> str:
        return identifiers.mask_phone(self.number)

    @property
    def shown(self) -> str:
        """The whole number as one reads it: only after customers.actions.reveal_phone."""
        return identifiers.display_phone(self.number)


class Vehicle(models.Model):
    class Status(models.TextChoices):
        ACTIVE = "active", _("active")
        TRANSFERRED = "transferred", _("transferred away")
        SCRAPPED = "scrapped", _("scrapped")

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+", db_index=False)
    plate = models.CharField(_("plate"), max_length=12, blank=True)
    vin = models.CharField(_("VIN"), max_length=17, blank=True)
    model = models.CharField(_("model"), max_length=80, blank=True)
    status = models.CharField(_("status"), max_length=12, choices=Status.choices, default=Status.ACTIVE)
    mileage = models.PositiveIntegerField(_("mileage"), null=True, blank=True)
    purchased_on = models.DateField(_("bought on"), null=True, blank=True)
    bought_here = models.BooleanField(_("bought here"), default=False)
    consultant = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("sales consultant")
    )
    insurance_until = models.DateField(_("insured until"), null=True, blank=True)
    warranty_until = models.DateField(_("under warranty until"), null=True, blank=True)
    maintenance_months = models.PositiveSmallIntegerField(_("maintenance every … months"), null=True, blank=True)
    maintenance_km = models.PositiveIntegerField(_("maintenance every … km"), null=True, blank=True)
    next_maintenance_on = models.DateField(_("next maintenance on"), null=True, blank=True)
    next_maintenance_km = models.PositiveIntegerField(_("next maintenance at km"), null=True, blank=True)
    recall = models.CharField(_("open recall"), max_length=120, blank=True)
    opened_at = models.DateTimeField(default=clock.now, editable=False)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", editable=False, db_index=False
    )
    version = models.PositiveIntegerField(default=1, editable=False)
    by_hand = models.JSONField(default=list, editable=False, help_text="fields that a person has entered: no import overwrites them")
    plate_tail = models.CharField(max_length=12, editable=False)
    vin_tail = models.CharField(max_length=17, editable=False)

    objects = VehicleQuerySet.as_manager()

    class Meta:
        verbose_name = _("car")
        constraints = [
            models.UniqueConstraint(fields=["store", "vin"], condition=~Q(vin=""), name="vehicle_one_file_per_vin"),
            models.UniqueConstraint(
                fields=["store", "plate"], condition=Q(status="active") & ~Q(plate=""), name="vehicle_one_active_file_per_plate"
            ),
            models.CheckConstraint(condition=~Q(plate="") | ~Q(vin=""), name="vehicle_has_plate_or_vin"),
            models.CheckConstraint(condition=Q(status__in=["active", "transferred", "scrapped"]), name="vehicle_status_known"),
        ]
        indexes = [
            models.Index(fields=["store", "plate_tail"], name="vehicle_plate_tail"),
            models.Index(fields=["store", "vin_tail"], name="vehicle_vin_tail"),
        ]

    def __str__(self):
        return self.plate or identifiers.mask_vin(self.vin)


class Ownership(models.Model):
    """Whose car it was, from when until when; the open one (no `until`) is whose it is."""

    vehicle = models.ForeignKey(Vehicle, on_delete=models.CASCADE, related_name="ownerships")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="ownerships")
    since = models.DateField()
    until = models.DateField(null=True)

    class Meta:
        ordering = ["-since", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["vehicle"], condition=Q(until=None), name="ownership_one_open"),
            models.CheckConstraint(condition=Q(until=None) | Q(until__gte=F("since")), name="ownership_ends_after_start"),
        ]

    def __str__(self):
        return f"{self.vehicle_id} {self.customer_id}"
