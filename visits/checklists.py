"""The checklists of the steps (S2, "达成客户满意的关键环节"): what makes each step right in the customer's eyes.

Data, not interface text: both languages stand here. The codes are kept with the step that was taken and never reused.
"""

from dataclasses import dataclass

from django.utils.translation import get_language

from visits.models import Step


@dataclass(frozen=True)
class Point:
    code: str
    zh: str
    en: str

    def __str__(self) -> str:
        return self.en if (get_language() or "").startswith("en") else self.zh


# What is ticked before leaving the step.
CHECKLISTS: dict[str, tuple[Point, ...]] = {
    Step.RECEPTION: (
        Point("greeted", "一分钟内接待，叫出老客户姓名，新客户递名片", "Greeted within a minute, by name; a new customer got a card"),
        Point("listened", "认真听取并复述客户要求", "Listened to the customer and repeated the request"),
        Point("offers", "介绍近期服务活动", "Told about current service offers"),
    ),
    Step.DIAGNOSIS: (
        Point("covers", "当面铺好四件套，提示保管贵重物品", "Protective covers laid in front of the customer; valuables reminded of"),
        Point("walk_round", "邀请客户一同环车检查，问题立即告知", "Walked round the car together; findings told at once"),
        Point(
            "test_drive",
            "异响、振动、制动、跑偏等故障陪同试车确认",
            "Noise, vibration, brakes, pulling: confirmed on a test drive together",
        ),
        Point("warranty_told", "属于保修的项目主动告知", "Told which items are under warranty"),
    ),
    Step.JOB_ORDER: (
        Point("parts_checked", "查询备件库存和价格并告知", "Parts in stock and prices checked and told"),
        Point("estimate", "预估备件费、工时费和完工时间", "Parts, labour and finishing time estimated"),
        Point("discount", "告知会员及优惠幅度", "Told the member's discount"),
        Point("explained", "逐项解释委托书，客户签字", "Job order explained line by line and signed"),
        Point("lounge", "请客户到休息区并送上茶水", "Shown to the lounge and offered a drink"),
    ),
    Step.REPAIR: (
        Point("protected", "车辆保护、清洁，文明作业", "The car protected and kept clean"),
        Point("progress_told", "向等待的客户通报进度", "The waiting customer told about progress"),
        Point("changes_agreed", "项目、费用、时间有变先征得客户同意", "Changes of work, price or time agreed first"),
        Point("old_parts", "客户付费更换的旧件包好放回约定位置", "Replaced parts wrapped and put where agreed"),
    ),
    Step.INSPECTION: (
        Point("self_check", "技师自检记录完整", "The technician's own check is recorded"),
        Point("nothing_missed", "核对作业内容和免费项目，无漏项", "Work and free items compared: nothing missed"),
        Point("fault_gone", "检验员确认故障已解决", "The inspector confirmed that the fault is gone"),
        Point("washed", "车辆清洁，门窗锁好，车头朝向离去方向", "Washed, locked, parked facing the way out"),
    ),
    Step.READY: (
        Point("papers_ready", "交车文件备好，实际费用与预估核对", "Papers ready; the bill compared with the estimate"),
        Point("shown", "陪同验车，逐项说明作业，展示旧件", "Shown the car, the work and the old parts"),
        Point("bill_explained", "陪同结算并解释费用", "Went along to the till and explained the bill"),
        Point("next_told", "告知下次保养时间和里程及用车建议", "Told the next maintenance and advice on use"),
        Point("callback_agreed", "约定回访时间", "Agreed on a time for the callback"),
        Point("seen_off", "当面取下四件套，目送离开", "Covers removed in front of the customer; seen off"),
    ),
}


def of(step: str) -> tuple[Point, ...]:
    return CHECKLISTS.get(step, ())


def known(step: str, codes: list[str]) -> list[str]:
    """Those of the codes that are on the step's list, in its order."""
    return [point.code for point in of(step) if point.code in codes]


def texts(codes: list[str]) -> list[str]:
    return [str(point) for points in CHECKLISTS.values() for point in points if point.code in codes]
