"""Writing questionnaires: the pages, the acts, what is refused, two at once."""

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from core.models import AuditEvent
from csi import editor, questionnaires
from csi.actions import record_response
from csi.models import Question, Questionnaire, QuestionnaireVersion
from customers.actions import create_customer

CODE = "service-callback"
FIELDS = {
    "text_zh": "哪一项收费不清楚？", "text_en": "Which charge was not clear?", "scale": "yes_no", "link": "", "factor": "", "weight": 1,
    "is_required": False, "is_overall": False, "asked_if": "", "asked_when": "",
}  # fmt: skip
TYPED = {name: value for name, value in FIELDS.items() if value is not False}
CONDITION = {"asked_if": "price", "asked_when": "not_satisfied"}


@pytest.fixture
def manager(signed_in):
    return signed_in("care_manager")


@pytest.fixture
def questionnaire(db):
    return Questionnaire.objects.get(code=CODE)


@pytest.fixture
def draft(manager, questionnaire):
    return editor.start_draft(questionnaire=questionnaire, by=manager.user)


def url(name, *args):
    return reverse(f"csi:{name}", args=args)


def codes(version):
    return [question.code for question in QuestionnaireVersion.objects.get(pk=version.pk).in_order()]


def add(manager, draft, **typed):
    return manager.post(url("question_add", draft.pk), TYPED | typed)


def act(manager, draft, code, act):
    return manager.post(url("question_act", draft.pk, code, act))


def test_the_list_shows_every_questionnaire_with_its_versions_and_their_answers(manager, questionnaire, store, django_assert_num_queries):
    record_response(
        store=store, version=questionnaires.current(CODE), occasion="followup 1", customer=create_customer(store=store, name="张三", by=None),
        surveyor=manager.user, answers={"overall": 5}, by=manager.user,
    )  # fmt: skip
    questionnaires.publish_version(version=editor.start_draft(questionnaire=questionnaire, by=manager.user), by=manager.user)
    editor.start_draft(questionnaire=questionnaire, by=manager.user)
    manager.get(url("questionnaires"))
    with django_assert_num_queries(9):  # five of every page, versions, their questions, their answers, questionnaires
        page = manager.get(url("questionnaires"))
    row = next(row for row in page.context["rows"] if row["questionnaire"] == questionnaire)
    assert [(line.version.number, line.version.status, line.n_answers) for line in row["lines"]] == [
        (3, "draft", 0),
        (2, "published", 0),
        (1, "retired", 1),
    ]
    assert len(page.context["rows"]) == Questionnaire.objects.count()


def test_a_draft_begins_as_a_copy_of_what_is_asked(manager, questionnaire):
    page = manager.post(url("draft_start", questionnaire.pk), follow=True)
    draft = page.context["version"]
    assert (draft.number, draft.status) == (2, "draft")
    assert draft.draft == [editor.as_drafted(question) for question in questionnaires.current(CODE).questions.all()]
    assert page.context["wrong"] == {} and not draft.questions.exists()


def test_a_questionnaire_has_one_draft_at_most(manager, questionnaire, draft):
    page = manager.post(url("draft_start", questionnaire.pk), follow=True)
    assert page.context["version"] == draft and questionnaire.versions.count() == 2


def test_a_question_is_added_before_the_words_and_has_a_code_that_was_never_asked(manager, draft):
    add(manager, draft)
    add(manager, draft)
    assert codes(draft)[-4:] == ["nps", "q1", "q2", "words"]
    act(manager, draft, "q1", "remove")
    add(manager, draft)
    assert codes(draft)[-3:] == ["q2", "q1", "words"]
    questionnaires.publish_version(version=draft, by=manager.user)
    after = editor.start_draft(questionnaire=draft.questionnaire, by=manager.user)
    act(manager, after, "q2", "remove")
    add(manager, after)
    assert "q3" in codes(after) and "q2" not in codes(after)


def test_a_conditional_question_stands_behind_the_one_that_it_waits_for(manager, draft):
    add(manager, draft, **CONDITION)
    assert codes(draft)[3:6] == ["price", "q1", "timeliness"]
    page = manager.get(url("version", draft.pk)).content.decode()
    assert "仅当“收费环节：收费合理、讲解透明吗？”回答为：一般或更差" in page


def test_a_question_is_changed_and_keeps_its_code(manager, draft):
    add(manager, draft)
    manager.post(
        url("question", draft.pk, "q1"), TYPED | {"text_zh": "改过", "scale": "ten", "factor": "quality", "weight": 3, "is_required": "on"}
    )
    question = next(one for one in QuestionnaireVersion.objects.get(pk=draft.pk).in_order() if one.code == "q1")
    assert (question.text_zh, question.scale, question.factor, question.weight, question.is_required) == ("改过", "ten", "quality", 3, True)


