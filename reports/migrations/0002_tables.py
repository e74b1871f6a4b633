import core.clock
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from core.migrating import CreateModels


class Migration(migrations.Migration):

    replaces = [('reports', '0001_counted'), ('reports', '0002_watching'), ('reports', '0003_complaints'), ('reports', '0004_factors_counted'), ('reports', '0005_outside'), ('reports', '0006_plans'), ('reports', '0007_targets'), ('reports', '0008_sheets'), ('reports', '0009_watch_again')]

    initial = True

    dependencies = [
        ('complaints', '0001_tables'),
        ('csi', '0001_tables'),
        ('reports', '0001_tables'),
        ('staff', '0001_tables'),
    ]

    operations = [CreateModels([
        migrations.CreateModel(
            name='MeasureDone',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='staff.store')),
                ('complaint', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='measures_done', to='complaints.complaint')),
                ('resolution', models.PositiveSmallIntegerField(help_text='complaint.resolutions then: a reopened one has a new measure', null=True)),
                ('dissatisfaction', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='measures_done', to='csi.dissatisfaction')),
                ('done_on', models.DateField()),
                ('at', models.DateTimeField(default=core.clock.now)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('words', models.TextField(blank=True)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('complaint', 'resolution'), name='measure_done_once_per_solution'), models.UniqueConstraint(fields=('dissatisfaction',), name='measure_done_once_per_dissatisfaction'), models.CheckConstraint(condition=models.Q(models.Q(('complaint', None), ('dissatisfaction__isnull', False)), models.Q(models.Q(('complaint', None), _negated=True), models.Q(('dissatisfaction__isnull', False), _negated=True)), _connector='OR'), name='measure_of_one_thing'), models.CheckConstraint(condition=models.Q(models.Q(('complaint', None), ('resolution', None)), models.Q(models.Q(('complaint', None), _negated=True), models.Q(('resolution', None), _negated=True)), _connector='OR'), name='measure_of_a_solution')],
            },
        ),
    ])]
