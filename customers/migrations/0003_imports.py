"""What was edited before the application kept which fields a person had entered: all that such a record says counts as entered."""

from django.db import migrations, models

BATCH = 500
FIELDS = {
    "Customer": [
        "name",
        "kind",
        "gender",
        "is_vip",
        "birthday",
        "region",
        "address",
        "occupation",
        "trade",
        "source",
        "licence_expires_on",
        "wishes",
        "note"
    ],
    "Vehicle": [
        "plate",
        "vin",
        "model",
        "purchased_on",
        "bought_here",
        "consultant_id",
        "insurance_until",
        "warranty_until",
        "maintenance_months",
        "maintenance_km"
    ]
}


def fill(apps, schema_editor):
    for model, names in FIELDS.items():
        rows = apps.get_model("customers", model).objects.filter(version__gt=1).order_by("pk")
        last = 0
        while page := list(rows.filter(pk__gt=last)[:BATCH]):
            for row in page:
                row.by_hand = sorted(name for name in names if getattr(row, name) not in (None, ""))
            type(page[0]).objects.bulk_update(page, ["by_hand"])
            last = page[-1].pk


class Migration(migrations.Migration):
    dependencies = [("customers", "0002_initial")]

    operations = [
        migrations.AddField(
            model_name="customer",
            name="by_hand",
            field=models.JSONField(
                default=list, editable=False, help_text="fields that a person has entered: no import overwrites them"
            ),
        ),
        migrations.AddField(
            model_name="vehicle",
            name="by_hand",
            field=models.JSONField(
                default=list, editable=False, help_text="fields that a person has entered: no import overwrites them"
            ),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
