"""One object of every kind in a store, and for each address with arguments what to put in.

A new address with arguments gets a line in ARGUMENTS: a function of the World and the signed-in user where an argument names a
record (the matrix then also tries it from another store, which must find nothing), a plain dict where it does not.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import cached_property

from django.core.files.uploadedfile import SimpleUploadedFile

from complaints import public
from complaints.actions import open_complaint
from complaints.actions_feedback import open_feedback
from complaints.evidence import add_file, keep
from complaints.models import Entry
from core import clock, months
from core.models import OutboxMessage, Webhook
from csi import counter, editor, links, questionnaires
from csi.models import Questionnaire, QuestionnaireVersion, Response
from customers.actions import create_customer, create_vehicle
from customers.models import Phone
from desk.models import ImportRemark, ImportRun
from followups import asking
from followups.models import CallSheet, FollowUp
from lounge import actions_waiting as lounge
from lounge.halves import half_of
from lounge.models import Duty, Sample, SampleRank, Verdict
from reports.actions_plans import make_plan
from reports.periods import containing
from staff import screens
from staff.models import Absence, CalendarDay, Store, User
from visits.models import Appointment, NewCarDelivery, OrderItem, OrderPart, ServiceOrder


class World:
    """A store's sample objects, each made when first asked for."""

    def __init__(self, store: Store, owner: User):
        """owner: the person whose own order, appointment and call these are."""
        self.store, self.owner = store, owner
        self.now = clock.now()

    @cached_property
    def customer(self):
        return create_customer(store=self.store, name="张三", phones=["13800138000"], by=self.owner)

    @cached_property
    def phone(self) -> Phone:
        return self.customer.phones.get()

    @cached_property
    def vehicle(self):
        return create_vehicle(store=self.store, owner=self.customer, plate="渝A12345", vin="LSVAA49J132047371", by=self.owner)

    @cached_property
    def order(self):
        return ServiceOrder.objects.create(
            store=self.store, number="RO1", vehicle=self.vehicle, customer=self.customer, advisor=self.owner,
            received_at=self.now, received_on=self.store.local_date(self.now),
        )  # fmt: skip

    @cached_property
    def delivered_order(self):
        received = self.now - timedelta(hours=6)
        delivered = self.now - timedelta(hours=3)
        return ServiceOrder.objects.create(
            store=self.store, number="RO0", vehicle=self.vehicle, customer=self.customer, advisor=self.owner, step="delivered",
            received_at=received, received_on=self.store.local_date(received),
            delivered_at=delivered, delivered_on=self.store.local_date(delivered),
        )  # fmt: skip

    @cached_property
    def item(self):
        return OrderItem.objects.create(order=self.order, result=OrderItem.Result.DONE, text="机油更换")

    @cached_property
    def part(self):
        return OrderPart.objects.create(order=self.order, name="机油滤清器")

    @cached_property
    def delivery(self):
        return NewCarDelivery.objects.create(
            store=self.store, vehicle=self.vehicle, customer=self.customer, consultant=self.owner,
            delivered_at=self.now, delivered_on=self.store.local_date(self.now),
        )  # fmt: skip

    @cached_property
    def appointment(self):
        at = self.now + timedelta(days=1)
        return Appointment.objects.create(store=self.store, customer=self.customer, vehicle=self.vehicle, advisor=self.owner, at=at)

    @cached_property
    def sheet(self):
        due = self.now + timedelta(days=1)
        sheet = CallSheet.objects.create(store=self.store, customer=self.customer, next_at=self.now, due_at=due)
        FollowUp.objects.create(
            store=self.store, plan="service", occasion=f"order {self.delivered_order.pk}", sheet=sheet, customer=self.customer,
            vehicle=self.vehicle, order=self.delivered_order, started_at=self.now - timedelta(hours=3), opens_at=self.now - timedelta(hours=1), due_at=due,
            due_on=self.store.local_date(due), next_at=self.now,
        )  # fmt: skip
        return sheet

    @cached_property
    def followup(self):
        """Of the sheet: what it would ask can be asked by link."""
        return FollowUp.objects.get(sheet=self.sheet)

    @cached_property
    def invitation(self):
        return asking.invite(followup=FollowUp.objects.select_related(*asking.RELATED).get(pk=self.followup.pk), by=self.owner)

    @cached_property
    def screen(self):
        return counter.add_screen(store=self.store, name="前台一号", by=self.owner)

    @cached_property
    def counter_cookie(self) -> str:
        """Of the screen's tablet."""
        return counter.pair(screen=self.screen)

    @cached_property
    def response(self):
        version = questionnaires.current("service-callback")
        return Response.objects.create(
            store=self.store, version=version, audience="service", occasion="followup 9", customer=self.customer, vehicle=self.vehicle,
            order=self.delivered_order, advisor=self.owner, answered_at=self.now, answered_on=self.store.local_date(self.now), is_unhappy=False,
        )  # fmt: skip

    @cached_property
    def questionnaire(self) -> Questionnaire:
        """Shared by all stores, as every questionnaire; one for each world, so that they do not meet in one draft."""
        code = self.store.code.lower()
        found = Questionnaire.objects.create(code=f"drive-{code}", audience="service", name_zh="试驾回访", name_en="Test drive")
        texts = {"text_zh": "试驾满意吗？", "text_en": "How was the test drive?"}
        questions = [{"code": f"drive_{code}_{n}", "scale": "yes_no", **texts} for n in (1, 2)]
        version = questionnaires.draft_version(questionnaire=found, questions=questions, by=self.owner)
        questionnaires.publish_version(version=version, by=self.owner)
        return found

    @cached_property
    def questions_draft(self) -> QuestionnaireVersion:
        return editor.start_draft(questionnaire=self.questionnaire, by=self.owner)

    @cached_property
    def complaint(self):
        return open_complaint(
            store=self.store, channel="phone", link="quality", words="空调不凉", customer=self.customer, vehicle=self.vehicle, by=self.owner
        )

    @cached_property
    def promise(self) -> Entry:
        """The number for the next contact, on the complaint's timeline."""
        return Entry.objects.create(
            complaint=self.complaint, by=self.owner, kind="replied", status="in_hand", level=2, method="phone", told="在查",
            next_at=self.now + timedelta(days=1), number="13800138000",
        )  # fmt: skip

    @cached_property
    def stranger(self):
        """Of somebody who has no file."""
        return open_complaint(
            store=self.store, channel="phone", link="quality", words="空调不凉", complainant="李四", contact="13800138000", by=self.owner
        )

    @cached_property
    def evidence(self):
        upload = SimpleUploadedFile("a.png", b"\x89PNG\r\n\x1a\n0")
        return add_file(complaint=self.complaint, upload=upload, by=self.owner)

    @cached_property
    def suggestion(self):
        return open_feedback(
            store=self.store, kind="suggestion", channel="in_store", words="多放几个插座", customer=self.customer, vehicle=self.vehicle,
            by=self.owner,
        )  # fmt: skip

    @cached_property
    def strangers_suggestion(self):
        return open_feedback(
            store=self.store,
            kind="suggestion",
            channel="in_store",
            words="多放几个插座",
            giver="李四",
            contact="13800138000",
            by=self.owner,
        )

    @cached_property
    def suggestion_file(self):
        return keep(upload=SimpleUploadedFile("b.png", b"\x89PNG\r\n\x1a\n0"), at=self.now, by=None, feedback=self.suggestion)

    @cached_property
    def plan(self):
        """Of the owner."""
        return make_plan(
            store=self.store, about="item", audience="service", code="price", period=containing(self.store.today()), cause="报价不清",
            measure="先报价后施工", person=self.owner, due_on=self.store.today() + timedelta(days=14), by=self.owner,
        )  # fmt: skip

    @cached_property
    def waiting(self):
        return lounge.add_waiting(store=self.store, name="王女士", why="companion", by=self.owner)

    @cached_property
    def prospect(self):
        return lounge.notice_prospect(store=self.store, name="周先生", words="想换电车", by=self.owner)

    @cached_property
    def lounge_screen(self):
        return screens.make(store=self.store, name="休息室", by=self.owner)

    @cached_property
    def sample(self):
        """Of the owner: the month before last's, with a verdict that it was not passed."""
        month = months.add(self.store.today(), -2)
        sample = Sample.objects.create(
            store=self.store,
            month=month,
            audience="service",
            person=self.owner,
            wanted=5,
            seed=1,
            reason={"visits": 1, "customers": 1, "left_out": {}},
        )
        SampleRank.objects.create(sample=sample, rank=1, customer=self.customer, order=self.delivered_order)
        Verdict.objects.create(
            store=self.store, sample=sample, month=month, audience="service", person=self.owner, outcome="not_passed", interviews=[[1, 1, 4, 4]] * 3,
            place=1, seed=1, decided_on=months.month_after(month).replace(day=10),
        )  # fmt: skip
        return sample

    @cached_property
    def duty(self):
        """Of the owner, not begun."""
        half = half_of(self.store.today()).next
        return Duty.objects.create(
            store=self.store, person=self.owner, starts_on=half.starts_on, ends_on=half.ends_on, verdict=self.sample.verdict
        )

    @cached_property
    def other_duty(self):
        """Of another advisor, half a month later."""
        other = User.objects.create(username=f"duty-{self.store.code}", name="李五")
        half = half_of(self.store.today()).next.next
        sample = Sample.objects.create(
            store=self.store,
            month=self.sample.month,
            audience="service",
            person=other,
            wanted=5,
            seed=1,
            reason={"visits": 0, "customers": 0},
        )
        verdict = Verdict.objects.create(
            store=self.store, sample=sample, month=sample.month, audience="service", person=other, outcome="not_passed",
            interviews=[[1, 1, 4, 4]] * 3, place=2, seed=1, decided_on=self.store.today(),
        )  # fmt: skip
        return Duty.objects.create(store=self.store, person=other, starts_on=half.starts_on, ends_on=half.ends_on, verdict=verdict)

    @cached_property
    def rejected_row(self):
        run = ImportRun.objects.create(
            store=self.store, kind="service_orders", filename="orders.csv", status="done", finished_at=self.now, rejected=1,
            sheets={"": {"names": ["工单号", "客户姓名"], "columns": {"number": [0], "name": [1]}, "is_1904": False}},
        )  # fmt: skip
        return ImportRemark.objects.create(
            run=run, what="reject", row=2, column="工单号", reasons=[["工单号", "the order number is missing", {}]], cells=["", "张三"]
        )

    @cached_property
    def letter(self):
        return OutboxMessage.objects.create(
            store_code=self.store.code, occasion="order 1", stage="letter", recipient=f"customer {self.customer.pk}",
            channel=OutboxMessage.Channel.LETTER, topic="demo_welcome",
        )  # fmt: skip

    @cached_property
    def webhook(self):
        """Its address is refused before anybody is called."""
        return Webhook.objects.create(
            store_code=self.store.code, preset="dingtalk", url="https://127.0.0.1:1/robot/send?access_token=0", secret="SEC0",
            heading="测试店", kinds=["complaints_late"],
        )  # fmt: skip

    @cached_property
    def undelivered(self):
        return OutboxMessage.objects.create(
            store_code=self.store.code, occasion="dead 2", stage="told", recipient=f"store {self.store.code}", channel="webhook",
            topic="demo_welcome", status="dead", error="HTTP 502", attempts=8,
        )  # fmt: skip

    def message_to(self, user):
        return OutboxMessage.objects.get_or_create(
            store_code=self.store.code, occasion=f"test {user.pk}", stage="told", recipient=f"user {user.pk}", user=user,
            defaults={"topic": "demo_welcome", "status": "sent", "sent_at": self.now},
        )[0]  # fmt: skip

    @cached_property
    def absence(self):
        return Absence.objects.create(user=self.owner, store=self.store, kind="day_off", starts_on=self.store.today() + timedelta(days=30))

    @cached_property
    def calendar_day(self):
        return CalendarDay.objects.get_or_create(store=self.store, date=self.store.today() + timedelta(days=40))[0]


