"""Who calls an unhappy customer back: the order's advisor; the supervisor if the advisor is the cause or absent (domain §4 ◆)."""

from csi.models import Questionnaire, Response
from followups.models import FollowUp
from staff import people
from staff.models import User
from staff.roles import Role

# The ladder of domain §5, by the department concerned, among those who may make recovery calls.
LADDERS = {
    Questionnaire.Audience.SERVICE: (Role.ADVISOR, Role.SUPERVISOR, Role.SERVICE_MANAGER),
    Questionnaire.Audience.SALES: (Role.SALES, Role.SALES_SUPERVISOR, Role.SALES_MANAGER),
}


def recovery_assignee(response: Response, day) -> User | None:
    """day: the store's local date. Whoever the customer named is skipped (当事人回避), and so is who cannot sign in.

    None when nobody is left: the callers make the call then.
    """
    named = set(response.dissatisfactions.exclude(person=None).values_list("person", flat=True))
    first, *superiors = LADDERS[response.audience]
    if response.advisor_id and response.advisor_id not in named:
        advisor = _able(people.present(response.store, day, first, *superiors).filter(pk=response.advisor_id), named)
        if advisor:
            return advisor
    for role in superiors:
        superior = _able(people.present(response.store, day, role), named)
        if superior:
            return superior
    return None


def _able(users, named: set[int]) -> User | None:
    """The first who has a password: people from an import are only named, and would never see the call."""
    return users.exclude(pk__in=named).exclude(password__startswith="!").first()


def supervisors(store, audience: str, day):
    """Who is told that a recovery is late."""
    for role in LADDERS[audience][1:]:
        found = list(people.present(store, day, role).exclude(password__startswith="!"))
        if found:
            return found
    return []


def care_managers(store, day):
    return list(people.present(store, day, Role.CARE_MANAGER).exclude(password__startswith="!"))


def rated(followup: FollowUp):
    """The advisor or consultant whom the answers are about."""
    if followup.order_id:
        return followup.order.advisor
    return followup.delivery.consultant if followup.delivery_id else None
