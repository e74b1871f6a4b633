from django.db import migrations


def as_they_come(apps, schema_editor):
    """A workbook is compressed already: PostgreSQL tries in vain for as long as it takes to write it, and a file is read bit by bit."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute('ALTER TABLE "desk_importrun" ALTER COLUMN "data" SET STORAGE EXTERNAL')


class Migration(migrations.Migration):

    dependencies = [
        ('desk', '0002_rows_not_needed'),
    ]

    operations = [
        migrations.RunPython(as_they_come, migrations.RunPython.noop, elidable=False),
    ]