def test_questions_move_one_place_and_not_beyond_the_ends(manager, draft):
    before = codes(draft)
    answer = act(manager, draft, "service", "up")
    assert codes(draft) == ["service", "overall", *before[2:]] and answer.url.endswith("#up-service")
    act(manager, draft, "service", "up")
    assert codes(draft)[0] == "service"
    act(manager, draft, "service", "down")
    assert codes(draft) == before
    act(manager, draft, "words", "down")
    assert codes(draft) == before


def test_what_is_removed_can_be_put_back(manager, questionnaire):
    questionnaire = Questionnaire.objects.get(code="oem-sales")
    draft = editor.start_draft(questionnaire=questionnaire, by=manager.user)
    act(manager, draft, "oem_music", "remove")
    assert [one.code for one in manager.get(url("version", draft.pk)).context["left_out"]] == ["oem_music"]
    act(manager, draft, "oem_music", "put-back")
    assert codes(draft)[-1] == "oem_music" and not manager.get(url("version", draft.pk)).context["left_out"]
    act(manager, draft, "oem_music", "put-back")
    assert codes(draft).count("oem_music") == 1


def test_what_forms_and_figures_need_is_reworded_and_nothing_else(manager, draft):
    act(manager, draft, "quality", "remove")
    assert "quality" in codes(draft)
    manager.post(url("question", draft.pk, "quality"), TYPED | {"text_zh": "质量如何？", "scale": "ten", "link": "price", **CONDITION})
    quality = next(one for one in QuestionnaireVersion.objects.get(pk=draft.pk).in_order() if one.code == "quality")
    assert (quality.text_zh, quality.scale, quality.link, quality.asked_if) == ("质量如何？", "three", "quality", "")


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"text_zh": "", "text_en": ""}, "text_zh"),
        ({"weight": "0"}, "weight"),
        ({"weight": ""}, "weight"),
        ({"scale": "seven"}, "scale"),
        ({"asked_if": "price"}, "asked_when"),
        ({"asked_when": "yes"}, "asked_when"),
        ({"asked_if": "price", "asked_when": "yes"}, "asked_when"),
        ({"asked_if": "nps", "asked_when": "satisfied"}, "asked_if"),
        ({"asked_if": "nothing", "asked_when": "yes"}, "asked_if"),
    ],
)
def test_what_cannot_be_kept_is_said_at_its_field_and_what_was_typed_stays(manager, draft, typed, field):
    before = codes(draft)
    page = add(manager, draft, **typed)
    assert page.status_code == 422 and page.context["form"].errors[field] and codes(draft) == before
    assert "Which charge was not clear?" in page.content.decode() or "text_en" in typed


def test_a_condition_names_only_an_earlier_question(manager, draft):
    page = manager.get(url("question", draft.pk, "timeliness"))
    assert [code for code, _label in page.context["form"].fields["asked_if"].choices] == ["", "overall", "service", "quality", "price"]


def test_a_question_that_is_moved_before_the_one_it_waits_for_is_marked(manager, draft):
    add(manager, draft, **CONDITION)
    act(manager, draft, "q1", "up")
    page = manager.get(url("version", draft.pk))
    assert list(page.context["wrong"]) == ["q1"] and "Publish" not in page.content.decode()
    assert manager.get(url("question", draft.pk, "q1")).status_code == 200
    with pytest.raises(ValidationError):
        questionnaires.publish_version(version=draft, by=manager.user)
    assert questionnaires.current(CODE).number == 1 and not draft.questions.exists()


def shown(manager, draft):
    return manager.get(url("version", draft.pk)).context["form"].shown_now


def test_publishing_writes_the_questions_and_retires_the_version_before(manager, draft):
    add(manager, draft, **CONDITION)
    manager.post(url("version_publish", draft.pk), {"shown": shown(manager, draft)})
    version = questionnaires.current(CODE)
    assert version == draft and version.draft == [] and version.published_at
    question = version.questions.get(code="q1")
    assert (question.position, question.asked_if, question.asked_when, question.text_en) == (5, "price", "not_satisfied", FIELDS["text_en"])
    assert QuestionnaireVersion.objects.get(questionnaire=draft.questionnaire, number=1).status == "retired"
    assert list(AuditEvent.objects.filter(verb__startswith="questionnaire.").order_by("pk").values_list("verb", flat=True)) == [
        "questionnaire.drafted",
        "questionnaire.question_added",
        "questionnaire.published",
    ]


def test_what_is_wrong_is_not_published_and_said(manager, draft):
    add(manager, draft, text_en="")
    page = manager.post(url("version_publish", draft.pk), {"shown": shown(manager, draft)}, follow=True)
    assert "未发布：请看标出的地方。" in page.content.decode() and "缺英文题目。" in page.content.decode()
    assert questionnaires.current(CODE).number == 1


