"""What every page shows around its content."""

from django.conf import settings

from core import sweep
from core.models import OutboxMessage


def page(request):
    """Lazily, so that a page that shows neither pays for neither."""
    user = getattr(request, "user", None)
    return {
        "store": getattr(request, "store", None),
        "stores": getattr(request, "stores", []),
        "access": getattr(request, "access", None),
        "sweep_is_late": lambda: sweep.is_late(),
        "sweep_finished_at": lambda: sweep.finished_at(),
        "unread_count": lambda: OutboxMessage.objects.unread_by(user).count() if user and user.is_authenticated else 0,
        "version": settings.VERSION,
    }
