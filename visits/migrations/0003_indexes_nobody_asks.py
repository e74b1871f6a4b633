import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# By name, as Django has made them on both databases: to alter the fields would make SQLite copy the table, which triggers of other
# tables mention.
DROPPED = (
    "visits_serviceorder_advisor_id_8a193ccf",  # order_delivered_on has it; alone it tells orders apart by a fifth
    "visits_serviceorder_redoes_id_0eb5518a",  # nearly always empty: order_redone
    "visits_serviceorder_technicians_serviceorder_id_416c4ce9",  # the unique index of order and person begins with it
)


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0001_tables'),
        ('staff', '0002_screens_of_the_lounge'),
        ('visits', '0002_guards'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(f'DROP INDEX IF EXISTS "{name}"', migrations.RunSQL.noop) for name in DROPPED],
            state_operations=[
                migrations.AlterField(
                    model_name='serviceorder',
                    name='advisor',
                    field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='service advisor'),
                ),
                migrations.AlterField(
                    model_name='serviceorder',
                    name='redoes',
                    field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reworks', to='visits.serviceorder', verbose_name='redoes'),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name='serviceorder',
            index=models.Index(condition=models.Q(('redoes__isnull', False)), fields=['redoes'], name='order_redone'),
        ),
    ]
