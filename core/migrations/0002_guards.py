from django.db import migrations

from core.appendonly import guard


class Migration(migrations.Migration):
    dependencies = [("core", "0001_tables")]
    replaces = [('core', '0001_initial'), ('core', '0002_append_only'), ('core', '0002_initial'), ('core', '0003_append_only'), ('core', '0004_outbox_dead'), ('core', '0005_sent_forms'), ('core', '0006_channels'), ('core', '0007_allowance')]
    operations = [
        guard("core_auditevent", ["id", "at", "store_code", "by_id", "verb", "subject", "details"]),
        guard("core_auditseal", ["id", "upto", "digest"]),
    ]
