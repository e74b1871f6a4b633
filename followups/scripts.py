"""What the caller says (话术): S3 2.1.2, 2.2, annexes 1 and 2, with the names filled in. Chinese, as it is spoken. Pure."""

from dataclasses import dataclass
from datetime import date

from followups.planning import Plan

# S3 2.2 g iii: never answered to a complaint.
FORBIDDEN = ("真的吗", "不可能", "你确定吗")
APOLOGIES = ("很抱歉。", "对不起。", "对我同事的行为向您道歉。", "请讲。", "您说，我在认真记录。", "让我同事打电话向您道歉好吗？")
ADVICE = (
    "您认为我们的服务工作还存在哪些不足，能为我们指出吗？",
    "您的意见对我们改善服务很重要。",
    "谢谢您的宝贵意见，我会立即转告我的同事。",
)
TOPICS = ("态度", "维修质量", "等候时间", "建议")  # S4

PURPOSES: dict[str, str] = {
    Plan.SALE_CARE: "您刚提了新车，想问候一下您路上是否顺利、车辆用着是否习惯",
    Plan.SALE_FIRST: "想了解一下您购车的感受和用车情况",
    Plan.SALE_WEEK: "您提车快一周了，想关心一下您的用车情况",
    Plan.RUN_IN: "您的新车快到走合保养的时候了，想提醒您预约",
    Plan.SERVICE: "想对您{when}的{work}做一个简单的回访",
    Plan.RECOVERY: "听说您上次对我们的服务不满意，我专门打电话向您道歉，并听听您的意见",
    Plan.RECHECK: "您之前反映的问题，想了解一下处理后您是否满意",
    Plan.COMPLAINT: "您投诉的问题我们已经处理，想了解一下您对处理结果是否满意",
    Plan.VERIFICATION: "为了把回访工作做好，想跟您核对一下我们同事上次的电话",
    Plan.IMPLEMENTATION: "我们每个月随机抽取几位客户，想请您核实几项服务是否都做到了",
}
WORK = {
    "maintenance": "保养",
    "first_maintenance": "首次保养",
    "overhaul": "大修",
    "accident": "事故车维修",
    "rework": "返修",
    "warranty": "索赔维修",
    "recall": "召回检修",
}
TEMPLATES = {"ordinary": "普通客户", "vip": "VIP 客户", "corporate": "企业客户", "overhaul": "大修客户"}


@dataclass(frozen=True)
class Facts:
    """addressed: '张先生'. plans: what is owed, soonest due first. served_days_ago, bought_days_ago: whole local days since the
    hand-over after service, of the new car; None without one."""

    addressed: str
    store: str
    brand: str
    hotline: str
    caller: str
    plans: tuple[str, ...]
    model: str = ""
    kind: str = ""
    served_days_ago: int | None = None
    bought_days_ago: int | None = None
    is_vip: bool = False
    is_company: bool = False
    next_maintenance_on: date | None = None
    next_maintenance_km: int | None = None


@dataclass(frozen=True)
class Script:
    """What is said, in the order of the call; apologies, advice and forbidden are the same for everybody."""

    template: str
    greeting: str
    consent: str
    opening: str
    dissatisfied: str
    refusal: str
    thanks: str
    next_maintenance: str
    closing: str
    apologies: tuple[str, ...] = APOLOGIES
    advice: tuple[str, ...] = ADVICE
    forbidden: tuple[str, ...] = FORBIDDEN
    topics: tuple[str, ...] = TOPICS

    @property
    def template_name(self) -> str:
        return TEMPLATES[self.template]


def template_of(facts: Facts) -> str:
    """Which template: VIP before corporate before overhaul before ordinary."""
    if facts.is_vip:
        return "vip"
    if facts.is_company:
        return "corporate"
    return "overhaul" if facts.kind == "overhaul" else "ordinary"


def _ago(days: int | None) -> str:
    if days is None:
        return "上次"
    return {0: "今天", 1: "昨天", 2: "前天"}.get(days, f"{days}天前")


