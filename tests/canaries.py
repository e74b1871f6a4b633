"""Which columns hold somebody's data, and values for them that are found again wherever they turn up.

Every column that can hold text, a file or a person's dates stands in PERSONAL or HARMLESS: a new one has to be put into one of them.
"""

import html
import json
from datetime import date
from pathlib import Path
from urllib.parse import quote, unquote_plus

from django.apps import apps
from django.db import models

from core import names

WORD = "鸑鷟"  # two characters that stand nowhere else
DIGITS = "1990007"
LATIN = "zqxvkwjhb"  # as long as this, for four letters come about in random tokens now and then

# A robot's address is nobody's data, but as much of a secret.
PERSONAL = {
    "core.Webhook": {"url", "secret"},
    "staff.User": {"username", "name", "name_key", "email"},
    "customers.Customer": {
        "name", "name_hex", "name_pinyin", "name_initials", "birthday", "region", "address", "occupation", "trade", "licence_expires_on",
        "wishes", "note",
    },
    "customers.Phone": {"number", "tail", "label", "reason"},
    "customers.Vehicle": {"plate", "plate_tail", "vin", "vin_tail", "recall"},
    "visits.ServiceOrder": {"contact_name", "contact_phone", "plate_then", "words", "note"},
    "visits.ScopeChange": {"what"},
    "visits.OrderItem": {"text"},
    "visits.OrderPart": {"name", "origin"},
    "visits.NewCarDelivery": {"note"},
    "visits.Appointment": {"note"},
    "csi.Invitation": {"draft"},
    "csi.Response": {"words"},
    "csi.Dissatisfaction": {"words", "cause", "measure", "opinion_words"},
    "csi.OemSurvey": {"answers"},
    "complaints.Complaint": {"complainant", "contact", "words", "demands", "cause", "solution", "result", "measure"},
    "complaints.Entry": {"words", "told", "number"},
    "complaints.Evidence": {"name"},
    "complaints.Feedback": {"giver", "contact", "plate", "about", "words", "reason"},
    "complaints.FeedbackEntry": {"words", "told"},
    "lounge.Waiting": {"name"},
    "lounge.Request": {"text"},
    "lounge.Question": {"question", "answer"},
    "lounge.Prospect": {"name", "contact", "model", "words"},
    "lounge.Excuse": {"reason"},
    "lounge.DutyChange": {"reason"},
    "reports.ImprovementPlan": {"cause", "measure", "result"},
    "reports.PlanEntry": {"words"},
    "reports.MeasureDone": {"words"},
    "followups.CallSheet": {"draft"},
    "followups.FollowUp": {"words"},
    "followups.Attempt": {"number", "own_line", "words"},
    "desk.ImportRun": {"filename", "data", "problem", "sheets", "learned", "unknown_columns"},
    "desk.ImportRemark": {"sheet", "column", "value", "reasons", "cells"},
    "desk.LearnedColumn": {"header"},
}  # fmt: skip

