"""What this floor's messages say (core.topics). Params: number, surname, end of the plate, due time: nothing else personal."""

from django.utils.translation import gettext_lazy as _

from core.topics import Kind

TOPICS = {
    "complaint_yours": _("Complaint %(number)s (%(who)s %(plate)s) is yours: please sign for receipt."),
    "complaint_first_reply": _("Complaint %(number)s (%(who)s %(plate)s): the first reply is yours, due %(due)s."),
    "complaint_major": _("Major complaint %(number)s (%(who)s %(plate)s) is reported to the region."),
    "complaint_warning": _("Complaint %(number)s (%(who)s %(plate)s): a limit is near, due %(due)s."),
    "complaint_late": _("Complaint %(number)s (%(who)s %(plate)s): a limit has passed (due %(due)s)."),
    "complaint_raised": _("Complaint %(number)s (%(who)s %(plate)s) has been raised to you: please instruct or take over."),
    "complaint_raised_away": _(
        "Complaint %(number)s (%(who)s %(plate)s) has been raised to the superior, who will instruct you or take it over."
    ),
    "complaint_top": _("Complaint %(number)s (%(who)s %(plate)s) is late and nobody above is left to be told."),
    "complaint_instructed": _("Complaint %(number)s (%(who)s %(plate)s): there is an instruction for you."),
    "complaint_forwarded": _("Complaint %(number)s (%(who)s %(plate)s) has been forwarded to the region."),
    "complaint_approval": _("Complaint %(number)s (%(who)s %(plate)s): a compensation waits for your approval."),
    "complaint_decided": _("Complaint %(number)s (%(who)s %(plate)s): the region has decided about the compensation."),
    "complaint_revisit": _("Complaint %(number)s (%(who)s %(plate)s) is resolved: the revisit is due %(due)s."),
    "complaint_reopened": _("Complaint %(number)s (%(who)s %(plate)s): the customer is not satisfied; it is open again and yours."),
    "complaint_unreachable": _("Complaint %(number)s (%(who)s %(plate)s) was closed without having reached the customer."),
    "complaint_to_sign_off": _("Complaint %(number)s (%(who)s %(plate)s): the customer is satisfied; please sign off."),
    "feedback_acknowledge": _("Suggestion %(number)s has come in: please acknowledge it by %(due)s."),
    "feedback_evaluate": _("Suggestion %(number)s has come in: please evaluate it by %(due)s."),
    "feedback_pass_on": _("Praise %(number)s has come in: please pass it on by %(due)s."),
    "feedback_warning": _("%(number)s (suggestion or praise): a limit is near, due %(due)s."),
    "feedback_late": _("%(number)s (suggestion or praise): a limit has passed (due %(due)s)."),
    "feedback_tell": _("Suggestion %(number)s has been evaluated: please tell the customer."),
    "feedback_praised": _("A customer has praised you. Read what was said: %(number)s."),
}

KINDS = {
    "complaints_new": Kind(
        _("Complaints: new ones, handed to somebody else"),
        {
            "complaint_yours": _("Complaint %(number)s (%(who)s %(plate)s) waits until its handler signs for receipt."),
            "complaint_major": _("Major complaint %(number)s (%(who)s %(plate)s)."),
        },
    ),
    "complaints_late": Kind(
        _("Complaints: a limit is near or has passed"),
        {
            "complaint_warning": TOPICS["complaint_warning"],
            "complaint_late": TOPICS["complaint_late"],
        },
    ),
    "complaints_raised": Kind(
        _("Complaints: raised to the next level, opened again"),
        {
            "complaint_raised": _("Complaint %(number)s (%(who)s %(plate)s) has been raised to the next level."),
            "complaint_top": TOPICS["complaint_top"],
            "complaint_reopened": _("Complaint %(number)s (%(who)s %(plate)s): the customer is not satisfied; it is open again."),
        },
    ),
}