Arguments = dict | Callable[[World, User], dict]


def of(name: str) -> Callable[[World, User], dict]:
    """pk: the sample of that name."""
    return lambda world, user: {"pk": getattr(world, name).pk}


def question(act: str = "") -> Callable[[World, User], dict]:
    """The first question of the draft, and what is done with it."""
    acted = {"act": act} if act else {}
    return lambda world, user: {"pk": world.questions_draft.pk, "code": world.questions_draft.draft[0]["code"], **acted}


ARGUMENTS: dict[str, Arguments] = {
    "csi:draft_start": of("questionnaire"),
    "csi:version": of("questions_draft"),
    "csi:version_publish": of("questions_draft"),
    "csi:draft_discard": of("questions_draft"),
    "csi:preview": lambda world, user: {"pk": world.questions_draft.pk, "screen": "phone"},
    "csi:question_add": of("questions_draft"),
    "csi:question": question(),
    "csi:question_act": question("down"),
    "followups:questionnaire": of("questions_draft"),
    "complaints:complaint": of("complaint"),
    "complaints:print": of("complaint"),
    "complaints:add_file": of("complaint"),
    "complaints:file": lambda world, user: {"pk": world.complaint.pk, "file": world.evidence.pk},
    "complaints:reveal_number": lambda world, user: {"pk": world.complaint.pk, "entry": world.promise.pk},
    "complaints:reveal_contact": of("stranger"),
    "complaints:act": lambda world, user: {"pk": world.complaint.pk, "act": "note"},
    "complaints:suggestion": of("suggestion"),
    "complaints:suggestion_act": lambda world, user: {"pk": world.suggestion.pk, "act": "note"},
    "complaints:suggestion_reveal_contact": of("strangers_suggestion"),
    "complaints:suggestion_file": lambda world, user: {"pk": world.suggestion.pk, "file": world.suggestion_file.pk},
    "complaints:public": lambda world, user: {"code": world.store.code},
    "complaints:thanks": lambda world, user: {"code": world.store.code, "reference": public.reference(world.suggestion)},
    "desk:customer": of("customer"),
    "desk:customer_edit": of("customer"),
    "desk:phone_add": of("customer"),
    "desk:do_not_call": of("customer"),
    "desk:vehicle_new": of("customer"),
    "desk:phone_mark": of("phone"),
    "desk:phone_reveal": of("phone"),
    "desk:vehicle": of("vehicle"),
    "desk:vehicle_edit": of("vehicle"),
    "desk:vehicle_transfer": of("vehicle"),
    "desk:vehicle_retire": of("vehicle"),
    "desk:visit": of("order"),
    "desk:visit_step": of("order"),
    "desk:visit_sign": of("order"),
    "desk:visit_start": of("order"),
    "desk:visit_edit": of("order"),
    "desk:visit_scope": of("order"),
    "desk:visit_item_add": of("order"),
    "desk:visit_item": lambda world, user: {"pk": world.order.pk, "item": world.item.pk},
    "desk:visit_part_add": of("order"),
    "desk:visit_part_remove": lambda world, user: {"pk": world.order.pk, "part": world.part.pk},
    "desk:visit_hand_over": of("order"),
    "desk:visit_cancel": of("order"),
    "desk:visit_print_order": of("order"),
    "desk:visit_print_bill": of("order"),
    "desk:delivery": of("delivery"),
    "desk:appointment_change": of("appointment"),
    "desk:import_template": {"kind": "service_orders"},
    "desk:import_run": lambda world, user: {"pk": world.rejected_row.run_id},
    "desk:import_start": lambda world, user: {"pk": world.rejected_row.run_id},
    "desk:import_discard": lambda world, user: {"pk": world.rejected_row.run_id},
    "desk:import_rejects": lambda world, user: {"pk": world.rejected_row.run_id},
    "desk:import_rows": lambda world, user: {"pk": world.rejected_row.run_id},
    "desk:import_row": lambda world, user: {"pk": world.rejected_row.run_id, "row": world.rejected_row.pk},
    "desk:inbox_read": lambda world, user: {"pk": world.message_to(user).pk},
    "csi:survey": lambda world, user: {"token": links.token(world.invitation)},
    "csi:survey_draft": lambda world, user: {"token": links.token(world.invitation)},
    "csi:survey_thanks": lambda world, user: {"token": links.token(world.invitation)},
    "csi:counter_pair": lambda world, user: {"token": counter.pairing_token(world.screen)},
    "csi:screen_remove": of("screen"),
    "followups:invitation": of("followup"),
    "followups:invitation_make": of("followup"),
    "followups:invitation_send": of("followup"),
    "followups:invitation_withdraw": of("followup"),
    "followups:invitation_show": of("followup"),
    "followups:letter_sent": of("letter"),
    "followups:call": of("sheet"),
    "followups:card": lambda world, user: {"record": "order", "pk": world.delivered_order.pk, "code": "service-index"},
    "followups:claim": of("sheet"),
    "followups:release": of("sheet"),
    "followups:leave": of("sheet"),
    "followups:beat": of("sheet"),
    "followups:draft": of("sheet"),
    "followups:add_contact": of("sheet"),
    "followups:reveal": lambda world, user: {"pk": world.sheet.pk, "phone_pk": world.phone.pk},
    "lounge:act": lambda world, user: {"line": f"w{world.waiting.pk}", "act": "looked-after"},
    "lounge:prospect_seen_to": of("prospect"),
    "lounge:on_screen": lambda world, user: {"key": screens.key_of(world.lounge_screen)},
    "lounge:screen_withdraw": of("lounge_screen"),
    "lounge:sample": of("sample"),
    "lounge:excuse": of("sample"),
    "lounge:swap": of("duty"),
    "reports:response": of("response"),
    "reports:department": {"department": "service"},
    "reports:department_export": {"department": "service"},
    "reports:measure_done": {"department": "service"},
    "reports:sheet_sign": {"department": "service"},
    "reports:form": {"number": 4},
    "reports:form_numbers": {"number": 4},
    "reports:form_export": {"number": 4},
    "reports:my_rows": {"code": "satisfaction_rate"},
    "reports:plan": of("plan"),
    "reports:plan_edit": of("plan"),
    "reports:plan_review": of("plan"),
    "reports:plan_end": of("plan"),
    "reports:rows": {"code": "satisfaction_rate"},
    "staff:absence": of("absence"),
    "staff:absence_remove": of("absence"),
    "staff:person": lambda world, user: {"pk": world.owner.pk},
    "staff:person_rename": lambda world, user: {"pk": world.owner.pk},
    "staff:role_give": lambda world, user: {"pk": world.owner.pk},
    "staff:role_take": lambda world, user: {"pk": world.owner.pk},
    "staff:person_password": lambda world, user: {"pk": world.owner.pk},
    "staff:person_active": lambda world, user: {"pk": world.owner.pk},
    "staff:undelivered_resend": of("undelivered"),
    "staff:undelivered_put_away": of("undelivered"),
    "staff:calendar_day": of("calendar_day"),
    "staff:calendar_day_remove": of("calendar_day"),
    "staff:calendar_year_fill": {"year": 2026},
    "staff:calendar_year_confirm": {"year": 2026},
}

# What an address needs after its question mark.
QUERIES = {"reports:rows": "period=2026-10", "reports:my_rows": "period=2026-10"}
