"""What is said, with the names filled in."""

from datetime import date

import pytest

from followups.scripts import FORBIDDEN, Facts, script

ORDINARY = Facts(
    addressed="张先生", store="渝北店", brand="长安", hotline="023-6788 1234", caller="李小兰", plans=("service",), kind="maintenance",
    served_days_ago=1, model="CS75", next_maintenance_on=date(2027, 4, 22), next_maintenance_km=20000,
)  # fmt: skip


def having(**fields):
    return script(Facts(**{**ORDINARY.__dict__, **fields}))


def test_the_greeting_says_who_calls_from_where_and_why():
    assert script(ORDINARY).greeting == "您好！张先生，我是长安汽车渝北店用户关系中心客服专员李小兰。想对您昨天的保养做一个简单的回访。"


def test_consent_is_asked_before_the_questions():
    said = script(ORDINARY)
    assert "方便接受我们的回访吗" in said.consent and said.opening == "请问您对我们这次维修服务满意吗？"


@pytest.mark.parametrize(
    ("fields", "template"),
    [
        ({}, "ordinary"),
        ({"is_vip": True, "is_company": True}, "vip"),
        ({"is_company": True}, "corporate"),
        ({"kind": "overhaul"}, "overhaul"),
    ],
)
def test_the_template_follows_the_customer(fields, template):
    assert having(**fields).template == template


def test_the_next_maintenance_is_told_when_it_is_known():
    assert script(ORDINARY).next_maintenance == "提醒您：下次保养是2027年4月22日或20,000 公里，到时欢迎您提前预约。"
    assert having(next_maintenance_on=None, next_maintenance_km=None).next_maintenance == ""


def test_the_forbidden_answers_are_shown():
    assert FORBIDDEN == ("真的吗", "不可能", "你确定吗") and script(ORDINARY).forbidden == FORBIDDEN


def test_one_call_names_every_purpose_once():
    greeting = having(plans=("sale_first", "service")).greeting
    assert greeting.count("想了解一下您购车的感受") == 1 and "昨天的保养" in greeting


def test_without_a_hotline_nothing_is_left_hanging():
    said = having(hotline="")
    assert "None" not in said.refusal + said.closing and said.closing == "如果您有任何需要，欢迎拨打我们的服务热线。再见！"
