"""Who may do what: roles of the trade (domain §1) and one table of abilities."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Role(TextChoices):
    ADVISOR = "advisor", _("service advisor")
    SALES = "sales", _("sales consultant")
    CALLER = "caller", _("caller")
    SUPERVISOR = "supervisor", _("reception supervisor")
    SALES_SUPERVISOR = "sales_supervisor", _("sales supervisor")
    SERVICE_MANAGER = "service_manager", _("service manager")
    SALES_MANAGER = "sales_manager", _("sales manager")
    CARE_MANAGER = "care_manager", _("customer manager")
    GENERAL_MANAGER = "general_manager", _("general manager")
    REGIONAL = "regional", _("regional auditor")
    # Named on orders and complaints; they need no sign-in.
    TECHNICIAN = "technician", _("technician")
    INSPECTOR = "inspector", _("inspector")
    CASHIER = "cashier", _("cashier")
    OPERATOR = "operator", _("telephone operator")
    LOUNGE = "lounge", _("lounge attendant")


SIGN_IN = [
    Role.ADVISOR,
    Role.SALES,
    Role.CALLER,
    Role.SUPERVISOR,
    Role.SALES_SUPERVISOR,
    Role.SERVICE_MANAGER,
    Role.SALES_MANAGER,
    Role.CARE_MANAGER,
    Role.GENERAL_MANAGER,
    Role.REGIONAL,
]
SERVICE = {Role.ADVISOR, Role.SUPERVISOR, Role.SERVICE_MANAGER}
SALES = {Role.SALES, Role.SALES_SUPERVISOR, Role.SALES_MANAGER}
LEADERS = {Role.SUPERVISOR, Role.SALES_SUPERVISOR, Role.SERVICE_MANAGER, Role.SALES_MANAGER, Role.CARE_MANAGER, Role.GENERAL_MANAGER}
EVERYONE = frozenset(SIGN_IN)
INSIDE = EVERYONE - {Role.REGIONAL}

# ability -> the roles that have it. A page asks for an ability, never for a role.
ABILITIES: dict[str, frozenset[str]] = {
    "work": EVERYONE,  # the home page, search, inbox, help
    "archive.view": EVERYONE,
    "archive.edit": INSIDE,
    "phone.reveal": INSIDE,
    "visits.view": frozenset(SERVICE | {Role.CALLER, Role.CARE_MANAGER, Role.GENERAL_MANAGER, Role.REGIONAL}),
    "visits.edit": frozenset(SERVICE),
    "deliveries.view": frozenset(SALES | {Role.CALLER, Role.CARE_MANAGER, Role.GENERAL_MANAGER, Role.REGIONAL}),
    "deliveries.edit": frozenset(SALES),
    "queue.call": frozenset({Role.CALLER, Role.CARE_MANAGER}),
    "recovery.call": frozenset(SERVICE | SALES),
    "calls.view": frozenset(SERVICE | SALES | LEADERS | {Role.CALLER}),
    "calls.make": frozenset(SERVICE | SALES | {Role.CALLER, Role.CARE_MANAGER}),
    "queue.view": frozenset({Role.CALLER, Role.CARE_MANAGER} | LEADERS),
    "cards.enter": frozenset(LEADERS | {Role.CALLER}),  # questionnaires on paper; never the rated one's own (csi.actions)
    "survey.send": frozenset(SERVICE | SALES | LEADERS | {Role.CALLER}),  # the link, the counter's screen; never of one's own work
    "complaints.view": EVERYONE,  # the board; whose complaints it shows: complaints.querysets
    "complaints.all": frozenset(LEADERS | {Role.CALLER, Role.REGIONAL}),
    "complaints.register": INSIDE,
    "complaints.act": EVERYONE,  # what exactly: complaints.transitions
    "feedback.act": frozenset(LEADERS | {Role.CALLER}),  # suggestions and praise; whose: complaints.querysets
    "feedback.lead": frozenset(LEADERS),  # evaluates suggestions, prints the code for the counter
    "lounge.desk": frozenset(LEADERS | {Role.ADVISOR, Role.SALES}),  # whoever may be on lounge duty, and who leads them
    "reports.view": frozenset(LEADERS | {Role.REGIONAL}),
    "reports.own": frozenset({Role.ADVISOR, Role.SALES, Role.CALLER}),
    "reports.export": frozenset({Role.CARE_MANAGER, Role.GENERAL_MANAGER, Role.REGIONAL}),
    "plans.view": EVERYONE,  # whose: reports.models.plans
    "plans.act": INSIDE,  # records what became of one's own plan
    "plans.lead": frozenset(LEADERS),  # makes improvement plans, talks them over, ends anybody's
    "targets.set": frozenset({Role.SERVICE_MANAGER, Role.SALES_MANAGER, Role.CARE_MANAGER, Role.GENERAL_MANAGER}),  # whose: reports.targets
    "sheets.sign": frozenset(
        {Role.SERVICE_MANAGER, Role.SALES_MANAGER, Role.GENERAL_MANAGER}
    ),  # of which department: reports.actions_sheets
    "verification.plan": frozenset({Role.CARE_MANAGER, Role.GENERAL_MANAGER}),
    "lounge.view": frozenset(LEADERS | {Role.REGIONAL}),  # everybody's samples and verdicts, the roster
    "lounge.own": frozenset({Role.ADVISOR, Role.SALES}),  # one's own verdicts and reasons
    "lounge.lead": frozenset(
        {Role.SERVICE_MANAGER, Role.SALES_MANAGER, Role.CARE_MANAGER, Role.GENERAL_MANAGER}
    ),  # excuses, swaps; whose: lounge.actions
    "payroll": frozenset({Role.CARE_MANAGER, Role.GENERAL_MANAGER}),  # rewards and deductions, and how much they are
    "import": frozenset({Role.CARE_MANAGER, Role.GENERAL_MANAGER, Role.SERVICE_MANAGER}),
    "absences.edit": frozenset(LEADERS),
    "settings.edit": frozenset({Role.CARE_MANAGER, Role.GENERAL_MANAGER}),
    "screens.edit": frozenset(
        {Role.SERVICE_MANAGER, Role.SALES_MANAGER, Role.CARE_MANAGER, Role.GENERAL_MANAGER}
    ),  # makes and withdraws the addresses of lounge and counter screens
    "messages.resend": frozenset({Role.CARE_MANAGER, Role.GENERAL_MANAGER}),
}
