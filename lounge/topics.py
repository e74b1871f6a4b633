"""What this floor's messages say (core.topics). Params: months, days, counts; of who asks for their advisor surname and end of the plate."""

from django.utils.translation import gettext_lazy as _

TOPICS = {
    "lounge_asks": _("%(who)s %(plate)s waits in the lounge and asks for you."),
    "lounge_prospect": _("Somebody in the lounge may be interested in a car: please see who calls."),
    "lounge_passed": _("Your verdict on %(month)s: passed."),
    "lounge_not_passed": _("Your verdict on %(month)s: not passed. The reasons stand under “My lounge duty”."),
    "lounge_none": _("Your verdict on %(month)s: none, because fewer than three interviews count."),
    "lounge_excused": _("Your verdict on %(month)s does not count: you are excused."),
    "lounge_duty": _("You have lounge duty from %(starts)s to %(ends)s."),
    "lounge_swapped": _("Your lounge duty has been swapped: it is from %(starts)s to %(ends)s now."),
    "lounge_taken_back": _("Your lounge duty from %(starts)s to %(ends)s has been taken back: you are excused for %(month)s."),
    "lounge_verdicts_service": _(
        "The verdicts on the advisors' %(month)s are given: passed %(passed)s, not passed %(not_passed)s, without a verdict %(none)s."
    ),
    "lounge_verdicts_sales": _(
        "The verdicts on the consultants' %(month)s are given: passed %(passed)s, not passed %(not_passed)s, without a verdict %(none)s."
    ),
}
