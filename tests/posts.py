"""For every address that takes a POST: what a person would send there. A new one gets a line, or tests/test_double_submit.py fails.

`page` is where the form stands (the address itself when it is empty), `typed` what the person fills in or taps, on top of what the
form holds. `kind`:
    act     makes or changes something; sent ten times at once it has one effect
    edit    an act on a record that two people may have open: `other` is what the second one types
    look    shows something confidential: every look is written down, so ten are ten
    read    writes nothing
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from django.core import signing
from django.urls import reverse

from complaints import actions as complaints
from complaints import actions_feedback, public
from complaints.models import Complaint, Feedback
from core import clock
from csi import counter
from desk.imports import corrections, runs
from desk.models import ImportRemark, ImportRun
from followups.models import CallSheet
from lounge import actions_waiting as lounge
from lounge.actions import set_percentages
from lounge.models import Request
from reports.models import Target
from reports.periods import WEEK, add_months, containing
from reports.quarters import first_day
from staff.actions import create_user
from staff.models import Membership
from tests.samples import World, question
from visits.actions import set_waits_in_lounge
from visits.models import Appointment, ServiceOrder

Typed = dict[str, str] | Callable[[World, object], dict[str, str]]
CSV = "工单号,客户姓名,车牌号,进店日期\nRO5,张三,渝A55555,2026-10-05 10:00\n".encode()


@dataclass(frozen=True)
class Post:
    kind: str
    typed: Typed = field(default_factory=dict)
    page: str | Callable[[World, object], str] = ""
    other: Typed | None = None
    having: dict[str, str] = field(default_factory=dict)
    before: Callable[[World, object], dict | None] = lambda world, user: None
    bare: bool = False  # sent by a script, not by a form of a page
    file: tuple[str, str, bytes] | None = None


def at(name: str, sample: str, query: str = "") -> Callable[[World, object], str]:
    return lambda world, user: reverse(name, args=[getattr(world, sample).pk]) + query


def stands(step: str, **changes) -> Callable[[World, object], None]:
    """The sample order is at that step."""

    def move(world: World, user) -> None:
        ServiceOrder.objects.filter(pk=world.order.pk).update(step=step, **changes)

    return move


def promised(world: World, user) -> None:
    assert world.promise.pk


def tomorrow(hour: int) -> str:
    return f"{clock.now() + timedelta(days=2):%Y-%m-%d}T{hour:02d}:00"


def cancelled(world: World, user) -> None:
    Appointment.objects.filter(pk=world.appointment.pk).update(status="cancelled")


def claimed(world: World, user) -> None:
    until = clock.now() + timedelta(minutes=5)
    CallSheet.objects.filter(pk=world.sheet.pk).update(claimed_by=user, claimed_until=until, claims=1)


def in_queue(world: World, user) -> None:
    assert world.sheet.pk


def preview(world: World, user) -> dict:
    return {"pk": runs.add(store=world.store, kind="service_orders", filename="orders.csv", data=CSV, by=user).pk}


def rejected(world: World, user) -> dict:
    run = ImportRun.objects.create(
        store=world.store, kind="service_orders", filename="orders.csv", status="done", finished_at=world.now, rejected=1,
        sheets={"": {"names": ["工单号", "客户姓名", "车牌号", "进店日期"], "columns": {"number": [0], "name": [1], "plate": [2], "received_at": [3]},
                     "is_1904": False}},
    )  # fmt: skip
    reasons = [["工单号", "the order number is missing", {}]]
    cells = ["", "张三", "渝A55555", "2026-10-05 10:00"]
    remark = ImportRemark.objects.create(run=run, what="reject", row=2, column="工单号", reasons=reasons, cells=cells)
    return {"pk": run.pk, "row": remark.pk}


def left(world: World, user) -> None:
    corrections.mark(run=world.rejected_row.run, row=None, is_needed=False, by=user)


def paid(world: World, user) -> None:
    set_percentages(store=world.store, reward=500, deduction=300, by=user)


def brought(world: World, user) -> None:
    assert world.sheet.pk
    ServiceOrder.objects.filter(pk=world.delivered_order.pk).update(contact_name="李姐", contact_phone="+8613900007777")


def with_phone(world: World, user) -> None:
    assert world.phone.pk


def with_message(world: World, user) -> None:
    world.message_to(user)


def with_webhook(world: World, user) -> None:
    assert world.webhook.pk


def with_targets(world: World, user) -> None:
    """Of the quarter before: to be taken over."""
    quarter = add_months(first_day(world.store.today()), -3)
    Target.objects.create(store=world.store, quarter=quarter, figure="satisfaction_rate", value=9700)


def with_measure(world: World, user) -> dict:
    """A complaint that has been resolved: its measure is open."""
    for name, facts in (SIGNED, SOLVED):
        getattr(complaints, name)(complaint=world.complaint, by=user, **facts)
    return {"department": "service"}


def paired(world: World) -> bool:
    return bool(world.counter_cookie)


def on_the_counter(world: World, user) -> dict:
    """The tablet shows the sample's questions."""
    assert paired(world)
    counter.show(screen=world.screen, invitation=world.invitation, by=user)
    return {}


