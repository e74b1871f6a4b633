import core.clock
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from core.migrating import CreateModels


class Migration(migrations.Migration):

    replaces = [('desk', '0001_imports'), ('desk', '0002_attempts'), ('desk', '0003_oem_survey')]

    initial = True

    dependencies = [
        ('staff', '0001_tables'),
    ]

    operations = [CreateModels([
        migrations.CreateModel(
            name='ImportRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='staff.store')),
                ('kind', models.CharField(choices=[('service_orders', 'service orders'), ('deliveries', 'new-car deliveries'), ('customers', 'customers and cars'), ('callbacks', 'callbacks (forms 3 and 4)'), ('oem_survey', "the manufacturer's survey")], max_length=20, verbose_name='kind')),
                ('filename', models.CharField(max_length=200)),
                ('data', models.BinaryField(null=True)),
                ('status', models.CharField(choices=[('preview', 'looked at, not started'), ('waiting', 'waiting'), ('running', 'running'), ('done', 'done'), ('failed', 'failed')], default='preview', max_length=8)),
                ('learned', models.JSONField(default=dict, help_text='plain header -> field, as corrected by hand when the run was started')),
                ('problem', models.TextField(blank=True, help_text='why the run failed, a sentence')),
                ('sheets', models.JSONField(default=dict, help_text='sheet -> names of its header row and the columns of each field')),
                ('unknown_columns', models.JSONField(default=list)),
                ('total', models.PositiveIntegerField(help_text='valid rows to apply; None: not read yet', null=True)),
                ('position', models.PositiveIntegerField(default=0, help_text='rows applied, in the order of time')),
                ('created', models.PositiveIntegerField(default=0)),
                ('updated', models.PositiveIntegerField(default=0)),
                ('unchanged', models.PositiveIntegerField(default=0)),
                ('rejected', models.PositiveIntegerField(default=0, help_text='rows that are still rejected')),
                ('holder', models.CharField(blank=True, max_length=120)),
                ('lease_until', models.DateTimeField(null=True)),
                ('attempts', models.PositiveSmallIntegerField(default=0, help_text='how often it was taken up again since its last chunk')),
                ('created_at', models.DateTimeField(default=core.clock.now)),
                ('created_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('finished_at', models.DateTimeField(null=True)),
            ],
            options={
                'indexes': [models.Index(fields=['store', '-id'], name='import_newest')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('status', 'running')), fields=('store',), name='import_one_at_a_time'), models.CheckConstraint(condition=models.Q(models.Q(('status__in', ['done', 'failed']), models.Q(('finished_at', None), _negated=True)), models.Q(models.Q(('status__in', ['done', 'failed']), _negated=True), ('finished_at', None)), _connector='OR'), name='import_ended_has_time'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'running'), models.Q(('lease_until', None), _negated=True)), models.Q(models.Q(('status', 'running'), _negated=True), ('lease_until', None)), _connector='OR'), name='import_running_has_lease')],
            },
        ),
        migrations.CreateModel(
            name='LearnedColumn',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='staff.store')),
                ('kind', models.CharField(choices=[('service_orders', 'service orders'), ('deliveries', 'new-car deliveries'), ('customers', 'customers and cars'), ('callbacks', 'callbacks (forms 3 and 4)'), ('oem_survey', "the manufacturer's survey")], max_length=20)),
                ('header', models.CharField(help_text='as desk.imports.headers.plain() gives it', max_length=200)),
                ('field', models.CharField(blank=True, max_length=40)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('store', 'kind', 'header'), name='learned_column_once')],
            },
        ),
        migrations.CreateModel(
            name='ImportRemark',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='remarks', to='desk.importrun')),
                ('what', models.CharField(choices=[('reject', 'rejected'), ('conflict', 'conflict'), ('warning', 'warning')], max_length=8)),
                ('sheet', models.CharField(blank=True, max_length=200)),
                ('row', models.PositiveIntegerField(help_text='as the spreadsheet shows it; in a text file the line')),
                ('column', models.CharField(blank=True, max_length=200)),
                ('value', models.TextField(blank=True)),
                ('reasons', models.JSONField(help_text='[[column, text, params], …], translated when read')),
                ('cells', models.JSONField(default=list, help_text='the whole row, of a rejected one')),
                ('status', models.CharField(choices=[('open', 'to be corrected'), ('mended', 'corrected and imported')], default='open', max_length=6)),
            ],
            options={
                'indexes': [models.Index(fields=['run', 'what', 'id'], name='import_remarks')],
            },
        ),
    ])]
