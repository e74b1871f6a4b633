from django.db import migrations

from core.appendonly import guard


class Migration(migrations.Migration):
    dependencies = [("complaints", "0003_feedback")]
    operations = [
        guard("complaints_feedbackentry", ["id", "feedback_id", "at", "by_id", "kind", "clock_id", "status", "person_id", "method", "token"]),
        # Of a limit the promise itself never changes; that it was met or late is written beside it.
        guard("complaints_feedbackclock", ["id", "feedback_id", "act", "started_at", "due_at", "why"]),
    ]
