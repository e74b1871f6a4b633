from django.db import migrations

from reports.watching import watch


class Migration(migrations.Migration):
    dependencies = [("reports", "0002_watching"), ("complaints", "0002_append_only")]
    operations = [watch("complaints_complaint", "complaints_clock")]
