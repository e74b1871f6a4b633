"""What belongs to no floor: the health of the house."""

from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.http import JsonResponse
from django.views.decorators.http import require_safe

from core import clock, sweep
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
