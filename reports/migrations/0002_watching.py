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