def purposes(facts: Facts) -> list[str]:
    work = WORK.get(facts.kind, "维修")
    return [PURPOSES[plan].format(when=_ago(facts.served_days_ago), work=work) for plan in facts.plans]


def script(facts: Facts) -> Script:
    kind = template_of(facts)
    honour = "尊敬的" if kind == "vip" else ""
    house = facts.store if not facts.brand or facts.brand in facts.store else f"{facts.brand}汽车{facts.store}"
    desk = "服务顾问" if facts.plans and facts.plans[0] == Plan.RECOVERY else "用户关系中心客服专员"
    greeting = f"您好！{honour}{facts.addressed}，我是{house}{desk}{facts.caller}。{'；'.join(purposes(facts))}。"
    minutes = {"corporate": "占用您两三分钟，也请您代表贵单位说说", "vip": "只占用您两三分钟"}.get(kind, "可能需要占用您几分钟时间")
    phone = f"，我们的电话是 {facts.hotline}" if facts.hotline else ""
    return Script(
        template=kind,
        greeting=greeting,
        consent=f"请问您现在方便接受我们的回访吗？{minutes}。",
        opening=_opening(facts, kind),
        dissatisfied="很抱歉！能否请教您为什么不满意？我做一下记录，方便我们改善工作。",
        refusal=f"打扰了。如果您有需要，请和我们联系{phone}。再见！",
        thanks="谢谢您的宝贵意见，我一定转告我的同事。感谢您一直以来对我们的支持！",
        next_maintenance=_next_maintenance(facts),
        closing=f"如果您有任何需要，欢迎拨打我们的服务热线{' ' + facts.hotline if facts.hotline else ''}。再见！",
    )


def _opening(facts: Facts, kind: str) -> str:
    if Plan.RECOVERY in facts.plans:
        return "请您说说当时的情况，我认真记录，马上为您处理。"
    if Plan.SERVICE in facts.plans:
        if kind == "overhaul":
            return "这次大修以后，车辆用着怎么样？故障彻底排除了吗？请问您对我们这次维修服务满意吗？"
        return "请问您对我们这次维修服务满意吗？"
    if Plan.SALE_FIRST in facts.plans:
        return f"您{_ago(facts.bought_days_ago)}在我们公司购买了{'一辆' + facts.model if facts.model else '新车'}，用着还习惯吗？我想请教您几个问题。"
    if Plan.COMPLAINT in facts.plans:
        return "您投诉的问题解决了吗？您对我们的处理结果满意吗？"
    if Plan.VERIFICATION in facts.plans:
        return "请问我们的同事前些天给您打过回访电话吗？当时问过您满不满意吗？"
    if Plan.IMPLEMENTATION in facts.plans:
        return "下面几个问题，请您按当时的实际情况回答“是”或“否”，没有经历过的跳过就可以。"
    if Plan.RECHECK in facts.plans:
        return "我们的同事和您联系过了吗？现在您对处理的结果满意吗？"
    return "车辆用着怎么样？有什么需要我们帮忙的吗？"


def _next_maintenance(facts: Facts) -> str:
    on, km = facts.next_maintenance_on, facts.next_maintenance_km
    if not on and not km:
        return ""
    when = f"{on.year}年{on.month}月{on.day}日" if on else ""
    distance = f"{km:,} 公里" if km else ""
    return f"提醒您：下次保养是{'或'.join(part for part in (when, distance) if part)}，到时欢迎您提前预约。"


def survey_message(invitation, visited_on: date | None, address: str) -> str:
    """The text message that a colleague sends: Chinese, as everything that is said to customers."""
    when = f"{visited_on.month}月{visited_on.day}日" if visited_on else "近日"
    what = "来店维修保养" if invitation.order_id else "提了新车"
    until = invitation.expires_at.astimezone(invitation.store.tz)
    return (
        f"【{invitation.store.name}】{invitation.customer.addressed}，您好！您{when}{what}，想请您用两分钟谈谈感受，无需登录：{address} "
        f"（{until.month}月{until.day}日前有效）"
    )