ASKING = at("followups:invitation", "followup")


def with_undelivered(world: World, user) -> None:
    assert world.undelivered.pk


ROBOT = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa"
SIGNED = ("sign", {})
HEARD = ("first_reply", {"method": "phone", "told": "已收到"})
WAITING = ("wait", {"words": "等客户来店"})
ASKED = ("ask_approval", {"fen": 100_000, "words": "返工两次"})
SOLVED = ("resolve", {"cause": "漏装", "solution": "重装", "result": "已好", "measure": "加检", "method": "phone", "told": "已修好"})
SATISFIED = ("record_revisit", {"answer": "satisfied"})


def complained(act: str, *done: tuple[str, dict], **changes) -> Callable[[World, object], dict]:
    """The sample complaint, on which that has been done so far; act: what is to be done next."""

    def make(world: World, user) -> dict:
        Complaint.objects.filter(pk=world.complaint.pk).update(**changes)
        for name, facts in done:
            getattr(complaints, name)(complaint=world.complaint, by=user, **facts)
        return {"pk": world.complaint.pk, "act": act}

    return make


def beside(role: str, before: Callable[[World, object], dict]) -> Callable[[World, object], dict]:
    """Somebody else who can sign in has that role."""

    def make(world: World, user) -> dict:
        create_user(username=f"{role}{world.store.pk}", name="赵六", store=world.store, role=role, password="pass-word-1")
        return before(world, user)

    return make


def takes_over(world: World, user) -> dict:
    """Somebody else handles it: nobody takes over what is theirs."""
    arguments = complained("take_over", SIGNED)(world, user)
    other = create_user(username=f"other{world.store.pk}", name="赵六", store=world.store, role="service_manager", password="pass-word-1")
    Complaint.objects.filter(pk=world.complaint.pk).update(handler=other)
    return arguments


def decides(world: World, user) -> dict:
    Membership.objects.create(user=user, store=world.store, role="regional")
    return complained("approve", ASKED)(world, user)


ARRIVED = ("acknowledge", {"method": "phone", "told": "已收到"})
DECIDED = ("evaluate", {"is_adopted": True, "reason": "下月加装"})


def suggested(act: str, *done: tuple[str, dict], **changes) -> Callable[[World, object], dict]:
    """The sample suggestion, on which that has been done so far."""

    def make(world: World, user) -> dict:
        Feedback.objects.filter(pk=world.suggestion.pk).update(**changes)
        for name, facts in done:
            getattr(actions_feedback, name)(feedback=world.suggestion, by=user, **facts)
        return {"pk": world.suggestion.pk, "act": act}

    return make


def stamped(world: World) -> str:
    """A form of the public page that was shown a minute ago: nobody writes as quickly as a test."""
    return signing.dumps([world.store.pk, clock.now().timestamp() - 60, uuid.uuid4().hex], salt=public.STAMP)


def said_by_a_stranger(kind: str) -> Typed:
    return lambda world, user: {"kind": kind, "words": "多放几个插座", "phone": "13800138000", "stamp": stamped(world)}


