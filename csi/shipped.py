"""The questionnaires that come with the application (domain §6; S3 annexes 1 and 2). Chinese texts as they are asked aloud."""

from django.db import transaction

from core import clock
from csi import shipped_cards as cards
from csi import shipped_implementation as implementation
from csi.models import CALLBACKS, Link, Question, Questionnaire, QuestionnaireVersion, Scale

SERVICE_CALLBACK = CALLBACKS["service"]
SALES_CALLBACK = CALLBACKS["sales"]


def _overall(text_zh: str, text_en: str) -> dict:
    question = {"code": "overall", "scale": Scale.FIVE, "is_overall": True, "is_required": True}
    return {**question, "text_zh": text_zh, "text_en": text_en}


def _asked(code: str, link: str, text_zh: str, text_en: str) -> dict:
    return {"code": code, "scale": Scale.THREE, "link": link, "text_zh": text_zh, "text_en": text_en}


SERVICE_QUESTIONS = [
    _overall("请问您对我们这次维修服务总体满意吗？", "Overall, how satisfied are you with this service visit?"),
    _asked(
        "service",
        Link.SERVICE,
        "服务环节：接待人员的态度和专业程度您满意吗？",
        "Service: the reception staff's manner and expertise",
    ),
    _asked("quality", Link.QUALITY, "质量环节：车辆的问题彻底解决了吗？", "Quality: is the car's problem solved for good?"),
    _asked("price", Link.PRICE, "收费环节：收费合理、讲解透明吗？", "Price: are the charges fair and well explained?"),
    _asked("timeliness", Link.TIMELINESS, "及时性环节：等候和维修的时间合适吗？", "Timeliness: waiting and repair times"),
    _asked(
        "environment",
        Link.ENVIRONMENT,
        "环境环节：休息区和维修站的环境您满意吗？",
        "Environment: the lounge and the workshop's surroundings",
    ),
    _asked("other", Link.OTHER, "其它：还有别的方面让您不满意吗？", "Other: is there anything else?"),
    {
        "code": "nps",
        "scale": Scale.NPS,
        "text_zh": "您愿意把我们推荐给亲友吗？请用 0 到 10 分表示。",
        "text_en": "Would you recommend us to friends and family, from 0 to 10?",
    },
    {"code": "words", "scale": Scale.TEXT, "text_zh": "您认为我们还有哪些不足，能为我们指出吗？", "text_en": "What could we do better?"},
]

# S3 annex 1, question by question; its overall result is asked on five levels (domain §6 ◆).
SALES_QUESTIONS = [
    _asked(
        "sales_1",
        Link.ENVIRONMENT,
        "环境（接待大厅、停车场、洗手间等）整齐程度怎样？",
        "How tidy were the showroom, car park and washrooms?",
    ),
    _asked("sales_2", Link.SERVICE, "销售顾问对所销售汽车的熟悉程度怎样？", "How well did the consultant know the cars?"),
    _asked("sales_3", Link.SERVICE, "销售顾问的服务质量是否满意？", "How was the consultant's service?"),
    _asked(
        "sales_4",
        Link.SERVICE,
        "销售顾问的承诺是否全部兑现，处理书面文件及过程是否满意？",
        "Were all promises kept, and the paperwork well handled?",
    ),
    _asked(
        "sales_5",
        Link.SERVICE,
        "销售顾问是否向您介绍过保修时间、维修站地址？",
        "Did the consultant explain the warranty and where the workshop is?",
    ),
    _asked(
        "sales_6",
        Link.SERVICE,
        "交车后，我公司销售顾问是否对您进行了回访？",
        "Has the consultant been in touch since the hand-over?",
    ),
    _asked("sales_7", Link.OTHER, "您对整个购车过程满意程度怎样？", "How satisfied are you with the whole purchase?"),
    _overall("此次回访结果：总体来说，您对这次购车满意吗？", "Overall, how satisfied are you with your purchase?"),
    {
        "code": "words",
        "scale": Scale.TEXT,
        "text_zh": "您对我们的销售工作和产品还有什么建议和意见吗？",
        "text_en": "Any advice on our sales work and products?",
    },
]

SHIPPED = [
    (SERVICE_CALLBACK, Questionnaire.Audience.SERVICE, "服务回访", "Service callback", SERVICE_QUESTIONS),
    (SALES_CALLBACK, Questionnaire.Audience.SALES, "销售回访", "Sales callback", SALES_QUESTIONS),
    (cards.SERVICE_INDEX, Questionnaire.Audience.SERVICE, "售后服务满意度（五因子）", "Service index", cards.SERVICE_INDEX_QUESTIONS),
    (cards.OEM_SERVICE, Questionnaire.Audience.SERVICE, "厂家服务调查", "Manufacturer's service survey", cards.OEM_SERVICE_QUESTIONS),
    (cards.OEM_SALES, Questionnaire.Audience.SALES, "厂家销售调查", "Manufacturer's sales survey", cards.OEM_SALES_QUESTIONS),
    (
        implementation.IMPLEMENTATION["service"],
        Questionnaire.Audience.SERVICE,
        "服务落实调查",
        "Service implementation",
        implementation.SERVICE_QUESTIONS,
    ),
    (
        implementation.IMPLEMENTATION["sales"],
        Questionnaire.Audience.SALES,
        "销售落实调查",
        "Sales implementation",
        implementation.SALES_QUESTIONS,
    ),
]


@transaction.atomic
def ensure() -> None:
    """Creates what is missing; a questionnaire that is there already, with whatever versions it has, is left alone."""
    for code, audience, name_zh, name_en, questions in SHIPPED:
        questionnaire, _made = Questionnaire.objects.get_or_create(
            code=code, defaults={"audience": audience, "name_zh": name_zh, "name_en": name_en}
        )
        if questionnaire.versions.exists():
            continue
        version = QuestionnaireVersion.objects.create(questionnaire=questionnaire, number=1)
        Question.objects.bulk_create(Question(version=version, position=n, **question) for n, question in enumerate(questions, start=1))
        published = QuestionnaireVersion.Status.PUBLISHED
        QuestionnaireVersion.objects.filter(pk=version.pk).update(status=published, published_at=clock.now())
