from django.db import migrations

from core.appendonly import guard


class Migration(migrations.Migration):
    dependencies = [("core", "0002_initial")]
    operations = [
        guard("core_auditevent", ["id", "at", "store_code", "by_id", "verb", "subject", "details"]),
        guard("core_auditseal", ["id", "upto", "digest"]),
    ]
