"""What was edited before the application kept which fields a person had entered: all that such a record says counts as entered."""

from django.db import migrations, models

BATCH = 500
FIELDS = {
    "ServiceOrder": [
        "advisor_id",
        "kind",
        "step",
        "delivered_at",
        "delivered_on",
        "mileage",
        "note",
        "labour_fen",
        "parts_fen",
        "package_fen",
        "total_fen",
        "next_maintenance_on",
        "next_maintenance_km",
        "contact_name",
        "contact_phone"
    ]
}


def fill(apps, schema_editor):
    for model, names in FIELDS.items():
        rows = apps.get_model("visits", model).objects.filter(version__gt=1, origin="imported").order_by("pk")
        last = 0
        while page := list(rows.filter(pk__gt=last)[:BATCH]):
            for row in page:
                row.by_hand = sorted(name for name in names if getattr(row, name) not in (None, ""))
            type(page[0]).objects.bulk_update(page, ["by_hand"])
            last = page[-1].pk


class Migration(migrations.Migration):
    dependencies = [("visits", "0002_append_only")]

    operations = [
        migrations.AddField(
            model_name="serviceorder",
            name="by_hand",
            field=models.JSONField(
                default=list, editable=False, help_text="fields that a person has entered: no import overwrites them"
            ),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
