"""Settings → questionnaires: what is asked, and writing what is asked next. Shared by all stores of an installation."""

from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core import statements
from core.once import once, to_edit
from csi import conditions, editor, publishing, questionnaires
from csi.answering import AnswerForm
from csi.forms import FIELDS, PublishForm, QuestionForm
from csi.models import CALLBACKS, Questionnaire, QuestionnaireVersion, Response
from csi.shipped import SHIPPED
from csi.shipped_implementation import IMPLEMENTATION
from staff.access import requires

Status = QuestionnaireVersion.Status
SCREENS = ("phone", "counter")
VERSIONS = QuestionnaireVersion.objects.select_related("questionnaire")
ORDER = {code: place for place, (code, *_rest) in enumerate(SHIPPED)}


@dataclass(frozen=True)
class Line:
    """A version of a questionnaire; n_answers: of this store, at most statements.MANY + 1."""

    version: QuestionnaireVersion
    n_questions: int
    n_answers: int


@requires("settings.edit")
@require_safe
def index(request):
    versions = list(VERSIONS.prefetch_related("questions").order_by("-number"))
    answers = statements.count_up_to([Response.objects.filter(store=request.store, version=version) for version in versions])
    lines: dict[int, list[Line]] = {}
    for version, n in zip(versions, answers, strict=True):
        lines.setdefault(version.questionnaire_id, []).append(Line(version, len(version.in_order()), n))
    found = sorted(Questionnaire.objects.all(), key=lambda one: (ORDER.get(one.code, len(ORDER)), one.code))
    rows = [
        {
            "questionnaire": one,
            "lines": lines.get(one.pk, []),
            "draft": next((line.version for line in lines.get(one.pk, []) if line.version.status == Status.DRAFT), None),
            "is_callback": one.code in CALLBACKS.values(),
            "is_of_sample": one.code in IMPLEMENTATION.values(),
        }
        for one in found
    ]
    return render(request, "csi/questionnaires.html", {"rows": rows})


@requires("settings.edit")
@require_POST
@once
def start(request, pk: int):
    questionnaire = get_object_or_404(Questionnaire, pk=pk)
    try:
        version = editor.start_draft(questionnaire=questionnaire, by=request.user)
    except questionnaires.DraftExists:
        version = questionnaire.versions.get(status=Status.DRAFT)
        messages.info(request, _("There is a draft already: this is it."))
    return redirect("csi:version", pk=version.pk)


@never_cache
@requires("settings.edit")
@require_safe
def version(request, pk: int):
    return _page(request, get_object_or_404(VERSIONS, pk=pk))


def _page(request, version: QuestionnaireVersion, *, form: PublishForm | None = None, status: int = 200):
    questions = version.in_order()
    is_draft = version.status == Status.DRAFT
    wrong = questionnaires.what_is_wrong(version) if is_draft else {}
    by_code = {question.code: question for question in questions}
    rows = [
        {
            "question": question,
            "only_if": conditions.sentence(question, by_code.get(question.asked_if)),
            "wrong": wrong.get(question.code, []),
            "is_needed": publishing.needed(version.questionnaire.code, question.code),
        }
        for question in questions
    ]
    context = {
        "version": version,
        "rows": rows,
        "is_draft": is_draft,
        "wrong": wrong,
        "n_wrong": sum(map(len, wrong.values())),
        "left_out": editor.left_out(version) if is_draft else [],
        "form": form or (PublishForm(version=version) if is_draft else None),
        "is_callback": version.questionnaire.code in CALLBACKS.values(),
    }
    return render(request, "csi/version.html", context, status=status)


@requires("settings.edit")
@require_POST
@once
def publish(request, pk: int):
    version = to_edit(request, VERSIONS, pk=pk)
    form = PublishForm(request.POST, version=version)
    if version.status == Status.DRAFT and not form.is_valid():
        return _page(request, version, form=form, status=422)
    try:
        questionnaires.publish_version(version=version, by=request.user)
    except ValidationError as refused:
        messages.error(request, _("Not published: see what is marked.") if hasattr(refused, "error_dict") else " ".join(refused.messages))
    else:
        messages.success(request, _("Published: from now on every new call and card asks version %(n)s.") % {"n": version.number})
    return redirect("csi:version", pk=version.pk)


@requires("settings.edit")
@require_POST
@once
def discard(request, pk: int):
    version = to_edit(request, VERSIONS, pk=pk)
    try:
        editor.throw_away(version=version, by=request.user)
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
        return redirect("csi:version", pk=version.pk)
    messages.success(request, _("The draft has been thrown away; the published version is asked as before."))
    return redirect("csi:questionnaires")


@never_cache
@requires("settings.edit")
@require_http_methods(["GET", "POST"])
@once
def question_add(request, pk: int):
    return _question(request, to_edit(request, VERSIONS, pk=pk), "")


@never_cache
@requires("settings.edit")
@require_http_methods(["GET", "POST"])
@once
def question(request, pk: int, code: str):
    return _question(request, to_edit(request, VERSIONS, pk=pk), code)


def _question(request, version: QuestionnaireVersion, code: str):
    """code: '' for a new one."""
    if version.status != Status.DRAFT or (code and code not in {one["code"] for one in version.draft}):
        messages.warning(request, _("This question cannot be changed here: it was removed, or the draft was published meanwhile."))
        return redirect("csi:version", pk=version.pk)
    form = QuestionForm(request.POST or None, version=version, code=code)
    if request.method == "POST" and form.is_valid():
        fields = {name: form.cleaned_data[name] for name in FIELDS}
        if code:
            editor.change_question(version=version, code=code, fields=fields, by=request.user)
            messages.success(request, _("The question has been changed."))
        else:
            code = editor.add_question(version=version, fields=fields, by=request.user)
            messages.success(request, _("The question has been added."))
        return redirect(f"{reverse('csi:version', args=[version.pk])}#q-{code}")
    place = next((n for n, one in enumerate(version.draft, start=1) if one["code"] == code), None)
    context = {
        "version": version,
        "form": form,
        "code": code,
        "place": place,
        "is_needed": publishing.needed(version.questionnaire.code, code),
    }
    return render(request, "csi/question.html", context, status=422 if form.errors else 200)


ACTS = {
    "up": lambda **about: editor.move_question(is_up=True, **about),
    "down": lambda **about: editor.move_question(is_up=False, **about),
    "remove": editor.remove_question,
    "put-back": editor.put_back,
}


@requires("settings.edit")
@require_POST
@once
def act(request, pk: int, code: str, act: str):
    if act not in ACTS:
        raise Http404
    version = to_edit(request, VERSIONS, pk=pk)
    try:
        ACTS[act](version=version, code=code, by=request.user)
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
    # The button that was pressed keeps the focus, so that a question can be moved several places.
    where = f"#{act}-{code}" if act in ("up", "down") else f"#q-{code}" if act == "put-back" else ""
    return redirect(reverse("csi:version", args=[version.pk]) + where)


@requires("settings.edit")
@require_safe
def preview(request, pk: int, screen: str):
    """As the customer sees it who answers alone."""
    if screen not in SCREENS:
        raise Http404
    version = get_object_or_404(VERSIONS, pk=pk)
    form = AnswerForm(version, {})
    return render(request, "csi/preview.html", {"version": version, "form": form, "screen": screen})
