from django.db.models import Q


def both_or_neither(first: Q, second: Q) -> Q:
    """The condition of a check constraint over paired facts."""
    return (first & second) | (~first & ~second)
