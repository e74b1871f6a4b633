"""A store in which no table is empty and every personal column holds a canary (tests/canaries.py)."""

from datetime import timedelta

from django.core.files.uploadedfile import SimpleUploadedFile

from complaints import actions as complaints
from complaints import actions_feedback
from complaints.actions import open_complaint
from complaints.actions_feedback import open_feedback
from complaints.evidence import add_file, keep
from complaints.models import Complaint
from core import audit, clock, outbox, seal
from core.models import Allowance, OutboxMessage, SentForm, Webhook
from csi import counter
from csi.models import Answer, Dissatisfaction, Invitation, OemSurvey, Question, Response
from customers.actions import create_customer, create_vehicle
from customers.models import Customer, Phone, Vehicle
from desk.models import ImportRemark, ImportRun, LearnedColumn
from followups import caps
from followups.models import Attempt, CallSheet, Drawing, FollowUp, Looked, PlanOverride, Served, Verified
from lounge import actions_waiting as lounge
from lounge.models import DutyChange, Excuse, PayPercentages, SampleMonth
from reports.actions_plans import end_plan, make_plan, review_plan
from reports.models import Counted, MeasureDone, OutsideNumbers, SheetSignature, Target
from reports.periods import WEEK, containing
from reports.quarters import first_day
from staff import screens
from staff.actions import create_user
from staff.models import Region, Store
from tests.canaries import Canaries
from tests.samples import World
from visits.models import OrderItem, OrderPart, ScopeChange, ServiceOrder, StepTaken


