"""The words of complaints: channels, states, levels, clocks (domain §5). Pure."""

from django.db.models import IntegerChoices, TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Channel(TextChoices):
    PHONE = "phone", pgettext_lazy("channel", "phone")
    IN_STORE = "in_store", _("in the store")
    LETTER = "letter", _("letter")
    MANUFACTURER = "manufacturer", _("manufacturer")
    MEDIA = "media", _("media")
    FORUM = "forum", _("internet forum")
    ASSOCIATION = "association", _("consumers' association")
    CALLBACK = "callback", _("callback")
    SURVEY = "survey", _("survey")
    WEB = "web", _("web form")
    BOX = "box", _("suggestion box")


class Severity(TextChoices):
    ORDINARY = "ordinary", _("ordinary")
    MAJOR = "major", _("major")


class Department(TextChoices):
    SERVICE = "service", pgettext_lazy("department", "service")
    SALES = "sales", pgettext_lazy("department", "sales")


class Status(TextChoices):
    RECEIVED = "received", pgettext_lazy("complaint", "received")
    ACKNOWLEDGED = "acknowledged", _("acknowledged")
    IN_HAND = "in_hand", _("in hand")
    WAITING = "waiting", _("waiting for the customer")
    RESOLVED = "resolved", _("resolved")
    REVISITED = "revisited", _("revisited, to be signed off")
    CLOSED = "closed", pgettext_lazy("complaint", "closed")
    REOPENED = "reopened", _("reopened")
    FORWARDED = "forwarded", _("forwarded to the region")


class Closing(TextChoices):
    SATISFIED = "satisfied", _("customer satisfied")
    UNREACHABLE = "unreachable", _("customer not reached")
    REFUSED = "refused", _("customer wants no call")


class Answered(TextChoices):
    """Whether it was registered from an answer that says the same of the link: reports count it among the dissatisfied answers."""

    YES = "yes", _("yes")
    NO = "no", _("no")


class Level(IntegerChoices):
    """The rungs of the ladder, from below."""

    CALLER = 1, _("caller")
    ADVISOR = 2, _("advisor or consultant")
    SUPERVISOR = 3, _("supervisor")
    MANAGER = 4, _("department manager")
    GENERAL_MANAGER = 5, _("general manager")
    REGION = 6, _("region")


class ClockKind(TextChoices):
    FIRST_REPLY = "first_reply", _("first reply")
    DEPARTMENT_REPLY = "department_reply", _("department reply")
    NEXT_CONTACT = "next_contact", _("next contact")
    INSTRUCTION = "instruction", _("instruction")
    REVISIT = "revisit", _("revisit")


class Basis(TextChoices):
    STAFFED = "staffed", _("staffed hours")
    WALL = "wall", _("wall clock")
    PROMISED = "promised", _("as promised")


class Method(TextChoices):
    PHONE = "phone", _("by phone")
    IN_PERSON = "in_person", _("in person")
    MESSAGE = "message", _("by message")
    LETTER = "letter", _("by letter")


class Approval(TextChoices):
    ASKED = "asked", _("asked for")
    GRANTED = "granted", _("granted")
    REFUSED = "refused", _("refused")


class Cause(TextChoices):
    """Why a complaint was raised one level."""

    BREACH = "breach", _("a limit has passed")
    REQUEST = "request", _("at the handler's request")
    DISSATISFIED = "dissatisfied", _("the customer is not satisfied with the solution")


class EntryKind(TextChoices):
    """What a line of the timeline tells."""

    OPENED = "opened", _("registered")
    HANDED = "handed", _("given to somebody")
    REPORTED = "reported", _("reported to the region")
    SIGNED = "signed", _("receipt signed")
    FIRST_REPLY = "first_reply", _("first reply")
    REPLIED = "replied", _("replied")
    WAITED = "waited", _("waiting for the customer")
    RESUMED = "resumed", _("taken up again")
    INSTRUCTED = "instructed", _("instruction")
    TAKEN_OVER = "taken_over", _("taken over")
    RAISED = "raised", _("raised")
    TOP = "top", _("late at the top of the ladder")
    FORWARDED = "forwarded", _("forwarded to the region")
    ASKED = "asked", _("approval of a compensation asked for")
    APPROVED = "approved", _("compensation approved")
    NOT_APPROVED = "not_approved", _("compensation not approved")
    RESOLVED = "resolved", _("resolved")
    REVISITED = "revisited", _("revisited")
    REOPENED = "reopened", _("reopened")
    CLOSED = "closed", pgettext_lazy("complaint", "closed")
    NOTED = "noted", _("note")
    EVIDENCE = "evidence", _("file added")
    WARNED = "warned", _("warned")
    BREACHED = "breached", _("limit passed")


class FeedbackKind(TextChoices):
    SUGGESTION = "suggestion", _("suggestion")
    PRAISE = "praise", _("praise")


class FeedbackStatus(TextChoices):
    RECEIVED = "received", pgettext_lazy("feedback", "received")
    ACKNOWLEDGED = "acknowledged", pgettext_lazy("feedback", "acknowledged")
    EVALUATED = "evaluated", _("evaluated, the customer is to be told")
    CLOSED = "closed", pgettext_lazy("feedback", "done")


class FeedbackAct(TextChoices):
    ACKNOWLEDGE = "acknowledge", _("Acknowledge")
    EVALUATE = "evaluate", _("Evaluate")
    TELL = "tell", _("Tell the customer")
    PASS_ON = "pass_on", _("Pass on")
    NOTE = "note", _("Add a note")


class FeedbackEntryKind(TextChoices):
    """What a line of the timeline tells."""

    RECEIVED = "received", pgettext_lazy("feedback", "received")
    ACKNOWLEDGED = "acknowledged", pgettext_lazy("feedback", "acknowledged")
    EVALUATED = "evaluated", _("evaluated")
    TOLD = "told", _("customer told")
    PASSED_ON = "passed_on", _("passed on")
    NOTED = "noted", _("note")
    WARNED = "warned", _("warned")
    BREACHED = "breached", _("limit passed")
