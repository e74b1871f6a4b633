"""What this floor's messages say (core.topics). Params: the plan's code and the due time, in local figures."""

from django.utils.translation import gettext_lazy as _

TOPICS = {
    "recovery_owed": _("A customer of yours is unhappy: please call back before %(due)s."),
    "recovery_late": _("An unhappy customer has not been called back in time (due %(due)s)."),
    "followup_late": _("A follow-up is late: nobody has dialled before its limit (%(due)s)."),
    "still_unhappy": _("At the recheck, a customer is still not satisfied."),
    "unreachable": _("Could not be reached by phone: a message or letter is owed."),
}
