"""What a file must hold (domain §2; S1, S3 §4), and what of it is missing. Pure; customers.querysets asks the database the same.

◆ A phone counts as long as nothing says that it does not work. Birthday, occupation and licence are asked of persons, not of companies.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

# field -> what it is called; several fields joined by | need one of them.
CUSTOMER = {
    "name": _("name"),
    "phone": _("a phone that works"),
    "address|region": _("address or district"),
    "source": _("where the customer came from"),
}
PERSON = {"birthday": _("birthday"), "occupation": _("occupation"), "licence_expires_on": _("driving licence valid until")}
VEHICLE = {
    "plate": _("plate"),
    "vin": _("VIN"),
    "model": _("model"),
    "mileage": _("mileage"),
    "purchased_on": _("bought on"),
    "insurance_until": _("insured until"),
    "warranty_until": _("under warranty until"),
    "next_maintenance_on": _("next maintenance on"),
}


@dataclass(frozen=True)
class Completeness:
    """required: how many facts are asked for; missing: the names of those that are not there."""

    required: int
    missing: tuple[str, ...]

    @property
    def present(self) -> int:
        return self.required - len(self.missing)

    @property
    def share(self) -> float:
        return self.present / self.required

    @property
    def is_complete(self) -> bool:
        return not self.missing

    def __add__(self, other: "Completeness") -> "Completeness":
        return Completeness(self.required + other.required, self.missing + other.missing)


def of_customer(customer, validities: Iterable[str]) -> Completeness:
    """validities: 'valid', 'invalid' or 'unknown' of each of the customer's phones."""
    required = CUSTOMER if customer.kind == "company" else CUSTOMER | PERSON
    missing = _missing(customer, {field: label for field, label in required.items() if field != "phone"})
    if all(validity == "invalid" for validity in validities):
        missing.insert(0, str(CUSTOMER["phone"]))
    return Completeness(len(required), tuple(missing))


def of_vehicle(vehicle) -> Completeness:
    return Completeness(len(VEHICLE), tuple(_missing(vehicle, VEHICLE)))


def _missing(record, required: dict) -> list[str]:
    return [str(label) for fields, label in required.items() if all(getattr(record, f) in (None, "") for f in fields.split("|"))]
