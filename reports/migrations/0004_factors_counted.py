from django.db import migrations

from reports.watching import count_again


class Migration(migrations.Migration):
    dependencies = [("reports", "0003_complaints"), ("csi", "0006_factors")]
    operations = [count_again()]