class Everything(World):
    """samples of tests/samples.py, with canaries in them. Make it once for a store; then its attributes are there."""

    def __init__(self, store: Store):
        self.canaries = c = Canaries()
        self.password = "pass-word-1"
        owner = create_user(username=c.latin(), name=c.word(), store=store, role="advisor", password=self.password)
        owner.email = f"{c.latin()}@example.com"
        owner.save()
        super().__init__(store, owner)
        self.now = clock.now() - timedelta(minutes=5)  # old enough to be sealed
        store.region = Region.objects.create(name="测试大区")
        store.save()
        self._archive()
        self._visits()
        self._calls()
        self._duties()
        self._complaints()
        self._lounge()
        self._reports()
        self._imports()
        self._house()

    def _archive(self):
        c, today = self.canaries, self.store.today()
        self.customer = create_customer(store=self.store, name=c.word(), phones=[c.phone()], by=self.owner)
        Customer.objects.filter(pk=self.customer.pk).update(
            birthday=c.date(), region=c.word(), address=c.word(), occupation=c.word(), trade=c.word(), licence_expires_on=c.date(),
            wishes=c.word(), note=c.word(),
        )  # fmt: skip
        self.phone = self.customer.phones.get()
        Phone.objects.filter(pk=self.phone.pk).update(
            label=c.word(), reason=c.word(), number=f"+86{(number := c.phone())}", tail=number[::-1], validity="valid"
        )
        self.vehicle = create_vehicle(store=self.store, owner=self.customer, plate=c.plate(), vin=c.vin(), by=self.owner)
        Vehicle.objects.filter(pk=self.vehicle.pk).update(recall=c.word(), next_maintenance_on=today)
        for thing in (self.customer, self.phone, self.vehicle):
            thing.refresh_from_db()

    def _visits(self):
        c = self.canaries
        for order in (self.order, self.delivered_order):
            ServiceOrder.objects.filter(pk=order.pk).update(
                contact_name=c.word(), contact_phone=c.phone(), plate_then=c.plate(), words=c.word(), note=c.word()
            )
            order.technicians.add(self.owner)
        OrderItem.objects.filter(pk=self.item.pk).update(text=c.word())
        OrderPart.objects.filter(pk=self.part.pk).update(name=c.word(), origin=c.word())
        StepTaken.objects.create(order=self.order, step="reception", by=self.owner, checklist=["mileage"])
        ScopeChange.objects.create(order=self.order, what=c.word(), extra_fen=100, consent="phone", by=self.owner)
        for record in (self.delivery, self.appointment):
            type(record).objects.filter(pk=record.pk).update(note=c.word())

    def _calls(self):
        c = self.canaries
        CallSheet.objects.filter(pk=self.sheet.pk).update(draft={"words": c.word(), "number": c.phone()})
        followup = FollowUp.objects.get(sheet=self.sheet)
        FollowUp.objects.filter(pk=followup.pk).update(words=c.word())
        attempt = Attempt.objects.create(
            store=self.store, sheet=self.sheet, customer=self.customer, phone=self.phone, number=c.phone(), own_line=c.phone(),
            outcome="no_answer", words=c.word(), by=self.owner, on=self.store.today(), half_day="am", token="everything",
        )  # fmt: skip
        Served.objects.create(attempt=attempt, followup=followup)
        Response.objects.filter(pk=self.response.pk).update(words=c.word())
        assert self.questions_draft.draft
        question = Question.objects.filter(version=self.response.version).first()
        Answer.objects.create(response=self.response, question=question, score=2)
        Dissatisfaction.objects.create(
            store=self.store, response=self.response, answered_on=self.response.answered_on, link="service", words=c.word(), cause=c.word(), measure=c.word(),
            opinion="so_so", opinion_words=c.word(), opinion_at=self.now,
        )  # fmt: skip
        Invitation.objects.filter(pk=self.invitation.pk).update(draft={"words": c.word()}, drafted_at=self.now)
        counter.show(
            screen=self.screen,
            invitation=self.invitation,
            by=create_user(username=c.latin(), name=c.word(), store=self.store, role="caller"),
        )
        row = caps.build(
            store=self.store, customer_id=self.customer.pk, plan="run_in", occasion="delivery 1", reason="contacts", now=self.now
        )
        caps.note([row])
        PlanOverride.objects.create(store=self.store, plan="service", due_minutes=4320)
        month = self.store.today().replace(day=1)
        Looked.objects.create(store=self.store, month=month)
        reason = {"n": 1, "satisfied": 1, "sample": [self.response.pk], "left_out": {}}
        Drawing.objects.create(store=self.store, month=month, caller=self.owner, seed=2**47, reason=reason)
        Verified.objects.create(store=self.store, followup=followup, took_place=True, was_asked=False, is_right=True, by=self.owner)
        OemSurvey.objects.create(
            store=self.store, month=self.store.today().replace(day=1), audience="service", person=self.owner, n=20, rate=8804,
            answers=[[c.word(), 8.5], [c.word(), "yes"]],
        )  # fmt: skip

    def _duties(self):
        c = self.canaries
        SampleMonth.objects.create(store=self.store, month=self.sample.month, drawn_at=self.now)
        PayPercentages.objects.create(store=self.store, reward=500, deduction=300, by=self.owner)
        about = {"store": self.store, "person": self.owner, "reason": c.word(), "by": self.owner}
        Excuse.objects.create(month=self.sample.month, audience="service", **about)
        DutyChange.objects.create(kind="taken_back", verdict=self.sample.verdict, before=self.duty.starts_on, **about)

    def _complaints(self):
        c = self.canaries
        stranger = open_complaint(
            store=self.store, channel="web", link="service", words=c.word(), complainant=c.word(), contact=c.phone(), by=self.owner
        )
        self.complaint = open_complaint(
            store=self.store, channel="phone", link="quality", words=c.word(), demands=c.word(), customer=self.customer,
            vehicle=self.vehicle, order=self.delivered_order, by=self.owner,
        )  # fmt: skip
        next_at = clock.now() + timedelta(days=1)
        for row in (stranger, self.complaint):
            Complaint.objects.filter(pk=row.pk).update(handler=self.owner)
            complaints.reply(complaint=row, method="phone", told=c.word(), words=c.word(), next_at=next_at, number=c.phone(), by=self.owner)
        complaints.save_settings(store=self.store, goodwill_limit_fen=50_000, first_reply="staffed", by=self.owner)
        self.evidence = add_file(
            complaint=self.complaint, upload=SimpleUploadedFile(f"{c.word()}.png", b"\x89PNG\r\n\x1a\n0"), by=self.owner
        )
        complaints.resolve(
            complaint=stranger, cause=c.word(), solution=c.word(), result=c.word(), measure=c.word(), method="phone", told=c.word(), by=self.owner
        )  # fmt: skip

        self.suggestion = open_feedback(
            store=self.store, kind="suggestion", channel="web", words=c.word(), customer=self.customer, vehicle=self.vehicle, giver=c.word(),
            contact=c.phone(), plate=c.plate(), about=c.word(), by=self.owner,
        )  # fmt: skip
        actions_feedback.acknowledge(feedback=self.suggestion, method="phone", told=c.word(), by=self.owner)
        actions_feedback.evaluate(feedback=self.suggestion, is_adopted=True, reason=c.word(), by=self.owner)
        self.suggestion_file = keep(
            upload=SimpleUploadedFile(f"{c.word()}.png", b"\x89PNG\r\n\x1a\n1"), at=self.now, by=None, feedback=self.suggestion
        )

    def _lounge(self):
        c = self.canaries
        lounge.save_settings(store=self.store, drinks="热茶\n咖啡", by=self.owner)
        waiting = lounge.add_waiting(store=self.store, name=c.word(), why="companion", by=self.owner)
        lounge.serve(waiting=waiting, drink="热茶", seen=0, by=self.owner)
        lounge.do_request(request=lounge.note_request(waiting=waiting, text=c.word(), by=self.owner), by=self.owner)
        lounge.answer_question(store=self.store, question=c.word(), answer=c.word(), waiting=waiting, by=self.owner)
        facts = {"name": c.word(), "contact": c.phone(), "model": c.word(), "words": c.word()}
        lounge.notice_prospect(store=self.store, waiting=waiting, person=self.owner, by=self.owner, **facts)
        self.order.waits_in_lounge = True
        self.order.save(update_fields=["waits_in_lounge"])
        lounge.ask_advisor(waiting=lounge.seat(order=self.order, by=self.owner), text=c.word(), by=self.owner)

    def _reports(self):
        c = self.canaries
        self.plan = make_plan(
            store=self.store, about="item", audience="service", code="price", period=containing(self.store.today()), cause=c.word(),
            measure=c.word(), person=self.owner, due_on=self.store.today(), by=self.owner,
        )  # fmt: skip
        topic = make_plan(
            store=self.store, about="topic", code="price", standard="fair", period=containing(self.store.today()), cause=c.word(),
            measure=c.word(), person=self.owner, due_on=self.store.today(), by=self.owner,
        )  # fmt: skip
        review_plan(plan=topic, words=c.word(), by=self.owner)
        said = Dissatisfaction.objects.filter(store=self.store).first()
        MeasureDone.objects.create(store=self.store, dissatisfaction=said, done_on=self.store.today(), by=self.owner, words=c.word())
        SheetSignature.objects.create(
            store=self.store,
            department="service",
            week=containing(self.store.today(), WEEK).first,
            by=self.owner,
            content={"complaint 1": "0"},
        )
        Target.objects.create(store=self.store, quarter=first_day(self.store.today()), figure="nps", person=self.owner, value=5500)
        end_plan(plan=topic, is_carried_out=True, result=c.word(), by=self.owner)

    def _imports(self):
        c = self.canaries
        run = self.rejected_row.run
        ImportRun.objects.filter(pk=run.pk).update(
            filename=f"{c.word()}.csv", data=bytes(range(256)) + c.word().encode(), problem=c.word(),
            unknown_columns=[c.word()], learned={c.word(): "name"},
            sheets={c.word(): {"names": ["工单号", c.word()], "columns": {"number": [0], "name": [1]}, "is_1904": False}},
        )  # fmt: skip
        ImportRemark.objects.filter(pk=self.rejected_row.pk).update(
            sheet=c.word(), column=c.word(), value=c.word(), reasons=[[c.word(), "the order number is missing", {}]], cells=["", c.word()]
        )
        LearnedColumn.objects.create(store=self.store, kind="service_orders", header=c.word(), field="name")

    def _house(self):
        self.message_to(self.owner)
        self.absence, self.calendar_day, self.letter  # noqa: B018  made when first asked for
        OutboxMessage.objects.create(
            store_code=self.store.code, occasion="dead 1", stage="told", recipient="user 0", topic="demo_welcome", status="dead",
            params={"n": 1, "share": 0.25, "list": [None, True, "\\n\t\"'"], "large": 1e22},
        )  # fmt: skip
        c = self.canaries
        # A message to the group that is tried, and refused before anybody is called; and one that was given up.
        Webhook.objects.filter(pk=self.webhook.pk).update(url=f"https://127.0.0.1:1/{c.latin()}?key={c.latin()}", secret=c.latin())
        self.webhook.refresh_from_db()
        outbox.to_group(self.webhook, occasion="everything", stage="told", topic="complaint_late", params={"number": "C1"}).save()
        assert self.undelivered.pk
        screens.make(store=self.store, name="休息室", by=self.owner)
        SentForm.objects.create(key="0" * 64, location="/")
        Allowance.objects.create(key="0" * 64, used=1, until=clock.now() + timedelta(hours=1))
        Counted.objects.create(store=self.store, kind="month", first=self.store.today().replace(day=1))
        OutsideNumbers.objects.create(store=self.store, month=self.store.today().replace(day=1), local_vehicles=12_500, profit_share=5_425)
        audit.record("everything.made", by=self.owner, store=self.store, subject=self.customer, zeta=1, alpha=[1.0, 2.5])
        seal.seal_new(clock.now() + timedelta(minutes=10))
