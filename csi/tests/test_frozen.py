"""What was answered, and what was asked, is changed by nobody: not through the models, not behind them (domain §6)."""

import pytest
from django.apps import apps
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, transaction
from django.urls import NoReverseMatch, reverse

from core.appendonly import AppendOnlyError
from csi import editor, questionnaires
from csi.actions import record_response
from csi.models import Answer, Question, Questionnaire, QuestionnaireVersion, Response
from customers.actions import create_customer
from tests.samples import World

CODE = "service-callback"


@pytest.fixture
def answered(store, person):
    """A response, its answers, its version retired by a newer one, and a draft of the one after that."""
    world, manager = World(store, person("advisor")), person("care_manager")
    response = record_response(
        store=store, version=questionnaires.current(CODE), occasion="followup 1", customer=create_customer(store=store, name="张三", by=None),
        order=world.delivered_order, advisor=world.owner, surveyor=person("caller"), answers={"overall": 5, "price": 3}, by=manager,
    )  # fmt: skip
    questionnaire = Questionnaire.objects.get(code=CODE)
    published = editor.start_draft(questionnaire=questionnaire, by=manager)
    questionnaires.publish_version(version=published, by=manager)
    draft = editor.start_draft(questionnaire=questionnaire, by=manager)
    other = person("advisor")
    return {"response": response, "retired": response.version, "published": published, "draft": draft, "other": other}


FROZEN = {
    Response: {
        "store_id", "version_id", "audience", "occasion", "channel", "customer_id", "vehicle_id", "order_id", "delivery_id", "advisor_id",
        "surveyor_id", "answered_at", "answered_on", "overall", "is_satisfied", "is_very_satisfied", "is_unhappy",
    },
    Answer: {"response_id", "question_id", "score"},
    Question: {
        "version_id", "code", "position", "scale", "link", "is_overall", "is_required", "factor", "weight", "asked_if", "asked_when",
        "text_zh", "text_en",
    },
}  # fmt: skip
COLUMNS = [(model, name) for model, names in FROZEN.items() for name in sorted(names)]
ERASABLE = {Response: {"words", "aftercare_at"}}


def refused(sql: str, *parameters) -> None:
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, parameters)


def test_every_column_is_frozen_or_named_as_erasable():
    """A new column of these tables is frozen too, or stands here."""
    for model, names in FROZEN.items():
        columns = {field.column for field in model._meta.concrete_fields} - {"id"}
        assert columns == names | ERASABLE.get(model, set())


@pytest.mark.parametrize(("model", "name"), COLUMNS, ids=[f"{model.__name__}.{name}" for model, name in COLUMNS])
def test_the_database_refuses_to_change_it(answered, model, name):
    refused(f"UPDATE {model._meta.db_table} SET {name} = {name}")


@pytest.mark.parametrize("model", FROZEN)
def test_the_database_refuses_to_delete_it(answered, model):
    refused(f"DELETE FROM {model._meta.db_table}")


@pytest.mark.parametrize(("model", "name"), COLUMNS, ids=[f"{model.__name__}.{name}" for model, name in COLUMNS])
def test_the_model_refuses_to_change_it(answered, model, name):
    row = model.objects.first()
    with pytest.raises(AppendOnlyError):
        model.objects.filter(pk=row.pk).update(**{name: getattr(row, name)})
    with pytest.raises(AppendOnlyError):
        row.save()
    with pytest.raises(AppendOnlyError):
        row.delete()
    with pytest.raises(AppendOnlyError):
        model.objects.all().delete()


def test_what_the_customer_said_can_be_erased_and_nothing_else(answered):
    Response.objects.update(words="")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE csi_response SET words = ''")


@pytest.mark.parametrize("which", ["retired", "published"])
@pytest.mark.parametrize(
    "change",
    [
        "questionnaire_id = questionnaire_id + 1",
        "number = number + 40",
        "status = 'draft', published_at = NULL",
        "published_at = '2020-01-01 00:00:00+00'",
        """draft = '[{"code": "x"}]'""",
    ],
)
def test_the_database_refuses_to_change_a_version_that_was_asked(answered, which, change):
    refused(f"UPDATE csi_questionnaireversion SET {change} WHERE id = %s", answered[which].pk)


def test_a_retired_version_stays_retired(answered):
    refused("UPDATE csi_questionnaireversion SET status = 'published' WHERE id = %s", answered["retired"].pk)
    with pytest.raises(AppendOnlyError):
        QuestionnaireVersion.objects.filter(pk=answered["retired"].pk).update(status="published")


@pytest.mark.parametrize("which", ["retired", "published"])
def test_the_model_refuses_to_change_a_version_that_was_asked(answered, which):
    version = QuestionnaireVersion.objects.get(pk=answered[which].pk)
    for values in ({"number": 9}, {"status": "draft"}, {"draft": [{}]}, {"published_at": None}):
        with pytest.raises(AppendOnlyError):
            QuestionnaireVersion.objects.filter(pk=version.pk).update(**values)
    with pytest.raises(AppendOnlyError):
        version.save()
    with pytest.raises(AppendOnlyError):
        version.delete()
    with pytest.raises(AppendOnlyError):
        QuestionnaireVersion.objects.filter(pk=version.pk).delete()


def test_a_version_that_was_asked_gets_no_further_question(answered):
    extra = {"code": "extra", "position": 99, "scale": "yes_no", "text_zh": "加", "text_en": "more"}
    for which in ("retired", "published"):
        with pytest.raises(AppendOnlyError):
            Question.objects.create(version=answered[which], **extra)
        with pytest.raises(AppendOnlyError):
            Question.objects.bulk_create([Question(version=answered[which], **extra)])


def test_a_draft_is_nobodys_truth_yet(answered):
    draft = answered["draft"]
    QuestionnaireVersion.objects.filter(pk=draft.pk).update(draft=[])
    QuestionnaireVersion.objects.get(pk=draft.pk).delete()


@pytest.mark.parametrize("act", ["change_question", "move_question", "remove_question", "put_back", "throw_away"])
def test_no_act_of_the_editor_touches_a_version_that_was_asked(answered, person, act):
    about = {"code": "nps", "fields": {}, "is_up": True}
    wanted = {"change_question": ["code", "fields"], "move_question": ["code", "is_up"], "throw_away": []}.get(act, ["code"])
    for which in ("retired", "published"):
        before = [editor.as_drafted(one) for one in answered[which].questions.all()]
        with pytest.raises(ValidationError):
            getattr(editor, act)(version=answered[which], by=answered["other"], **{name: about[name] for name in wanted})
        assert [editor.as_drafted(one) for one in answered[which].questions.all()] == before


def test_there_is_no_other_door():
    """No Django admin, in which somebody could."""
    assert "django.contrib.admin" not in settings.INSTALLED_APPS and not apps.is_installed("django.contrib.admin")
    with pytest.raises(NoReverseMatch):
        reverse("admin:index")
