"""How a version of a questionnaire looks in a call, before anybody is called with it."""

from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from csi.models import Questionnaire, QuestionnaireVersion
from followups.callform import CallForm
from followups.models import FollowUp
from followups.planning import PLANS, Plan
from staff.access import requires

CALLS = {Questionnaire.Audience.SERVICE: Plan.SERVICE, Questionnaire.Audience.SALES: Plan.SALE_FIRST}


@requires("settings.edit")
@require_safe
def preview(request, pk: int):
    version = get_object_or_404(QuestionnaireVersion.objects.select_related("questionnaire"), pk=pk)
    plan = CALLS[Questionnaire.Audience(version.questionnaire.audience)]
    nobody = FollowUp(pk=0, store=request.store, plan=plan)
    form = CallForm(request.store, [nobody], {}, {PLANS[plan].questionnaire: version})
    return render(request, "followups/questionnaire.html", {"version": version, "form": form, "section": form.sections[0]})
