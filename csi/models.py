from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from core import clock
from core.appendonly import AppendOnlyError, AppendOnlyModel, AppendOnlyQuerySet
from core.constraints import both_or_neither
from customers.models import Customer, Vehicle
from customers.querysets import InStore
from staff.models import Store
from visits.models import NewCarDelivery, ServiceOrder

# Audience -> the questionnaire of its callback.
CALLBACKS = {"service": "service-callback", "sales": "sales-callback"}
PERSON = {"to": settings.AUTH_USER_MODEL, "on_delete": models.PROTECT, "related_name": "+"}


class Scale(models.TextChoices):
    """domain §6. Stored scores: ten 1–10; five 5 (very satisfied) … 1; three 3, 2, 1; yes_no 1, 0; nps 0–10; text none."""

    TEN = "ten", _("ten-point")
    FIVE = "five", _("five-level")
    THREE = "three", _("three-level")
    YES_NO = "yes_no", _("yes / no / not applicable")
    NPS = "nps", _("0–10 recommendation")
    TEXT = "text", _("words")


class When(models.TextChoices):
    """With which answers to an earlier question another one is asked (csi.conditions)."""

    SATISFIED = "satisfied", pgettext_lazy("asked only", "satisfied")
    NOT_SATISFIED = "not_satisfied", pgettext_lazy("asked only", "so-so or worse")
    DISSATISFIED = "dissatisfied", pgettext_lazy("asked only", "dissatisfied")
    YES = "yes", pgettext_lazy("asked only", "yes")
    NO = "no", pgettext_lazy("asked only", "no")


class Link(models.TextChoices):
    """The links (环节) of domain §5, in the order of S3 annex 2."""

    SERVICE = "service", _("service")
    QUALITY = "quality", _("quality")
    PRICE = "price", _("price")
    TIMELINESS = "timeliness", _("timeliness")
    ENVIRONMENT = "environment", _("environment")
    OTHER = "other", _("other")


class Factor(models.TextChoices):
    """The factors of the service index (S1, S2), in the order in which a customer lives through them."""

    INITIATION = "initiation", _("service initiation")
    ADVISOR = "advisor", pgettext_lazy("factor", "service advisor")
    QUALITY = "quality", _("service quality")
    FACILITY = "facility", _("service facility")
    PICK_UP = "pick_up", _("vehicle pick-up")


class Questionnaire(models.Model):
    """A questionnaire's code and name; its questions belong to its versions."""

    class Audience(models.TextChoices):
        SERVICE = "service", pgettext_lazy("audience", "service")
        SALES = "sales", pgettext_lazy("audience", "sales")

    code = models.SlugField(max_length=40, unique=True)
    audience = models.CharField(max_length=8, choices=Audience.choices)
    name_zh = models.CharField(max_length=80)
    name_en = models.CharField(max_length=80)

    def __str__(self):
        return self.name_en if (get_language() or "").startswith("en") else self.name_zh


class VersionQuerySet(models.QuerySet):
    """Of a version that has been brought out nothing changes but that it retires; the database refuses it too."""

    def update(self, **values):
        Status = QuestionnaireVersion.Status
        asked = self.exclude(status=Status.DRAFT)
        if (asked.filter(status=Status.RETIRED) if values == {"status": Status.RETIRED} else asked).exists():
            raise AppendOnlyError("a version that has been published is never changed")
        return super().update(**values)

    def delete(self):
        if self.exclude(status=QuestionnaireVersion.Status.DRAFT).exists():
            raise AppendOnlyError("a version that has been published is never deleted")
        return super().delete()


class QuestionnaireVersion(models.Model):
    """A draft holds its questions in `draft`, where they can be changed; publishing writes them as rows, which cannot
    (docs/adr/0018)."""

    class Status(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("version", "draft")
        PUBLISHED = "published", pgettext_lazy("version", "published")
        RETIRED = "retired", pgettext_lazy("version", "retired")

    questionnaire = models.ForeignKey(Questionnaire, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField()
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.DRAFT)
    published_at = models.DateTimeField(null=True)
    draft = models.JSONField(default=list, help_text="a draft's questions in order: Question's fields without version and position")

    objects = VersionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["questionnaire", "number"], name="version_number_once"),
            models.UniqueConstraint(fields=["questionnaire"], condition=Q(status="published"), name="version_one_published"),
            models.UniqueConstraint(fields=["questionnaire"], condition=Q(status="draft"), name="version_one_draft"),
            models.CheckConstraint(condition=both_or_neither(Q(status="draft"), Q(published_at=None)), name="version_published_at"),
        ]

    def __str__(self):
        return f"{self.questionnaire} v{self.number}"

    def save(self, *args, **kwargs):
        if not self._state.adding:
            self._refuse_if_published("changed")
        return super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        self._refuse_if_published("deleted")
        return super().delete(*args, **kwargs)

    def _refuse_if_published(self, what: str) -> None:
        if QuestionnaireVersion.objects.filter(pk=self.pk).exclude(status=self.Status.DRAFT).exists():
            raise AppendOnlyError(f"a version that has been published is never {what}")

    def in_order(self) -> list["Question"]:
        """Its questions; those of a draft are not saved yet."""
        if self.status == self.Status.DRAFT:
            return [Question(version=self, position=n, **one) for n, one in enumerate(self.draft, start=1)]
        return list(self.questions.all())


