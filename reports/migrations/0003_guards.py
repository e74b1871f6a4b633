from django.db import migrations

from core.appendonly import guard


class Migration(migrations.Migration):
    dependencies = [("reports", "0002_tables")]
    replaces = [('reports', '0001_counted'), ('reports', '0002_watching'), ('reports', '0003_complaints'), ('reports', '0004_factors_counted'), ('reports', '0005_outside'), ('reports', '0006_plans'), ('reports', '0007_targets'), ('reports', '0008_sheets'), ('reports', '0009_watch_again')]
    operations = [
        guard("reports_planentry", ["id", "plan_id", "at", "by_id", "kind", "due_on"]),
        guard("reports_measuredone", ["id", "store_id", "complaint_id", "resolution", "dissatisfaction_id", "done_on", "at", "by_id"]),
        guard("reports_sheetsignature", ["id", "store_id", "department", "week", "at", "by_id", "content"]),
    ]
