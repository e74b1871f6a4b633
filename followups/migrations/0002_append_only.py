from django.db import migrations

from core.appendonly import guard


class Migration(migrations.Migration):
    dependencies = [("followups", "0001_initial")]
    operations = [
        guard("followups_attempt", ["id", "sheet_id", "customer_id", "number", "outcome", "by_id", "at", "on", "half_day"]),
        guard("followups_served", ["id", "attempt_id", "followup_id"]),
    ]