class QuestionQuerySet(AppendOnlyQuerySet):
    def bulk_create(self, objs, *args, **kwargs):
        rows = list(objs)
        _refuse_unless_drafts({row.version_id for row in rows})
        return super().bulk_create(rows, *args, **kwargs)


def _refuse_unless_drafts(versions: set[int]) -> None:
    if QuestionnaireVersion.objects.filter(pk__in=versions).exclude(status=QuestionnaireVersion.Status.DRAFT).exists():
        raise AppendOnlyError("a version that has been published gets no further questions")


class Question(AppendOnlyModel):
    """A question of a version; never changed once written: a new version gets new questions. `code` says which questions of several
    versions are one and the same in figures and forms."""

    version = models.ForeignKey(QuestionnaireVersion, on_delete=models.PROTECT, related_name="questions")
    code = models.SlugField(max_length=40)
    position = models.PositiveSmallIntegerField()
    scale = models.CharField(max_length=8, choices=Scale.choices)
    link = models.CharField(max_length=12, choices=Link.choices, blank=True)
    is_overall = models.BooleanField(default=False)
    is_required = models.BooleanField(default=False)
    factor = models.CharField(max_length=12, choices=Factor.choices, blank=True, help_text="of the service index that it belongs to")
    weight = models.PositiveSmallIntegerField(default=1, help_text="within its factor")
    asked_if = models.SlugField(max_length=40, blank=True, help_text="code of the earlier question whose answer decides")
    asked_when = models.CharField(max_length=16, choices=When.choices, blank=True)
    text_zh = models.CharField(max_length=200)
    text_en = models.CharField(max_length=200)

    objects = QuestionQuerySet.as_manager()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["version", "code"], name="question_code_once"),
            models.CheckConstraint(condition=Q(weight__gte=1), name="question_has_weight"),
            # What the kept counts hold points for (reports.questions).
            models.CheckConstraint(condition=Q(factor="") | Q(scale__in=["ten", "five", "three"]), name="question_of_factor_has_points"),
            models.CheckConstraint(condition=both_or_neither(Q(asked_if=""), Q(asked_when="")), name="question_condition_whole"),
        ]

    def __str__(self):
        return self.text

    def save(self, *args, **kwargs):
        _refuse_unless_drafts({self.version_id})
        return super().save(*args, **kwargs)

    @property
    def text(self) -> str:
        return self.text_en if (get_language() or "").startswith("en") else self.text_zh


class ResponseQuerySet(AppendOnlyQuerySet, InStore):
    def answered_between(self, first, last):
        """Local dates, both included."""
        return self.filter(answered_on__range=(first, last))

    def of_callbacks(self):
        """Of the callback questionnaires, whichever way they came: what forms 3 and 4 and the satisfaction of a month are made of."""
        return self.filter(version__questionnaire__code__in=CALLBACKS.values())


class Response(AppendOnlyModel):
    """One customer's answers on one occasion. Order, advisor and surveyor are copied and frozen with it."""

    class Channel(models.TextChoices):
        CALL = "call", _("in the call")
        FORM = "form", _("form kept on paper or in Excel")
        LINK = "link", _("by link")
        QR = "qr", _("scanned code")
        COUNTER = "counter", _("at the counter screen")

    BY_CUSTOMER = (Channel.LINK, Channel.QR, Channel.COUNTER)  # nobody asked
    ERASABLE = ("words",)
    MARKS = ("aftercare_at",)

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+")
    version = models.ForeignKey(QuestionnaireVersion, on_delete=models.PROTECT, related_name="responses")
    audience = models.CharField(max_length=8, choices=Questionnaire.Audience.choices)
    occasion = models.CharField(max_length=80, help_text="the invitation it answers, such as 'followup 12'")
    channel = models.CharField(max_length=8, choices=Channel.choices, default=Channel.CALL)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="responses")
    vehicle = models.ForeignKey(Vehicle, null=True, on_delete=models.PROTECT, related_name="responses")
    order = models.ForeignKey(ServiceOrder, null=True, on_delete=models.PROTECT, related_name="responses")
    delivery = models.ForeignKey(NewCarDelivery, null=True, on_delete=models.PROTECT, related_name="responses")
    advisor = models.ForeignKey(null=True, help_text="the rated advisor or consultant", **PERSON)
    surveyor = models.ForeignKey(null=True, **PERSON)
    answered_at = models.DateTimeField(default=clock.now)
    answered_on = models.DateField(help_text="local date of answered_at")
    overall = models.SmallIntegerField(null=True, help_text="the overall question's score on its own scale")
    is_satisfied = models.BooleanField(null=True)
    is_very_satisfied = models.BooleanField(null=True)
    is_unhappy = models.BooleanField(help_text="overall 一般 or worse, a link 不满意, or ten-point below 8 (domain §4)")
    words = models.TextField(blank=True)
    aftercare_at = models.DateTimeField(null=True, editable=False, help_text="when the sweep saw to the recovery that is owed for it")

    objects = ResponseQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "occasion"], name="response_one_per_invitation"),
            models.CheckConstraint(condition=both_or_neither(Q(overall=None), Q(is_satisfied=None)), name="response_overall_judged"),
        ]
        indexes = [
            models.Index(fields=["store", "audience", "answered_on"], name="response_answered_on"),
            models.Index(fields=["order"], name="response_order"),
            models.Index(fields=["answered_on"], condition=Q(is_unhappy=True, aftercare_at=None), name="response_aftercare"),
        ]

    def __str__(self):
        return f"{self.occasion}"