def wishes(world: World, user) -> None:
    lounge.note_request(waiting=lounge.seat(order=world.order, by=user), text="想要充电器", by=user)


def goes(world: World, user) -> None:
    lounge.leave(waiting=lounge.seat(order=world.order, by=user), by=user)


def at_line(act: str, *done: Callable[[World, object], None]) -> Callable[[World, object], dict]:
    """The sample order's customer sits in the lounge, and that has been done for them."""

    def make(world: World, user) -> dict:
        set_waits_in_lounge(order=world.order, waits=True, by=user)
        for one in done:
            one(world, user)
        return {"line": f"o{world.order.pk}", "act": act}

    return make


CUSTOMER, VISIT, PERSON = at("desk:customer", "customer"), at("desk:visit", "order"), at("staff:person", "owner")
MONTH = {"period": "2026-10"}

PNG = b"\x89PNG\r\n\x1a\n0"
COMPLAINT = at("complaints:complaint", "complaint")
SUGGESTION = at("complaints:suggestion", "suggestion")

SHEET = lambda world, user: f"{reverse('reports:department', args=['service'])}?period={containing(world.store.today(), WEEK).code}"  # noqa: E731
PLAN = at("reports:plan", "plan")
PLAN_OF = "period=2026-10&about=topic&code=timeliness&standard=efficiency"
PLANNED = {"cause": "周末人少", "measure": "周末加一个班", "due_on": "2027-12-30"}

