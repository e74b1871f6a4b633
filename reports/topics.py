"""What this floor's messages say (core.topics). Params: a date, nothing personal."""

from django.utils.translation import gettext_lazy as _

TOPICS = {
    "plan_overdue": _("An improvement plan of yours should have been carried out by %(due)s: please record what became of it."),
    "plan_overdue_maker": _(
        "An improvement plan that you made should have been carried out by %(due)s by somebody who does not sign in: please record what became of it."
    ),
    "plan_given": _("An improvement plan is yours to carry out by %(due)s."),
}
