"""What was carried out (落实率, S0): yes or no about an advisor's or consultant's own work, asked of the customers drawn for a month.

Advisors: the eight steps of S2. Consultants: what the manufacturer asks about them (S3 1.3.1). ◆ Wording ours. There is no overall question:
what counts is done or not done, and what does not apply is left out.
"""

from csi.models import Scale

IMPLEMENTATION = {"service": "implementation-service", "sales": "implementation-sales"}


def _done(code: str, text_zh: str, text_en: str) -> dict:
    return {"code": code, "scale": Scale.YES_NO, "text_zh": text_zh, "text_en": text_en}


WORDS = {"code": "words", "scale": Scale.TEXT, "text_zh": "客户补充说明", "text_en": "What the customer added"}

SERVICE_QUESTIONS = [
    _done("done_appointment", "预约：预约到店的，时间是否按您的需要安排，并提前提醒过您？", "Appointment: was the time arranged to suit you, and were you reminded of it?"),
    _done("done_greeted", "接待：到店后，服务顾问是否马上主动出来迎接您？", "Reception: did the advisor come out to receive you at once?"),
    _done("done_covers", "接待：服务顾问是否当着您的面给爱车套上三件套？", "Reception: were covers put on your car while you were there?"),
    _done("done_walk_round", "诊断：服务顾问是否和您一起环车检查，并记录您描述的故障？", "Diagnosis: did the advisor walk round the car with you and write down what you said?"),
    _done("done_estimate", "制单：施工前是否说明了维修项目、预计费用和交车时间？", "Job order: were work, expected costs and time of hand-over explained before the work?"),
    _done("done_signed", "制单：委托书是否请您确认并签字？", "Job order: were you asked to confirm and sign the order?"),
    _done("done_consent", "维修：增加项目或延时前，是否先征得您的同意？", "Repair: were you asked before anything was added or delayed?"),
    _done("done_informed", "维修：等候期间，是否告知过您维修进度？", "Repair: were you told how the work was getting on while you waited?"),
    _done("done_inspected", "质检：交车前车辆是否洗净、复检并一次修好？", "Inspection: was the car washed, checked, and right the first time?"),
    _done("done_on_time", "交车：是否按约定时间交车？", "Delivery: was the car ready when promised?"),
    _done("done_bill", "交车：是否陪您验车，并逐项解释维修内容和结算费用？", "Delivery: did the advisor check the car with you and explain work and bill item by item?"),
    _done("done_called", "回访：交车后三天内是否有人回访过您？", "Follow-up: were you called within three days?"),
    WORDS,
]  # fmt: skip

SALES_QUESTIONS = [
    _done("done_manner", "销售顾问着装整齐、佩戴胸牌，并主动接待您了吗？", "Was the consultant neatly dressed with a name tag, and did they approach you?"),
    _done("done_needs", "销售顾问是否询问过您的用车需求，并提供了车型资料？", "Were you asked what you need the car for, and given brochures?"),
    _done("done_test_drive", "销售顾问是否主动邀请您试乘试驾？", "Were you invited to a test drive?"),
    _done("done_charges", "付款前是否讲清了收费金额包含的内容？", "Was it explained what the amount charged contains before you paid?"),
    _done("done_delivered_on_time", "是否按约定的时间交车？", "Was the car handed over on time?"),
    _done("done_clean", "交车时车辆是否整洁明亮？", "Was the car clean and bright at the hand-over?"),
    _done("done_controls", "交车时是否详细介绍了新车的操控和功能？", "Were the car's controls and functions explained in detail at the hand-over?"),
    _done("done_maintenance", "是否完整说明了首次保养和日后保养的内容？", "Were the first and the later maintenance explained in full?"),
    _done("done_warranty", "是否提醒过您保修期限和保修范围？", "Were you told the period and scope of the warranty?"),
    _done("done_introduced", "交车时是否向您介绍过服务顾问和维修站地址？", "Were you introduced to a service advisor, and told where the workshop is?"),
    _done("done_called_after", "交车后销售顾问是否回访过您？", "Has the consultant been in touch since the hand-over?"),
    WORDS,
]  # fmt: skip
