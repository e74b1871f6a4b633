from django.db import migrations

from reports.watching import WATCHED, watch


class Migration(migrations.Migration):
    dependencies = [("reports", "0003_guards"), ("followups", "0001_tables")]
    replaces = [('reports', '0001_counted'), ('reports', '0002_watching'), ('reports', '0003_complaints'), ('reports', '0004_factors_counted'), ('reports', '0005_outside'), ('reports', '0006_plans'), ('reports', '0007_targets'), ('reports', '0008_sheets'), ('reports', '0009_watch_again')]
    operations = [watch(*(watched.table for watched in WATCHED))]