POSTS: dict[str, list[Post]] = {
    "complaints:act": [
        Post("act", typed, COMPLAINT, before=before) for typed, before in [
            ({}, complained("sign")),
            ({"told": "已收到"}, complained("first_reply", SIGNED)),
            ({"told": "在查", "next_at": tomorrow(10), "number": "13800138000"}, complained("reply", SIGNED)),
            ({"cause": "漏装", "solution": "重装", "result": "已好", "measure": "加检", "told": "已修好"}, complained("resolve", SIGNED)),
            ({"words": "等客户来店"}, complained("wait", SIGNED, HEARD)),
            ({}, complained("resume", SIGNED, HEARD, WAITING)),
            ({"words": "今天回电"}, complained("instruct")),
            ({}, takes_over),
            ({"words": "请支持"}, beside("supervisor", complained("escalate"))),
            ({"words": "超出权限"}, beside("regional", complained("forward"))),
            ({"fen": "1000", "words": "返工两次"}, complained("ask")),
            ({"granted": "1"}, decides),
            ({"answer": "satisfied"}, complained("revisit", SIGNED, SOLVED)),
            ({"answer": "dissatisfied", "words": "还是响"}, complained("revisit", SIGNED, SOLVED)),
            ({}, complained("close", SIGNED, SOLVED, SATISFIED, severity="major")),
            ({"words": "客户来电"}, complained("note")),
        ]
    ],
    "complaints:add_file": [Post("act", page=COMPLAINT, file=("file", "a.png", PNG))],
    "complaints:archive": [Post("read", {"q": "张"})],
    "complaints:new": [
        Post("act", {"words": "空调不凉", "link": "quality"}, lambda w, u: f"{reverse('complaints:new')}?customer={w.customer.pk}"),
        Post("act", {"complainant": "王小明", "words": "空调不凉", "link": "quality"}, lambda w, u: f"{reverse('complaints:new')}?stranger=1"),
    ],
    "complaints:reveal_number": [Post("look", page=COMPLAINT, before=promised)],
    "complaints:reveal_contact": [Post("look", page=at("complaints:complaint", "stranger"))],
    "complaints:suggestion_reveal_contact": [Post("look", page=at("complaints:suggestion", "strangers_suggestion"))],
    "complaints:public": [Post("act", said_by_a_stranger(kind)) for kind in ("complaint", "suggestion", "praise")],
    "complaints:suggestion_new": [
        Post("act", {"words": "多放几个插座"}, lambda w, u: f"{reverse('complaints:suggestion_new')}?customer={w.customer.pk}"),
        Post("act", {"kind": "praise", "words": "师傅手艺好"}),
    ],
    "complaints:suggestion_act": [
        Post("act", typed, SUGGESTION, before=before) for typed, before in [
            ({"told": "已收到"}, suggested("acknowledge")),
            ({"is_adopted": "1", "reason": "下月加装"}, suggested("evaluate", ARRIVED)),
            ({"told": "已采纳"}, suggested("tell", ARRIVED, DECIDED)),
            ({}, suggested("pass_on", kind="praise")),
            ({"words": "客户来电"}, suggested("note")),
        ]
    ],
    "complaints:settings": [Post("edit", {"goodwill_limit": "500"}, other={"goodwill_limit": "800"})],
    "desk:appointment_change": [
        Post("edit", lambda w, u: {"act": "move", f"a{w.appointment.pk}-at": tomorrow(10)}, lambda w, u: day_of(w.appointment),
             lambda w, u: {"act": "move", f"a{w.appointment.pk}-at": tomorrow(15)}, having={}),
        Post("act", {"act": "cancel"}, lambda w, u: day_of(w.appointment)),
        Post("act", {"act": "restore"}, lambda w, u: day_of(w.appointment), before=cancelled),
    ],
    "desk:customer_edit": [Post("edit", {"address": "解放路一号"}, other={"address": "人民路二号"})],
    "desk:customer_new": [Post("act", {"customer-name": "王小明", "customer-phones": "13900001111"})],
    "desk:do_not_call": [Post("act", {"value": "1"}, CUSTOMER)],
    "desk:import_discard": [Post("act", before=preview, page="desk:import_run")],
    "csi:draft_start": [Post("act", page="csi:questionnaires")],
    "csi:version_publish": [Post("act", page=at("csi:version", "questions_draft"))],
    "csi:draft_discard": [Post("act", page=at("csi:version", "questions_draft"))],
    "csi:question_add": [Post("act", {"text_zh": "还会再来吗？", "text_en": "Will you come again?", "scale": "yes_no"})],
    "csi:question": [Post("edit", {"text_zh": "您满意吗？"}, other={"text_zh": "您有多满意？"})],
    "csi:question_act": [
        Post("act", page=at("csi:version", "questions_draft")),
        Post("act", page=at("csi:version", "questions_draft"), before=question("remove")),
    ],
    "desk:import_rejects": [Post("look", page="desk:import_run")],
    "desk:import_row": [Post("act", {"cell-0": "RO5"}, before=rejected)],
    "desk:import_rows": [
        Post("act", page="desk:import_run"),
        Post("act", page=lambda w, u: f"{reverse('desk:import_run', args=[w.rejected_row.run_id])}?show=left", before=left),
    ],
    "desk:import_run": [Post("read", bare=True)],
    "desk:import_start": [Post("act", before=preview, page="desk:import_run")],
    "desk:imports": [Post("act", {"kind": "service_orders"}, file=("file", "orders.csv", CSV))],
    "desk:inbox_read": [Post("act", page="desk:inbox", before=with_message)],
    "desk:inbox_read_all": [Post("act", page="desk:inbox", before=with_message)],
    "desk:new_appointment": [
        Post("act", lambda w, u: {"at": tomorrow(9)}, lambda w, u: f"{reverse('desk:new_appointment')}?customer={w.customer.pk}"),
        Post("act", lambda w, u: {"at": tomorrow(9)}, lambda w, u: f"{reverse('desk:new_appointment')}?vehicle={w.vehicle.pk}"),
    ],
    "desk:new_delivery": [
        Post("act", {"owner-name": "王小明", "owner-phone": "13900001111", "car-plate": "渝B54321"}),
        Post("act", {}, lambda w, u: f"{reverse('desk:new_delivery')}?vehicle={w.vehicle.pk}"),
    ],
    "desk:new_visit": [
        Post("act", {}, lambda w, u: f"{reverse('desk:new_visit')}?vehicle={w.vehicle.pk}"),
        Post("act", {"owner-name": "王小明", "owner-phone": "13900001111", "car-plate": "渝B54321"}, lambda w, u: f"{reverse('desk:new_visit')}?new=1"),
    ],
    "desk:phone_add": [Post("act", {"text": "13900002222", "label": "妻子"}, CUSTOMER)],
    "desk:phone_mark": [
        Post("edit", {"validity": "invalid", "reason": "停机"}, CUSTOMER, {"validity": "invalid", "reason": "空号已问"}, before=with_phone),
    ],
    "desk:phone_reveal": [Post("look", page=CUSTOMER, before=with_phone)],
    "desk:search": [Post("read", {"q": "张"})],
    "desk:vehicle_edit": [Post("edit", {"model": "CS75"}, other={"model": "UNI-V"})],
    "desk:vehicle_new": [Post("act", {"plate": "渝B54321"})],
    "desk:vehicle_retire": [Post("act", {"status": "scrapped"}, at("desk:vehicle_transfer", "vehicle"))],
    "desk:vehicle_transfer": [Post("edit", {"name": "新车主", "phone": "13900003333"}, other={"name": "另一位车主", "phone": "13900004444"})],
    "desk:visit_cancel": [Post("act", {"cancel-reason": "客户改期"}, VISIT)],
    "desk:visit_edit": [Post("edit", {"note": "怕冷"}, other={"note": "怕热"})],
    "desk:visit_hand_over": [Post("act", {"note": "已洗车"}, before=stands("ready"))],
    "desk:visit_item": [
        Post("act", {"result": "declined"}, VISIT, before=lambda w, u: {"pk": w.order.pk, "item": w.item.pk}),
        Post("act", {"result": "remove"}, VISIT, before=lambda w, u: {"pk": w.order.pk, "item": w.item.pk}),
    ],
    "desk:visit_item_add": [Post("act", {"item-text": "四轮定位", "item-result": "done"}, VISIT)],
    "desk:visit_part_add": [Post("act", {"part-name": "机油格"}, VISIT)],
    "desk:visit_part_remove": [Post("act", {}, VISIT, before=lambda w, u: {"pk": w.order.pk, "part": w.part.pk})],
    "desk:visit_scope": [
        Post("edit", {"what": "换刹车片", "consent": "phone"}, other={"what": "换雨刮", "consent": "phone"}, before=stands("repair", signed_at=clock.now())),
    ],
    "desk:visit_sign": [Post("act", {}, VISIT, before=stands("job_order", estimate_fen=100_00, promised_at=clock.now() + timedelta(hours=2)))],
    "desk:visit_start": [Post("act", {}, VISIT, before=stands("repair", signed_at=clock.now()))],
    "desk:visit_step": [Post("act", {"to": "diagnosis"}, VISIT)],
    "csi:counter": [Post("act", {"q-overall": "5"}, before=on_the_counter)],
    "csi:counter_leave": [Post("act", page="csi:counter", before=on_the_counter)],
    "csi:counter_pair": [Post("act")],
    "csi:screen_remove": [Post("act", page="csi:screens")],
    "csi:screens": [Post("act", {"name": "前台二号"})],
    "csi:survey": [Post("act", {"q-overall": "5", "q-nps": "10", "words": "都好"}), Post("act", {"q-overall": "4", "later": "1"}, bare=True)],
    "csi:survey_draft": [Post("act", {"q-overall": "5"}, bare=True)],
    "followups:at_counter": [
        Post("act", before=lambda w, u: {} if paired(w) and w.delivered_order.pk else None, typed=lambda w, u: {"screen": str(w.screen.pk)}),
    ],
    "followups:invitation_make": [Post("act", page=ASKING)],
    "followups:invitation_send": [Post("act", page=ASKING)],
    "followups:invitation_show": [Post("act", lambda w, u: {"screen": str(w.screen.pk)}, ASKING, before=lambda w, u: paired(w) and None)],
    "followups:invitation_withdraw": [Post("act", page=ASKING, before=lambda w, u: w.invitation and None)],
    "followups:add_contact": [Post("act", {}, at("followups:call", "sheet"), before=brought)],
    "followups:beat": [Post("act", bare=True, before=claimed)],
    "followups:call": [Post("act", lambda w, u: {"outcome": "no_answer", "phone": str(w.phone.pk)}, before=claimed)],
    "followups:card": [Post("act", {"q-index_overall": "6", "q-index_quality_1": "5", "words": "等得久"})],
    "followups:claim": [Post("act", page="followups:queue", before=in_queue)],
    "followups:draft": [Post("act", {"claim": "1", "words": "问了天气"}, bare=True, before=claimed)],
    "followups:leave": [Post("act", bare=True, before=claimed)],
    "followups:letter_sent": [Post("act", page="followups:letters", before=lambda w, u: {"pk": w.letter.pk})],
    "followups:next": [Post("act", page="followups:queue", before=in_queue)],
    "followups:plans": [Post("edit", {"due_hours": "48"}, other={"due_hours": "36"}, having={"plan": "service"})],
    "followups:release": [Post("act", page=at("followups:call", "sheet"), before=claimed)],
    "followups:reveal": [Post("look", bare=True, before=claimed)],
    "lounge:act": [
        Post("act", typed, "lounge:desk", before=before) for typed, before in [
            ({"drink": "hot tea"}, at_line("drink")),
            ({}, at_line("looked-after")),
            ({"text": "想要充电器"}, at_line("request")),
            ({"text": "问几点好", "tell": "1"}, at_line("request")),
            ({}, at_line("ask")),
            (lambda w, u: {"request": str(Request.objects.get(waiting__store=w.store).pk)}, at_line("done", wishes)),
            ({}, at_line("left")),
            ({}, at_line("back", goes)),
        ]
    ],
    "lounge:add": [
        Post("act", {"name": "王女士", "why": "companion"}, "lounge:desk"),
        Post("act", lambda w, u: {"order": str(w.order.pk)}, "lounge:desk", before=lambda w, u: w.order and None),
    ],
    "lounge:question": [Post("act", {"question": "多久换机油", "answer": "一万公里"}, "lounge:desk")],
    "lounge:prospect": [Post("act", {"name": "周先生", "words": "想换电车"}, "lounge:desk")],
    "lounge:prospect_seen_to": [Post("act", {}, "lounge:notes")],
    "lounge:payroll_export": [Post("look", bare=True, before=paid)],
    "lounge:screens": [Post("act", {"name": "休息室东墙"})],
    "lounge:screen_withdraw": [Post("act", {}, "lounge:screens")],
    "lounge:desk_settings": [Post("edit", {"drinks": "热茶\n咖啡"}, other={"drinks": "热茶\n果汁"})],
    "reports:department_export": [Post("look", {"period": "2026-W42"}, bare=True)],
    "reports:verification_plan": [
        Post("act", lambda world, user: {"period": "2026-10", "caller": str(world.response.surveyor_id or world.owner.pk)}, bare=True)
    ],
    "lounge:excuse": [Post("act", {"reason": "病假"}, at("lounge:sample", "sample"))],
    "lounge:swap": [Post("act", lambda w, u: {"other": str(w.other_duty.pk), "reason": "请假"}, at("lounge:swap", "duty"), before=lambda w, u: w.other_duty and None)],
    "lounge:settings": [Post("edit", {"reward": "5", "deduction": "3"}, other={"reward": "6", "deduction": "3"})],
    "reports:export": [Post("look", MONTH, bare=True)],
    "reports:form_export": [Post("look", MONTH, bare=True)],
    "reports:form_numbers": [Post("look", MONTH, bare=True)],
    "reports:outside": [Post("edit", {"local_vehicles": "12500"}, other={"local_vehicles": "13,000"})],
    "reports:plan_new": [
        Post("act", lambda w, u: {**PLANNED, "person": str(w.owner.pk)}, lambda w, u: f"{reverse('reports:plan_new')}?{PLAN_OF}"),
    ],
    "reports:plan_edit": [Post("edit", {"measure": "每周抽查两单"}, other={"measure": "每周抽查三单"})],
    "reports:plan_review": [Post("act", {"words": "已排班"}, PLAN)],
    "reports:plan_end": [Post("act", {"is_carried_out": "1", "result": "预约客户不再等"}, PLAN)],
    "reports:measure_done": [Post("act", {"words": "已排班"}, SHEET, before=with_measure)],
    "reports:sheet_sign": [Post("act", page=SHEET, before=lambda w, u: {"department": "service"})],
    "reports:targets": [Post("edit", {"satisfaction_rate": "97"}, other={"satisfaction_rate": "96"}, having={"callback_rate": ""})],
    "reports:targets_take_over": [Post("act", page="reports:targets", before=with_targets)],
    "staff:absence": [Post("edit", {"ends_on": "2027-12-30"}, other={"ends_on": "2027-12-31"})],
    "staff:absence_remove": [Post("act", page="staff:absences")],
    "staff:absences": [Post("act", lambda w, u: {"user": str(w.owner.pk), "kind": "leave", "starts_on": "2027-03-01", "ends_on": "2027-03-05"})],
    "staff:calendar": [Post("edit", {"opening_0": "09:00-18:00"}, other={"opening_0": "10:00-19:00"})],
    "staff:calendar_day": [Post("edit", {"name": "盘点日"}, other={"name": "店庆日"})],
    "staff:calendar_day_add": [Post("act", {"date": "2026-11-11", "name": "盘点日"}, "staff:calendar")],
    "staff:calendar_day_remove": [Post("act", bare=True)],
    "staff:calendar_year_confirm": [Post("act", bare=True)],
    "staff:calendar_year_fill": [Post("act", page="staff:calendar")],
    "staff:language": [Post("read", {"language": "en"}, bare=True)],
    "staff:login": [Post("read", lambda w, u: {"username": u.username, "password": "pass-word-1"})],
    "staff:logout": [Post("read", bare=True)],
    "staff:password": [
        Post("act", {"old_password": "pass-word-1", "new_password1": "ein-neues-Wort-7", "new_password2": "ein-neues-Wort-7"}),
    ],
    "staff:person_active": [Post("act", {"active": "0"}, PERSON)],
    "staff:person_add": [Post("act", {"name": "赵六", "role": "technician"}), Post("act", lambda w, u: {
        "name": "钱七", "role": "caller", "username": f"qianqi{w.store.pk}", "password": "ein-neues-Wort-7"})],
    "staff:person_password": [
        Post("act", lambda w, u: {"username": f"lisi{w.store.pk}", "password": "ein-neues-Wort-7"}, PERSON),
    ],
    "staff:person_rename": [Post("edit", {"name": "李四新"}, PERSON, {"name": "李四改"})],
    "staff:role_give": [Post("act", {"role": "sales"}, PERSON)],
    "staff:role_take": [Post("act", {"role": "advisor"}, PERSON)],
    "staff:notifications": [
        Post("edit", {"preset": "wecom", "url": ROBOT, "kinds": "complaints_late"}, other={"preset": "wecom", "url": f"{ROBOT}1", "kinds": "calls_late"}),
        Post("act", {"preset": ""}, before=with_webhook),
    ],
    "staff:store": [Post("edit", {"hotline": "023-1111 1111"}, other={"hotline": "023-2222 2222"})],
    "staff:switch_store": [Post("read", lambda w, u: {"store": str(w.store.pk)}, bare=True)],
    "staff:undelivered_put_away": [Post("act", page="staff:undelivered")],
    "staff:undelivered_put_away_all": [Post("act", page="staff:undelivered", before=with_undelivered)],
    "staff:undelivered_resend": [Post("act", page="staff:undelivered")],
    "staff:undelivered_resend_all": [Post("act", page="staff:undelivered", before=with_undelivered)],
    "staff:webhook_test": [Post("act", page="staff:notifications", before=with_webhook)],
}  # fmt: skip


def day_of(appointment) -> str:
    return f"{reverse('desk:appointments')}?day={appointment.store.local_date(appointment.at).isoformat()}"


def typed_by(typed: Typed, world: World, user) -> dict[str, str]:
    return typed(world, user) if callable(typed) else typed
