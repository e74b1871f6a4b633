from django.db import migrations, models
from django.db.models import OuterRef, Subquery


def copy_days(apps, _editor):
    Dissatisfaction, Response = apps.get_model("csi", "Dissatisfaction"), apps.get_model("csi", "Response")
    day = Response.objects.filter(pk=OuterRef("response")).values("answered_on")
    Dissatisfaction.objects.update(answered_on=Subquery(day))


class Migration(migrations.Migration):
    dependencies = [("csi", "0010_invitations")]

    operations = [
        migrations.AddField("dissatisfaction", "answered_on", models.DateField(null=True)),
        migrations.RunPython(copy_days, migrations.RunPython.noop),
        migrations.AlterField(
            "dissatisfaction",
            "answered_on",
            models.DateField(help_text="the response's, which is frozen: so that a month's are found by an index"),
        ),
        migrations.AddIndex("dissatisfaction", models.Index(fields=["store", "answered_on"], name="dissatisfaction_answered_on")),
    ]
