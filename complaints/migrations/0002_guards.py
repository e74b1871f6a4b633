from django.db import migrations

from core.appendonly import guard


class Migration(migrations.Migration):
    dependencies = [("complaints", "0001_tables")]
    replaces = [('complaints', '0001_initial'), ('complaints', '0002_append_only'), ('complaints', '0003_feedback'), ('complaints', '0004_feedback_append_only')]
    operations = [
        guard("complaints_entry", ["id", "complaint_id", "at", "by_id", "kind", "clock_id", "status", "level", "person_id", "cause", "method", "next_at", "fen", "token"]),
        guard("complaints_clock", ["id", "complaint_id", "kind", "occasion", "started_at", "due_at", "due_on", "why", "goes_on_id"]),
        guard("complaints_feedbackentry", ["id", "feedback_id", "at", "by_id", "kind", "clock_id", "status", "person_id", "method", "token"]),
        guard("complaints_feedbackclock", ["id", "feedback_id", "act", "started_at", "due_at", "why"]),
    ]
