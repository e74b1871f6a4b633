"""What this floor's messages say (core.topics). Params: surname and end of the plate: nothing else personal."""

from django.utils.translation import gettext_lazy as _

TOPICS = {
    "lounge_asks": _("%(who)s %(plate)s waits in the lounge and asks for you."),
    "lounge_prospect": _("Somebody in the lounge may be interested in a car: please see who calls."),
}
