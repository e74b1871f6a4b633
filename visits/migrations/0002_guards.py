from django.db import migrations

from core.appendonly import guard


class Migration(migrations.Migration):
    dependencies = [("visits", "0001_tables")]
    replaces = [('visits', '0001_initial'), ('visits', '0002_append_only'), ('visits', '0003_imports'), ('visits', '0004_fewer_indexes'), ('visits', '0005_plate_then'), ('visits', '0006_aftercare')]
    operations = [
        guard("visits_steptaken", ["id", "order_id", "step", "at", "by_id"]),
        guard("visits_scopechange", ["id", "order_id", "extra_fen", "promised_at", "consent", "consented_at", "by_id"]),
    ]
