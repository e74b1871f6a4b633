from django.db import migrations

from core.appendonly import guard


class Migration(migrations.Migration):
    dependencies = [("followups", "0001_tables")]
    replaces = [('followups', '0001_initial'), ('followups', '0002_append_only'), ('followups', '0003_aftercare'), ('followups', '0004_is_retry'), ('followups', '0005_complaint_revisit'), ('followups', '0006_verification'), ('followups', '0007_implementation'), ('followups', '0008_suppressions'), ('followups', '0009_of_response')]
    operations = [
        guard("followups_attempt", ["id", "sheet_id", "customer_id", "number", "outcome", "by_id", "at", "on", "half_day"]),
        guard("followups_served", ["id", "attempt_id", "followup_id"]),
        guard("followups_drawing", ["id", "store_id", "month", "caller_id", "seed", "reason", "at", "by_id"]),
        guard("followups_verified", ["id", "followup_id", "took_place", "was_asked", "is_right", "at", "by_id"]),
        guard("followups_suppression", ["id", "customer_id", "plan", "occasion", "reason", "at", "on"]),
    ]
