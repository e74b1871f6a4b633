"""What every page shows around its content."""

from functools import cache

from django.conf import settings

from core import sweep
from core.models import OutboxMessage


def page(request):
    """Lazily, so that a page without a frame pays for none; one statement for all of it."""
    user = getattr(request, "user", None)
    is_signed_in = user and user.is_authenticated

    @cache
    def frame():
        return sweep.finished_at_and(OutboxMessage.objects.unread_by(user) if is_signed_in else OutboxMessage.objects.none())

    return {
        "store": getattr(request, "store", None),
        "stores": getattr(request, "stores", []),
        "access": getattr(request, "access", None),
        "sweep_is_late": lambda: sweep.is_late(frame()[0]),
        "sweep_finished_at": lambda: frame()[0],
        "unread_count": lambda: frame()[1],
        "version": settings.VERSION,
    }
