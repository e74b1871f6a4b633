from django.db import migrations

from core.appendonly import guard


class Migration(migrations.Migration):
    dependencies = [("visits", "0001_initial")]
    operations = [
        guard("visits_steptaken", ["id", "order_id", "step", "at", "by_id"]),
        guard("visits_scopechange", ["id", "order_id", "extra_fen", "promised_at", "consent", "consented_at", "by_id"]),
    ]
