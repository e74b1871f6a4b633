"""What this floor's messages say (core.topics). Params: the plan's code and the due time, in local figures."""

from django.utils.translation import gettext_lazy as _

from core.topics import Kind

TOPICS = {
    "recovery_owed": _("A customer of yours is unhappy: please call back before %(due)s."),
    "recovery_late": _("An unhappy customer has not been called back in time (due %(due)s)."),
    "followup_late": _("A follow-up is late: nobody has dialled before its limit (%(due)s)."),
    "still_unhappy": _("At the recheck, a customer is still not satisfied."),
    "verification_differs": _("A verification call found something else than what had been recorded."),
    "survey_link": _("The questionnaire by message."),
    "unreachable": _("Could not be reached by phone: a message or letter is owed."),
}

KINDS = {
    "recoveries": Kind(
        _("Unhappy customers who wait for a call back"),
        {
            "recovery_owed": _("A customer is unhappy: a call back is due %(due)s."),
            "recovery_late": TOPICS["recovery_late"],
            "still_unhappy": TOPICS["still_unhappy"],
        },
    ),
    "calls_late": Kind(_("Follow-up calls: a limit has passed"), {"followup_late": TOPICS["followup_late"]}),
}