# Codes, names of things, ids, and sentences of our own; passwords are hashes.
HARMLESS = {
    "core.AuditEvent": {"store_code", "verb", "subject", "details"},
    "core.AuditSeal": {"digest"},
    "core.OutboxMessage": {"store_code", "occasion", "stage", "recipient", "channel", "topic", "params", "path", "status", "error"},
    "core.Webhook": {"store_code", "preset", "heading", "kinds"},
    "core.SentForm": {"key", "location"},
    "core.Allowance": {"key"},
    "core.SweepState": {"name", "holder", "counts", "error"},
    "staff.Region": {"name"},
    "staff.Store": {"code", "name", "brand", "hotline", "time_zone"},
    "staff.WeekdayHours": {"kind"},
    "staff.CalendarDay": {"date", "name"},
    "staff.User": {"password"},
    "staff.Membership": {"role"},
    "staff.Screen": {"name", "word"},
    "staff.Absence": {"kind", "starts_on", "ends_on"},
    "customers.Customer": {"kind", "gender", "source", "tier", "tier_check_on", "by_hand"},
    "customers.Phone": {"validity", "confirmed_on"},
    "customers.Vehicle": {
        "model", "status", "purchased_on", "insurance_until", "warranty_until", "next_maintenance_on", "by_hand",
    },
    "customers.Ownership": {"since", "until"},
    "visits.ServiceOrder": {"number", "kind", "source", "step", "received_on", "delivered_on", "next_maintenance_on", "origin", "by_hand"},
    "visits.StepTaken": {"step", "checklist"},
    "visits.ScopeChange": {"consent"},
    "visits.OrderItem": {"result", "remind_on"},
    "visits.OrderPart": {"made_on", "warranty_until"},
    "visits.NewCarDelivery": {"delivered_on", "origin"},
    "visits.Appointment": {"kind", "status"},
    "csi.Questionnaire": {"code", "audience", "name_zh", "name_en"},
    "csi.QuestionnaireVersion": {"status", "draft"},
    "csi.Question": {"code", "scale", "link", "factor", "asked_if", "asked_when", "text_zh", "text_en"},
    "csi.Invitation": {"occasion", "key"},
    "csi.CounterScreen": {"name", "key"},
    "csi.Response": {"audience", "occasion", "channel", "answered_on"},
    "csi.Dissatisfaction": {"answered_on", "link", "standard", "opinion"},
    "csi.OemSurvey": {"month", "audience"},
    "complaints.ComplaintSettings": {"first_reply", "department_reply", "instruction", "revisit"},
    "complaints.Complaint": {
        "number", "channel", "department", "link", "standard", "severity", "status", "received_on", "approval", "closing", "token",
    },
    "complaints.Clock": {"kind", "due_on", "why"},
    "complaints.Entry": {"kind", "status", "cause", "method", "token"},
    "complaints.Evidence": {"file", "media_type"},
    "complaints.NumberSeries": {"prefix"},
    "complaints.Feedback": {"number", "kind", "channel", "status", "received_on", "token"},
    "complaints.FeedbackClock": {"act", "why"},
    "complaints.FeedbackEntry": {"kind", "status", "method", "token"},
    "followups.PlanOverride": {"plan"},
    "followups.Looked": {"month"},
    "followups.Suppression": {"plan", "occasion", "reason", "on"},
    "followups.Drawing": {"month", "reason"},
    "followups.CallSheet": {"audience", "tier"},
    "followups.FollowUp": {"plan", "occasion", "due_on", "status", "outcome"},
    "followups.Attempt": {"outcome", "on", "half_day", "token"},
    "lounge.LoungeSettings": {"drinks"},
    "lounge.Waiting": {"why", "drink"},
    "lounge.Question": {"on"},
    "lounge.Prospect": {"on"},
    "lounge.SampleMonth": {"month"},
    "lounge.Sample": {"month", "audience", "reason"},
    "lounge.SampleRank": {"result"},
    "lounge.Verdict": {"month", "audience", "outcome", "interviews", "decided_on"},
    "lounge.Excuse": {"month", "audience"},
    "lounge.Duty": {"starts_on", "ends_on"},
    "lounge.DutyChange": {"kind", "before", "after"},
    "reports.Changed": {"day"},
    "reports.OutsideNumbers": {"month"},
    "reports.ImprovementPlan": {"about", "audience", "code", "standard", "kind", "first", "due_on", "status", "ended_on"},
    "reports.PlanEntry": {"kind", "due_on"},
    "reports.MeasureDone": {"done_on"},
    "reports.SheetSignature": {"department", "week", "content"},
    "reports.Target": {"quarter", "figure", "role"},
    "reports.Counted": {"kind", "first", "totals", "people"},
    "desk.ImportRun": {"kind", "status", "holder"},
    "desk.ImportRemark": {"what", "status"},
    "desk.LearnedColumn": {"kind", "field"},
}  # fmt: skip

TELLING = (models.CharField, models.TextField, models.JSONField, models.BinaryField, models.DateField, models.FileField)


def telling_columns(of) -> set[str]:
    """'app.Model.column' for each column of these models that can hold somebody's data; moments do not count."""
    return {
        f"{model._meta.label}.{field.name}"
        for model in of
        for field in model._meta.concrete_fields
        if isinstance(field, TELLING) and not isinstance(field, models.DateTimeField)
    }


def own_models():
    root = Path(__file__).resolve().parent.parent
    return [model for config in apps.get_app_configs() if Path(config.path).parent == root for model in config.get_models()]


def classified(*tables: dict[str, set[str]]) -> list[str]:
    return sorted(f"{label}.{name}" for table in tables for label, columns in table.items() for name in columns)


class Canaries:
    """Values to plant. Each is unlike every other, so that what is found tells where it comes from."""

    def __init__(self):
        self.planted = 0

    @property
    def _next(self) -> int:
        self.planted += 1
        return self.planted

    def word(self) -> str:
        return f"{WORD}{self._next:03}"

    def latin(self) -> str:
        return f"{LATIN}{self._next:03}"

    def phone(self) -> str:
        return f"{DIGITS}{self._next:04}"

    def plate(self) -> str:
        return f"渝ZQ{self._next:04}"

    def vin(self) -> str:
        return f"LZXWV1990007{self._next:05}"

    def date(self) -> date:
        return date(1931, 7, 1 + self._next % 28)


# In every form in which a value can be written down, search keys included.
NEEDLES = [
    WORD, names.hexed(WORD), "yuezhuo", DIGITS, DIGITS[::-1], LATIN, "LZXWV199", "渝ZQ", "1931-07-", "1931年7月",
]  # fmt: skip


def found_in(text: str) -> list[str]:
    """The needles that stand in it, as they are or written as for addresses, in JSON or in HTML."""
    readings = [text, unquote_plus(text), html.unescape(text), unquote_plus(html.unescape(text))]
    spelled = [(needle, form) for needle in NEEDLES for form in {needle, json.dumps(needle)[1:-1], repr(needle.encode())[2:-1], quote(needle),
                                                                needle.encode("unicode_escape").decode()}]  # fmt: skip
    lower = [reading.lower() for reading in readings]
    return sorted({needle for needle, form in spelled if any(form.lower() in reading for reading in lower)})