def test_nobody_publishes_what_somebody_else_has_changed_since(manager, draft, person):
    seen = shown(manager, draft)
    editor.move_question(version=draft, code="service", is_up=True, by=person("general_manager", name="先来的人"))
    page = manager.post(url("version_publish", draft.pk), {"shown": seen})
    assert page.status_code == 422 and "先来的人" in page.content.decode() and questionnaires.current(CODE).number == 1
    manager.post(url("version_publish", draft.pk), {"shown": page.context["form"].data["shown"]})
    assert questionnaires.current(CODE) == draft


def test_the_second_of_two_editors_is_told_and_loses_nothing(manager, draft, person):
    page = url("question", draft.pk, "price")
    form = manager.get(page).context["form"]
    editor.change_question(
        version=draft,
        code="price",
        fields=FIELDS | {"scale": "three", "link": "price", "text_zh": "先改的"},
        by=person("care_manager", name="先来的人"),
    )
    answer = manager.post(page, TYPED | {"text_zh": "后改的", "shown": form.shown_now})
    html = answer.content.decode()
    assert answer.status_code == 422 and "先来的人" in html and "先改的" in html and "后改的" in html
    assert manager.post(page, TYPED | {"text_zh": "后改的", "shown": answer.context["form"].data["shown"]}).status_code == 302
    assert QuestionnaireVersion.objects.get(pk=draft.pk).draft[3]["text_zh"] == "后改的"


def test_two_editors_of_two_questions_do_not_meet(manager, draft, person):
    form = manager.get(url("question", draft.pk, "price")).context["form"]
    editor.change_question(version=draft, code="nps", fields=FIELDS | {"scale": "nps", "text_zh": "推荐？"}, by=person("care_manager"))
    assert manager.post(url("question", draft.pk, "price"), TYPED | {"text_zh": "价格？", "shown": form.shown_now}).status_code == 302
    texts = {one["code"]: one["text_zh"] for one in QuestionnaireVersion.objects.get(pk=draft.pk).draft}
    assert (texts["price"], texts["nps"]) == ("价格？", "推荐？")


def test_a_draft_is_thrown_away_and_its_number_is_free_again(manager, draft):
    manager.post(url("draft_discard", draft.pk))
    assert not QuestionnaireVersion.objects.filter(pk=draft.pk).exists()
    assert AuditEvent.objects.filter(verb="questionnaire.draft_thrown_away", details__number=2).exists()
    assert editor.start_draft(questionnaire=draft.questionnaire, by=manager.user).number == 2


def test_what_has_been_published_meanwhile_is_not_changed_by_an_old_page(manager, draft):
    questionnaires.publish_version(version=draft, by=manager.user)
    before = [editor.as_drafted(one) for one in draft.questions.all()]
    add(manager, draft)
    manager.post(url("question", draft.pk, "nps"), TYPED | {"text_zh": "改"})
    for what in ("up", "remove", "put-back"):
        act(manager, draft, "nps", what)
    manager.post(url("draft_discard", draft.pk))
    page = manager.post(url("version_publish", draft.pk), follow=True)
    assert "这已经不是草稿" in page.content.decode()
    assert [editor.as_drafted(one) for one in Question.objects.filter(version=draft)] == before


@pytest.mark.parametrize("screen", ["phone", "counter"])
def test_a_draft_is_seen_as_the_customer_will_see_it(manager, draft, screen, django_assert_max_num_queries):
    add(manager, draft, **CONDITION)
    with django_assert_max_num_queries(8):
        page = manager.get(url("preview", draft.pk, screen))
    html = page.content.decode()
    assert 'data-decided-by="q-price" data-asked-with="1 2"' in html and FIELDS["text_zh"] in html
    assert not Question.objects.filter(version=draft).exists()


def test_there_are_two_screens(manager, draft):
    assert manager.get(url("preview", draft.pk, "fridge")).status_code == 404
    assert act(manager, draft, "nps", "sideways").status_code == 404


def test_the_pages_cost_the_same_for_long_questionnaires(manager, draft, django_assert_num_queries):
    manager.get(url("version", draft.pk))
    for _n in range(5):
        add(manager, draft)
    with django_assert_num_queries(8):
        manager.get(url("version", draft.pk))
    with django_assert_num_queries(6):
        manager.get(url("question", draft.pk, "q1"))


@pytest.mark.parametrize("role", ["caller", "advisor", "service_manager", "regional"])
def test_who_may_not_edit_settings_sees_none_of_it(signed_in, questionnaire, role):
    manager = signed_in(role)
    assert manager.get(url("questionnaires")).status_code == 403
    assert manager.post(url("draft_start", questionnaire.pk)).status_code == 403
    assert questionnaire.versions.count() == 1
