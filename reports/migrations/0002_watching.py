from django.db import migrations

from reports.watching import watch


class Migration(migrations.Migration):
    dependencies = [
        ("reports", "0001_counted"),
        ("visits", "0006_aftercare"),
        ("followups", "0003_aftercare"),
        ("csi", "0005_aftercare"),
        ("customers", "0004_fewer_indexes"),
    ]
    operations = [
        # What is there already has changed, as far as anybody knows.
        migrations.RunSQL("INSERT INTO reports_changed (store_id, day) SELECT id, '1970-01-01' FROM staff_store", migrations.RunSQL.noop),
        watch(
            "visits_serviceorder",
            "visits_newcardelivery",
            "followups_followup",
            "followups_attempt",
            "csi_response",
            "csi_dissatisfaction",
            "customers_vehicle",
        )
    ]
