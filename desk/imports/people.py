"""Who is named in a file: advisors, technicians, consultants."""

from django.utils.translation import gettext_noop as _

from staff.actions import named_person
from staff.models import Membership, Store
from staff.roles import SALES, SERVICE, Role

UNKNOWN = {
    Role.ADVISOR: _("unknown advisor; added as a named person"),
    Role.TECHNICIAN: _("unknown technician; added as a named person"),
    Role.SALES: _("unknown sales consultant; added as a named person"),
}


class People:
    """Staff by name; unknown ones are added as named people, who cannot sign in. One for all chunks of a run."""

    def __init__(self, store: Store, by):
        self.store, self.by = store, by
        self.known: dict[tuple[str, str], int] = {}
        rows = Membership.objects.filter(store=store, role__in=[*SERVICE, *SALES, Role.TECHNICIAN]).select_related("user")
        # An advisor before a supervisor of the same name, the older before the younger.
        for row in sorted(rows, key=lambda row: (row.role not in (Role.ADVISOR, Role.SALES, Role.TECHNICIAN), row.user_id)):
            self.known.setdefault((self._side(row.role), row.user.name), row.user_id)

    @staticmethod
    def _side(role: str) -> str:
        return Role.SALES if role in SALES else Role.TECHNICIAN if role == Role.TECHNICIAN else Role.ADVISOR

    def know(self, name: str, role: str) -> bool:
        return (self._side(role), name) in self.known

    def find(self, name: str, role: str) -> tuple[int, bool]:
        """(user's pk, whether just added)."""
        key = (self._side(role), name)
        if key in self.known:
            return self.known[key], False
        user, made = named_person(name=name, store=self.store, role=role, by=self.by)
        self.known[key] = user.pk
        return user.pk, made
