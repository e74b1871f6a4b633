"""Questionnaires that a customer fills in on paper: the five factors of the service index (S1; items of S2), and what the manufacturer
asks about (S3 1.3), where its 实施率 items are yes or no. ◆ Wording ours, from those items."""

from csi.models import Factor, Scale

SERVICE_INDEX = "service-index"
OEM_SERVICE = "oem-service"
OEM_SALES = "oem-sales"


def _of(factor: str, n: int, text_zh: str, text_en: str) -> dict:
    return {"code": f"index_{factor}_{n}", "scale": Scale.TEN, "factor": factor, "text_zh": text_zh, "text_en": text_en}


def _ten(code: str, text_zh: str, text_en: str) -> dict:
    return {"code": code, "scale": Scale.TEN, "text_zh": text_zh, "text_en": text_en}


def _done(code: str, text_zh: str, text_en: str) -> dict:
    return {"code": code, "scale": Scale.YES_NO, "text_zh": text_zh, "text_en": text_en}


def _words(text_zh: str = "您还有什么意见或建议？", text_en: str = "Anything else you would like to tell us?") -> dict:
    return {"code": "words", "scale": Scale.TEXT, "text_zh": text_zh, "text_en": text_en}


SERVICE_INDEX_QUESTIONS = [
    _of(Factor.INITIATION, 1, "预约简单便利", "Making an appointment was easy"),
    _of(Factor.INITIATION, 2, "预约时间能按您的需要灵活安排", "The time was arranged to suit you"),
    _of(Factor.INITIATION, 3, "到店后接待及时，手续办得快", "You were received promptly and the handover of the car was quick"),
    _of(Factor.ADVISOR, 1, "服务顾问礼貌、友好", "The advisor was polite and friendly"),
    _of(Factor.ADVISOR, 2, "服务顾问积极响应您的需求", "The advisor responded to what you asked for"),
    _of(Factor.ADVISOR, 3, "服务顾问对项目和费用讲解详细", "The advisor explained work and charges thoroughly"),
    _of(Factor.QUALITY, 1, "维修保养所花的时间合适", "The work took a reasonable time"),
    _of(Factor.QUALITY, 2, "维修保养项目一次圆满完成", "The work was completed, and right the first time"),
    _of(Factor.QUALITY, 3, "交车时车辆干净整洁、车况完好", "The car came back clean and in good condition"),
    _of(Factor.FACILITY, 1, "车辆进出、停放方便", "Driving in, out and parking was easy"),
    _of(Factor.FACILITY, 2, "店的位置便利", "The location is convenient"),
    _of(Factor.FACILITY, 3, "店内干净整洁", "The place was clean and tidy"),
    _of(Factor.FACILITY, 4, "休息区舒适（座椅、娱乐设施、茶点）", "The lounge was comfortable (seats, entertainment, refreshments)"),
    _of(Factor.PICK_UP, 1, "取车流程及时（等待、结算、取车）", "Picking up was quick (waiting, paperwork, car)"),
    _of(Factor.PICK_UP, 2, "收费合理", "The charges were fair"),
    _of(Factor.PICK_UP, 3, "取车时有工作人员协助", "Staff helped you when you picked up the car"),
    {**_ten("index_overall", "总体来说，您对这次服务的评价", "Overall, how do you rate this service visit?"), "is_overall": True},
    _words(),
]

OEM_SERVICE_QUESTIONS = [
    _ten("oem_front", "服务中心门面及车间整齐", "The service centre and its workshop look tidy"),
    _ten("oem_hours", "营业时间满足您的需求", "The opening hours suit you"),
    _ten("oem_lounge", "休息区整齐舒适", "The lounge is tidy and comfortable"),
    _ten("oem_attitude", "接待人员的态度", "The reception staff's attitude"),
    _ten("oem_received", "一进站就有人接待", "You were received as soon as you arrived"),
    _ten("oem_expertise", "接待人员专业", "The reception staff's expertise"),
    _ten("oem_appointment", "预约安排合理", "The appointment was reasonably arranged"),
    _ten("oem_waiting", "等候中的服务", "How you were looked after while waiting"),
    _ten("oem_hand_over", "完工后的验收、交车和结算", "Inspection, hand-over and bill when the work was done"),
    _ten("oem_followed_up", "跟踪回访", "The follow-up call"),
    _ten("oem_diagnosis", "能正确判断故障", "The fault was diagnosed correctly"),
    _ten("oem_repaired", "故障全部处理好", "Every fault was dealt with"),
    _ten("oem_technicians", "维修人员的态度", "The technicians' attitude"),
    _ten("oem_labour", "工时费合理", "The labour charges are fair"),
    _ten("oem_parts", "配件价格合理", "The prices of parts are fair"),
    _ten("oem_bill", "收费讲解透明", "The bill was explained openly"),
    _ten("oem_at_once", "登记后立即维修", "Work began as soon as you were registered"),
    _ten("oem_time", "维修时间合理", "The time that the work took"),
    _words(),
]

OEM_SALES_QUESTIONS = [
    _ten("oem_sign", "店面标识显著，门面装饰有吸引力", "The sign is easy to see, the front attractive"),
    _ten("oem_outside", "展厅外观整齐", "The showroom looks tidy from outside"),
    _ten("oem_inside", "展厅内整齐、舒适", "The showroom is tidy and comfortable inside"),
    _ten("oem_cars", "展厅车辆整齐，可选车型充足，资料满意", "Cars on show: tidy, enough models, good brochures"),
    _ten("oem_manner", "销售顾问的仪表、着装、态度", "The consultant's appearance, dress and attitude"),
    _ten("oem_knowledge", "销售顾问专业", "The consultant's expertise"),
    _ten("oem_viewing", "整个看车过程的感觉", "The whole experience of looking at cars"),
    _ten("oem_price", "价格合理满意", "The price is fair"),
    _ten("oem_charges", "清楚收费金额包含的内容", "You know what the amount charged contains"),
    _ten("oem_card", "支持银行卡付款", "Paying by bank card is possible"),
    _ten("oem_on_time", "按时交车", "The car was handed over on time"),
    _ten("oem_clean", "交车时车辆整洁明亮", "The car was clean and bright at the hand-over"),
    _ten("oem_controls", "销售顾问详细介绍新车操控等内容", "The consultant explained the car's controls in detail"),
    _ten("oem_maintenance", "完整说明车辆的保养维修内容", "The maintenance that the car needs was fully explained"),
    _ten("oem_called", "交车后销售顾问进行回访", "The consultant called after the hand-over"),
    _ten("oem_helped", "交车后遇到问题有专人主动帮助", "Somebody helped with problems after the hand-over"),
    _done("oem_music", "展厅有背景音乐", "There was background music in the showroom"),
    _done("oem_uniform", "展厅工作人员统一着装", "The showroom staff wore uniforms"),
    _done("oem_warranty", "提醒了保修期限和保修范围", "You were told the period and scope of the warranty"),
    _words(),
]
