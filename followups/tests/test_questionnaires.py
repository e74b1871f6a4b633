"""A new version, and questions that wait for an answer, where they are asked: in the call, on the card."""

import pytest
from django.urls import reverse

from csi import editor, questionnaires
from csi.models import Questionnaire, Response
from followups.tests.test_pages import answers, claim, desk, form_of, url  # noqa: F401

WHICH = {
    "text_zh": "哪一项收费不清楚？", "text_en": "Was the bill explained?", "scale": "yes_no", "link": "", "factor": "", "weight": 1,
    "is_required": True, "is_overall": False, "asked_if": "price", "asked_when": "not_satisfied",
}  # fmt: skip
EXPLAIN = {"d-price-words": "工时费没有说明"}


@pytest.fixture
def second_version(person):
    """publish(code='service-callback') -> its next version, which asks q1 of whoever is not satisfied with the price."""

    def publish(code="service-callback", **fields):
        by = person("care_manager")
        draft = editor.start_draft(questionnaire=Questionnaire.objects.get(code=code), by=by)
        editor.add_question(version=draft, fields=WHICH | fields, by=by)
        questionnaires.publish_version(version=draft, by=by)
        return questionnaires.current(code)

    return publish


@pytest.fixture
def call(desk, owed_call):  # noqa: F811
    """call(**what is typed) -> the answer of saving it."""
    _sheet, followup = owed_call()
    claim(desk, followup.sheet)

    def save(overall="5", **rest):
        return desk.post(url("call", followup.sheet), form_of(followup.sheet, outcome="interviewed", **answers(followup, overall, **rest)))

    save.followup, save.desk = followup, desk
    return save


def scores():
    return {answer.question.code: answer.score for answer in Response.objects.get().answers.all()}


def test_the_next_call_asks_the_new_version(second_version, call):
    version = second_version()
    page = call.desk.get(url("call", call.followup.sheet)).content.decode()
    prefix = f"f{call.followup.pk}-"
    assert f'data-decided-by="{prefix}price" data-asked-with="1 2"' in page and WHICH["text_en"] in page
    assert "Only if “Price: are the charges fair and well explained?” was answered: so-so or worse" in page.replace("&amp;", "&")
    call(price="1", q1="0", **EXPLAIN)
    assert Response.objects.get().version == version and scores() == {"overall": 5, "price": 1, "q1": 0}


def test_a_question_that_is_not_asked_need_not_be_answered_and_is_not_counted(second_version, call):
    second_version()
    assert call(price="3").status_code == 302
    assert scores() == {"overall": 5, "price": 3}


def test_a_required_question_is_required_of_whom_it_is_asked(second_version, call):
    second_version()
    page = call(price="2")
    assert page.status_code == 422 and "Please ask this question" in page.content.decode() and not Response.objects.exists()


@pytest.mark.parametrize("price", ["3", ""])
def test_an_answer_to_a_question_that_is_not_asked_is_refused_with_a_sentence(second_version, call, price):
    second_version()
    page = call(price=price, q1="1")
    assert page.status_code == 422 and "This question is only asked after another answer" in page.content.decode()
    assert not Response.objects.exists()


def test_what_was_asked_before_a_new_version_came_out_is_saved_as_it_was_asked(second_version, call):
    """The caller has the old page open: the customer has hung up, and nobody can ask the new question any more."""
    old = questionnaires.current("service-callback")
    second_version(asked_if="", asked_when="")
    assert call(**{":version": str(old.pk)}).status_code == 302
    assert Response.objects.get().version == old


def test_without_the_page_saying_so_the_new_version_counts(second_version, call):
    second_version(asked_if="", asked_when="")
    assert call().status_code == 422


@pytest.mark.parametrize("said", ["", "x", "999999", "draft", "other"])
def test_a_page_can_name_no_other_version(second_version, call, person, said):
    code = "service-callback"
    if said == "draft":
        said = str(editor.start_draft(questionnaire=Questionnaire.objects.get(code=code), by=person("care_manager")).pk)
    if said == "other":
        said = str(questionnaires.current("sales-callback").pk)
    assert questionnaires.as_shown(code, said) == questionnaires.current(code)


def test_a_draft_of_a_call_is_gone_on_with_in_todays_version(second_version, call):
    old = questionnaires.current("service-callback")
    prefix = f"f{call.followup.pk}-"
    typed = form_of(call.followup.sheet, **{f"{prefix}overall": "4", f"{prefix}:version": old.pk})
    call.desk.post(url("draft", call.followup.sheet), typed)
    version = second_version()
    page = call.desk.get(url("call", call.followup.sheet))
    (section,) = page.context["form"].sections
    assert section.version == version and section.questions[0].value == "4"


def test_a_card_asks_on_conditions_too(second_version, signed_in, make_order):
    code = "service-index"
    version = second_version(code, asked_if="index_pick_up_2", asked_when="dissatisfied")
    desk, order = signed_in("caller"), make_order()  # noqa: F811
    address = reverse("followups:card", args=["order", order.pk, code])
    assert 'data-decided-by="q-index_pick_up_2" data-asked-with="1 2 3 4 5"' in desk.get(address).content.decode()
    assert desk.post(address, {"q-index_pick_up_2": "8", "q-q1": "1"}).status_code == 422
    assert desk.post(address, {"q-index_pick_up_2": "5", "q-q1": "1", "version": version.pk}).status_code == 302
    assert scores() == {"index_pick_up_2": 5, "q1": 1}


@pytest.mark.parametrize("code", ["service-callback", "sales-callback", "service-index"])
def test_a_draft_is_seen_as_the_caller_will_see_it(signed_in, code, django_assert_max_num_queries):
    manager = signed_in("care_manager")
    draft = editor.start_draft(questionnaire=Questionnaire.objects.get(code=code), by=manager.user)
    first = draft.draft[0]["code"]
    editor.add_question(version=draft, fields=WHICH | {"asked_if": first, "asked_when": "satisfied"}, by=manager.user)
    with django_assert_max_num_queries(9):
        page = manager.get(reverse("followups:questionnaire", args=[draft.pk]))
    html = page.content.decode()
    assert WHICH["text_zh"] in html and f'data-decided-by="f0-{first}"' in html
    assert html.count("data-question ") == len([one for one in draft.draft if one["scale"] != "text"]) + 1


@pytest.mark.parametrize("role", ["caller", "advisor"])
def test_the_preview_is_for_who_writes_questionnaires(signed_in, role):
    version = questionnaires.current("service-callback")
    assert signed_in(role).get(reverse("followups:questionnaire", args=[version.pk])).status_code == 403