class Answer(AppendOnlyModel):
    response = models.ForeignKey(Response, on_delete=models.PROTECT, related_name="answers")
    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="+")
    score = models.SmallIntegerField(null=True, help_text="on the question's own scale; null: not applicable")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["response", "question"], name="answer_once")]

    def __str__(self):
        return f"{self.question_id}: {self.score}"


class Dissatisfaction(models.Model):
    """What a customer was unhappy with (S3 annex 2): link and MOT standard, their own words; then cause, measure, opinion."""

    class Opinion(models.TextChoices):
        SATISFIED = "satisfied", _("satisfied now")
        SO_SO = "so_so", _("so-so")
        DISSATISFIED = "dissatisfied", _("still not satisfied")

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+")
    response = models.ForeignKey(Response, on_delete=models.PROTECT, related_name="dissatisfactions")
    answered_on = models.DateField(help_text="the response's, which is frozen: so that a month's are found by an index")
    link = models.CharField(_("link"), max_length=12, choices=Link.choices)
    standard = models.CharField(_("MOT standard"), max_length=60, blank=True)
    words = models.TextField(_("the customer's own words"))
    person = models.ForeignKey(verbose_name=_("person named"), null=True, blank=True, **PERSON)
    cause = models.TextField(_("cause"), blank=True)
    measure = models.TextField(_("measure"), blank=True)
    is_carried_out = models.BooleanField(_("carried out"), default=False)
    handled_at = models.DateTimeField(null=True)
    handled_by = models.ForeignKey(null=True, **PERSON)
    opinion = models.CharField(_("opinion afterwards"), max_length=12, choices=Opinion.choices, blank=True)
    opinion_words = models.TextField(blank=True)
    opinion_at = models.DateTimeField(null=True)

    objects = InStore.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["response", "link"], name="dissatisfaction_link_once"),
            models.CheckConstraint(condition=~Q(words=""), name="dissatisfaction_has_words"),
            models.CheckConstraint(
                condition=both_or_neither(Q(handled_at=None), Q(handled_by=None)), name="dissatisfaction_handled_by_somebody"
            ),
            models.CheckConstraint(condition=both_or_neither(Q(opinion=""), Q(opinion_at=None)), name="dissatisfaction_opinion_has_time"),
        ]
        # Links and standards are counted from the index alone: the rows lie scattered, long texts among them.
        indexes = [models.Index(fields=["store", "answered_on", "link", "standard"], name="dissatisfaction_counted")]

    def __str__(self):
        return f"{self.response_id} {self.link}"


class OemSurvey(models.Model):
    """What the manufacturer's survey of a month says of an advisor or consultant (S0, S3 1.3). Imported; a newer file overwrites it."""

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+")
    month = models.DateField(help_text="its first day")
    audience = models.CharField(max_length=8, choices=Questionnaire.Audience.choices)
    person = models.ForeignKey(**PERSON)
    n = models.PositiveIntegerField(null=True, help_text="sample size; null: the file does not say")
    rate = models.PositiveSmallIntegerField(null=True, help_text="落实率 in hundredths of a percent; null: the file does not say")
    answers = models.JSONField(default=list, help_text='[[question, 1–10 or "yes" or "no"], …] in the order of the file')

    objects = InStore.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "month", "audience", "person"], name="oem_survey_once"),
            models.CheckConstraint(condition=Q(month__day=1), name="oem_survey_month"),
            models.CheckConstraint(condition=Q(rate=None) | Q(rate__lte=10_000), name="oem_survey_rate"),
            models.CheckConstraint(condition=Q(n=None) | Q(n__gt=0), name="oem_survey_sample"),
        ]

    def __str__(self):
        return f"{self.month} {self.audience} {self.person_id}"

    @property
    def share(self) -> float | None:
        """落实率 as a fraction."""
        return None if self.rate is None else self.rate / 10_000


from csi.models_invitations import CounterScreen, Invitation  # noqa: E402, F401  the app's other models
