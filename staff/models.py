import secrets
from datetime import date as Date
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from django.contrib.auth.models import AbstractUser
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core import clock
from staff.roles import ABILITIES, Role

time_zones = cache(available_timezones)  # looks through hundreds of files


def validate_time_zone(name: str) -> None:
    if name not in time_zones():
        raise ValidationError(_("“%(name)s” is no time zone; write one such as Asia/Shanghai."), params={"name": name})


class Region(models.Model):
    name = models.CharField(pgettext_lazy("thing", "name"), max_length=80, unique=True)

    def __str__(self):
        return self.name


class Store(models.Model):
    code = models.SlugField(_("code"), max_length=32, unique=True)
    name = models.CharField(pgettext_lazy("thing", "name"), max_length=80)
    brand = models.CharField(_("brand"), max_length=40, blank=True)
    hotline = models.CharField(_("hotline"), max_length=40, blank=True)
    region = models.ForeignKey(Region, null=True, blank=True, on_delete=models.PROTECT, verbose_name=_("region"))
    time_zone = models.CharField(_("time zone"), max_length=40, default="Asia/Shanghai", validators=[validate_time_zone])
    unreachable_half_days = models.PositiveSmallIntegerField(
        _("half-days tried before a customer counts as unreachable"),
        default=3,
        validators=[MinValueValidator(1), MaxValueValidator(10)],
        help_text=_("Three by default; some manufacturers ask for tries on up to five days (ten half-days)."),
    )
    is_demo = models.BooleanField(default=False, editable=False)

    class Meta:
        verbose_name = _("store")
        constraints = [models.CheckConstraint(condition=Q(unreachable_half_days__range=(1, 10)), name="store_half_days")]

    def __str__(self):
        return self.name

    @property
    def tz(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    def local_date(self, at) -> Date:
        return at.astimezone(self.tz).date()

    def today(self) -> Date:
        return self.local_date(clock.now())


class HoursKind(models.TextChoices):
    OPENING = "opening", _("opening hours")
    STAFFED = "staffed", _("staffed hours")
    CALLING = "calling", _("calling hours")


class WeekdayHours(models.Model):
    """A range of local minutes on a weekday (0 = Monday); several may stand on one day."""

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="weekday_hours")
    kind = models.CharField(max_length=8, choices=HoursKind.choices)
    weekday = models.PositiveSmallIntegerField()
    start_minute = models.PositiveSmallIntegerField()
    end_minute = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["weekday", "start_minute"]
        constraints = [
            models.UniqueConstraint(fields=["store", "kind", "weekday", "start_minute"], name="hours_once"),
            models.CheckConstraint(
                condition=Q(weekday__lte=6, end_minute__lte=1440, start_minute__lt=F("end_minute")), name="hours_in_a_day"
            ),
        ]

    def __str__(self):
        return f"{self.kind} {self.weekday} {self.start_minute}-{self.end_minute}"


class CalendarDay(models.Model):
    """A dated exception: closed (like_weekday empty), or open with the hours of another weekday (a make-up day)."""

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="calendar_days", verbose_name=_("store"))
    date = models.DateField(_("date"))
    like_weekday = models.PositiveSmallIntegerField(_("open like"), null=True, blank=True)
    name = models.CharField(pgettext_lazy("thing", "name"), max_length=60)

    class Meta:
        verbose_name = _("calendar day")
        ordering = ["date"]
        constraints = [
            models.UniqueConstraint(fields=["store", "date"], name="calendar_day_once"),
            models.CheckConstraint(condition=Q(like_weekday=None) | Q(like_weekday__lte=6), name="calendar_like_weekday"),
        ]

    def __str__(self):
        return f"{self.date} {self.name}"


class CalendarYear(models.Model):
    """A year whose public holidays have been entered for the store; a missing one fails a system check 60 days ahead."""

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="calendar_years")
    year = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["store", "year"], name="calendar_year_once")]

    def __str__(self):
        return str(self.year)


class User(AbstractUser):
    """A person of the staff. Without a usable password they are only named (technician, inspector, imported advisor)."""

    first_name = None
    last_name = None
    email = models.EmailField(blank=True)
    name = models.CharField(_("name"), max_length=60)
    name_key = models.CharField(max_length=120, blank=True, editable=False, help_text="pinyin, to sort by")

    REQUIRED_FIELDS = ["name"]

    def __str__(self):
        return self.name or self.username

    def get_full_name(self):
        return self.name

    def get_short_name(self):
        return self.name


class Membership(models.Model):
    """A person's role in a store. A regional auditor's reads every store of that store's region."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships", verbose_name=pgettext_lazy("staff", "person"))
    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="memberships", verbose_name=_("store"))
    role = models.CharField(_("role"), max_length=20, choices=Role.choices)

    class Meta:
        verbose_name = _("membership")
        constraints = [
            models.UniqueConstraint(fields=["user", "store", "role"], name="membership_once"),
            models.CheckConstraint(condition=Q(role__in=[role.value for role in Role]), name="membership_role_known"),
        ]
        indexes = [models.Index(fields=["store", "role"], name="membership_role")]

    def __str__(self):
        return f"{self.user} {self.role}"


class Absence(models.Model):
    class Kind(models.TextChoices):
        LEAVE = "leave", _("leave")
        DAY_OFF = "day_off", _("day off")
        LEFT = "left", _("left the store")

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="absences", verbose_name=pgettext_lazy("staff", "person"))
    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="absences")
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"), null=True, blank=True, help_text=_("Empty: until further notice."))

    class Meta:
        ordering = ["-starts_on"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")), name="absence_ends_after_start"),
        ]

    def __str__(self):
        return f"{self.user} {self.starts_on}"


def new_word() -> str:
    return secrets.token_hex(8)


class Screen(models.Model):
    """A television in the lounge: its address, which nobody signs in for, is `word` signed (staff.screens). The row alone, as in a stolen
    copy of the database, opens nothing."""

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="screens")
    name = models.CharField(_("where it stands"), max_length=40)
    word = models.CharField(max_length=16, unique=True, default=new_word, editable=False)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=clock.now)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    last_seen_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["withdrawn_at", "name", "pk"]

    def __str__(self):
        return self.name


class Access:
    """What a signed-in person may do in the store that they are looking at: asked by views and templates."""

    def __init__(self, *, user: User, store: Store, roles: frozenset[str]):
        self.user = user
        self.store = store
        self.roles = roles

    def can(self, ability: str) -> bool:
        return bool(self.roles & ABILITIES[ability])

    def __getitem__(self, ability: str) -> bool:
        """For templates: {% if access.queue_call %} with the dot of the ability written as _."""
        return self.can(ability.replace("_", ".", 1) if "_" in ability else ability)
