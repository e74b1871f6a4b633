"""What belongs to no floor: the health of the house, and what is said when it has none."""

import errno
import sys

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.views import defaults
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from core import clock, metrics, sweep
from core.models import SweepState


@login_not_required
@require_safe
def healthz(request):
    """200 when web and database answer. `oldest_due_seconds`: the age of the oldest row that the sweep has yet to act on."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    now = clock.now()
    oldest = sweep.oldest_due(now)
    finished = SweepState.objects.filter(name="sweep").values_list("finished_at", flat=True).first()
    return JsonResponse(
        {
            "status": "ok",
            "oldest_due_seconds": max(0, round((now - oldest).total_seconds())) if oldest and oldest <= now else 0,
            "sweep_finished_seconds_ago": round((now - finished).total_seconds()) if finished else None,
        }
    )


@never_cache
@login_not_required
@require_safe
def prometheus(request):
    """Counts and ages, nobody's data; still not for strangers (core.metrics.may_read)."""
    if not metrics.may_read(request):
        return HttpResponse("Not without METRICS_TOKEN: see docs/operations.md.\n", status=403, content_type="text/plain; charset=utf-8")
    return HttpResponse(metrics.text(clock.now()), content_type="text/plain; version=0.0.4; charset=utf-8")


NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
DISK_FULL = "53100"  # PostgreSQL


def is_full(problem: BaseException | None) -> bool:
    """Whether a disk had no room: for an upload, or for the database."""
    if isinstance(problem, DatabaseError):
        return "disk is full" in str(problem) or getattr(problem.__cause__, "pgcode", "") == DISK_FULL
    return isinstance(problem, OSError) and problem.errno in NO_ROOM


def server_error(request):
    """What went wrong while answering. A full disk is somebody's to mend, and nobody believes that anything was saved: 507."""
    if is_full(sys.exc_info()[1]):
        return HttpResponse(render_to_string("507.html"), status=507)  # without the request: what it would ask the database
    return defaults.server_error(request)
