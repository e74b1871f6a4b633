from django.db import migrations

from core.appendonly import guard


class Migration(migrations.Migration):
    dependencies = [("complaints", "0001_initial")]
    operations = [
        guard(
            "complaints_entry",
            ["id", "complaint_id", "at", "by_id", "kind", "clock_id", "status", "level", "person_id", "cause", "method", "next_at", "fen", "token"],
        ),
        # Of a clock the promise itself never changes; that it was met, paused or late is written beside it.
        guard("complaints_clock", ["id", "complaint_id", "kind", "occasion", "started_at", "due_at", "due_on", "why", "goes_on_id"]),
    ]
