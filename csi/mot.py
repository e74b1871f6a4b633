"""MOT standards (S2) below each link of domain §5: what exactly failed. (code, Chinese, English)"""

from csi.models import Link

STANDARDS: dict[str, list[tuple[str, str, str]]] = {
    Link.SERVICE: [
        ("proactive", "服务主动性", "taking the initiative"),
        ("conduct", "言行规范性", "words and conduct"),
        ("consistency", "服务一致性", "the same service every time"),
        ("listening", "倾听与解答", "listening and answering"),
        ("attitude", "态度热情", "friendly attitude"),
        ("expertise", "解答专业性", "expert answers"),
    ],
    Link.QUALITY: [
        ("diagnosis", "故障诊断能力", "diagnosis"),
        ("repair", "维修能力", "repair skill"),
        ("care", "车辆保持措施", "care of the car"),
        ("fixed_first", "故障一次解决", "fixed the first time"),
        ("prevention", "隐患预防", "warning of hidden faults"),
        ("explained", "维修工作的解释", "explaining the work done"),
    ],
    Link.PRICE: [
        ("fair", "收费合理性", "reasonable charges"),
        ("bill_explained", "结算清单解释", "explaining the bill"),
        ("benefits", "优惠政策", "benefits and discounts"),
        ("necessity", "解释维修保养必要性", "explaining why work is needed"),
    ],
    Link.TIMELINESS: [
        ("reception_wait", "接待等候", "waiting at reception"),
        ("efficiency", "服务效率", "efficiency"),
        ("promised_time", "按时交车", "ready when promised"),
        ("answers", "答复及时性", "timely answers"),
    ],
    Link.ENVIRONMENT: [
        ("lounge", "休息区舒适", "comfort of the lounge"),
        ("clean", "环境整洁", "clean surroundings"),
        ("access", "进出与停车便利", "access and parking"),
    ],
    Link.OTHER: [],
}


def label(link: str, code: str, english: bool = False) -> str:
    return next(((en if english else zh) for c, zh, en in STANDARDS.get(link, []) if c == code), code)
