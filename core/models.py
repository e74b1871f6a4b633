from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core import clock
from core.appendonly import AppendOnlyModel


class AuditEvent(AppendOnlyModel):
    """One act of one person (or of the machine, by=None): what, on which rows, when. Ids only, never names or phones."""

    at = models.DateTimeField(default=clock.now, db_index=True)
    store_code = models.CharField(max_length=32, blank=True, db_index=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    verb = models.CharField(max_length=60)
    subject = models.CharField(max_length=80, db_index=True, help_text="'model pk', such as 'customer 12'")
    details = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["subject", "-id"], name="audit_subject")]

    def __str__(self):
        return f"{self.verb} {self.subject}"


class AuditSeal(AppendOnlyModel):
    """The hash chain over the audit rows, laid by the sweep: each seal covers the rows up to `upto` and the seal before."""

    upto = models.BigIntegerField(unique=True)
    digest = models.CharField(max_length=64)
    at = models.DateTimeField(default=clock.now)

    def __str__(self):
        return f"{self.upto} {self.digest[:8]}"


class OutboxQuerySet(models.QuerySet):
    def undelivered(self, store):
        """Given up, and not put away by anybody: a dead message that was put away has a `read_at`."""
        return self.filter(store_code=store.code, status=OutboxMessage.Status.DEAD, read_at=None)

    def unread_by(self, user):
        return self.filter(user=user, channel=OutboxMessage.Channel.IN_APP, status=OutboxMessage.Status.SENT, read_at=None)

    def inbox_of(self, user):
        return self.filter(user=user, channel=OutboxMessage.Channel.IN_APP, status=OutboxMessage.Status.SENT).order_by("-id")


class OutboxMessage(models.Model):
    """A message owed to a person: one row per (occasion, stage, recipient, channel), sent by the sweep with retries.

    `topic` and `params` are rendered at reading time in the reader's language; params hold ids, counts and plate tails only.
    A message to a customer (`channel` letter) has no user: `recipient` is 'customer <id>', and a person marks it as sent. One to the
    store's group (`channel` webhook) has none either: `recipient` is 'store <code>'. `error`: of the last try, a word of core.delivery.
    """

    class Channel(models.TextChoices):
        IN_APP = "in_app", _("in the application")
        LETTER = "letter", _("text message or letter")
        EMAIL = "email", _("e-mail")
        WEBHOOK = "webhook", _("group robot")

    class Status(models.TextChoices):
        PENDING = "pending", _("waiting")
        SENT = "sent", _("sent")
        DEAD = "dead", _("given up")

    store_code = models.CharField(max_length=32, db_index=True)
    occasion = models.CharField(max_length=120)
    stage = models.CharField(max_length=40)
    recipient = models.CharField(max_length=60)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    channel = models.CharField(max_length=16, choices=Channel.choices, default=Channel.IN_APP)
    topic = models.CharField(max_length=40)
    params = models.JSONField(default=dict)
    path = models.CharField(max_length=200, blank=True)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(default=clock.now)
    created_at = models.DateTimeField(default=clock.now)
    sent_at = models.DateTimeField(null=True)
    sent_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    read_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=200, blank=True)

    objects = OutboxQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["occasion", "stage", "recipient", "channel"], name="outbox_once"),
            models.CheckConstraint(condition=Q(sent_at=None) ^ Q(status="sent"), name="outbox_sent_has_time"),
        ]
        indexes = [
            models.Index(fields=["next_at"], condition=Q(status="pending"), name="outbox_due"),
            models.Index(fields=["id"], condition=Q(status="dead"), name="outbox_dead"),
            models.Index(fields=["user", "-id"], condition=Q(status="sent"), name="outbox_inbox"),
        ]

    def __str__(self):
        return f"{self.topic} → {self.recipient}"


class Webhook(models.Model):
    """Where a store's messages also go: a group robot, or a program that takes JSON. No row: off.

    Whoever has the address (and DingTalk's secret) can write to the group: neither is shown, logged or audited in full.
    """

    class Preset(models.TextChoices):
        WECOM = "wecom", _("WeCom group robot")
        DINGTALK = "dingtalk", _("DingTalk group robot")
        JSON = "json", _("another program (JSON)")

    store_code = models.CharField(max_length=32, unique=True)
    preset = models.CharField(max_length=8, choices=Preset.choices)
    url = models.CharField(max_length=500)
    secret = models.CharField(max_length=200, blank=True)
    heading = models.CharField(max_length=40, blank=True)
    kinds = models.JSONField(default=list, help_text="keys of core.topics.KINDS")
    changed_at = models.DateTimeField(default=clock.now)

    def __str__(self):
        return f"{self.preset} {self.store_code}"


class SweepState(models.Model):
    """One row: who is sweeping now (compare-and-set on `holder`), and when a sweep last came to its end."""

    name = models.CharField(max_length=20, primary_key=True)
    holder = models.CharField(max_length=64, blank=True)
    lease_until = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    counts = models.JSONField(default=dict)
    error = models.CharField(max_length=200, blank=True)

    def __str__(self):
        return self.name


class SentForm(models.Model):
    """A form that was carried out, and where it led (core.once). The key is a digest: nothing of what was typed."""

    key = models.CharField(max_length=64, primary_key=True)
    location = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField(default=clock.now, db_index=True)

    def __str__(self):
        return self.key[:8]


class Allowance(models.Model):
    """How often a stranger has used a public page within a span of time (core.allowance). The key is a digest: no address."""

    key = models.CharField(max_length=64, primary_key=True)
    used = models.PositiveIntegerField(default=0)
    until = models.DateTimeField(db_index=True)

    def __str__(self):
        return self.key[:8]
