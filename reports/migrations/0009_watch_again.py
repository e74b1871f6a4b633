from django.db import migrations

from reports.watching import watch


class Migration(migrations.Migration):
    """The dissatisfactions' table was made anew on SQLite, which loses triggers; and they know their day themselves now."""

    dependencies = [("reports", "0008_sheets"), ("csi", "0011_dissatisfaction_answered_on")]
    operations = [watch("csi_dissatisfaction")]
