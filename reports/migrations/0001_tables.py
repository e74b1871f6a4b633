import core.clock
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from core.migrating import CreateModels


class Migration(migrations.Migration):

    replaces = [('reports', '0001_counted'), ('reports', '0002_watching'), ('reports', '0003_complaints'), ('reports', '0004_factors_counted'), ('reports', '0005_outside'), ('reports', '0006_plans'), ('reports', '0007_targets'), ('reports', '0008_sheets'), ('reports', '0009_watch_again')]

    initial = True

    dependencies = [
        ('staff', '0001_tables'),
    ]

    operations = [CreateModels([
        migrations.CreateModel(
            name='Changed',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('store_id', models.BigIntegerField()),
                ('day', models.DateField()),
            ],
            options={
                'indexes': [models.Index(fields=['store_id', 'day'], name='changed_of_store')],
            },
        ),
        migrations.CreateModel(
            name='Counted',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='staff.store')),
                ('kind', models.CharField(help_text='month or week', max_length=5)),
                ('first', models.DateField(help_text="the period's first day")),
                ('is_stale', models.BooleanField(default=True)),
                ('changes', models.PositiveIntegerField(default=0, help_text='goes up whenever it is found stale: a count is kept only if none came meanwhile')),
                ('counted_at', models.DateTimeField(null=True)),
                ('totals', models.JSONField(default=dict)),
                ('people', models.JSONField(default=dict)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('is_stale', True)), fields=['-first'], name='counted_stale')],
                'constraints': [models.UniqueConstraint(fields=('store', 'kind', 'first'), name='counted_once'), models.CheckConstraint(condition=models.Q(('is_stale', True), ('counted_at__isnull', False), _connector='OR'), name='counted_has_time')],
            },
        ),
        migrations.CreateModel(
            name='ImprovementPlan',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='staff.store')),
                ('about', models.CharField(choices=[('item', 'weak item'), ('topic', 'frequent complaint')], max_length=5)),
                ('audience', models.CharField(blank=True, max_length=8)),
                ('code', models.SlugField(db_index=False, max_length=40)),
                ('standard', models.CharField(blank=True, max_length=60)),
                ('kind', models.CharField(help_text='month or week', max_length=5)),
                ('first', models.DateField(help_text='the first day of the period that it was found in')),
                ('cause', models.TextField(verbose_name='cause')),
                ('measure', models.TextField(verbose_name='measure')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='who carries it out')),
                ('due_on', models.DateField(verbose_name='until')),
                ('due_at', models.DateTimeField()),
                ('status', models.CharField(choices=[('open', 'open'), ('done', 'carried out'), ('dropped', 'not carried out')], default='open', max_length=8)),
                ('result', models.TextField(blank=True, verbose_name='result')),
                ('ended_on', models.DateField(help_text='the day on which it was carried out, or given up', null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('ended_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('made_at', models.DateTimeField(default=core.clock.now)),
                ('made_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('told_at', models.DateTimeField(help_text='when it was told that the date has passed', null=True)),
            ],
            options={
                'indexes': [models.Index(fields=['store', '-made_at', '-id'], name='plan_newest'), models.Index(condition=models.Q(('status', 'open')), fields=['store', 'due_on'], name='plan_open'), models.Index(condition=models.Q(('status', 'open'), ('told_at', None)), fields=['due_at'], name='plan_to_tell')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('status', 'open')), fields=('store', 'about', 'audience', 'code', 'standard'), name='plan_one_open_of_a_subject'), models.CheckConstraint(condition=models.Q(('about__in', ['item', 'topic']), ('kind__in', ['month', 'week']), ('status__in', ['open', 'done', 'dropped'])), name='plan_choices_known'), models.CheckConstraint(condition=models.Q(models.Q(('about', 'item'), ('audience__in', ['service', 'sales']), ('standard', '')), models.Q(('about', 'topic'), ('audience', '')), _connector='OR'), name='plan_subject_is_whole'), models.CheckConstraint(condition=models.Q(models.Q(('cause', ''), _negated=True), models.Q(('measure', ''), _negated=True)), name='plan_says_why_and_what'), models.CheckConstraint(condition=models.Q(models.Q(('ended_at', None), ('ended_by', None), ('ended_on', None), ('result', ''), ('status', 'open')), models.Q(('ended_at__isnull', False), ('ended_by__isnull', False), ('ended_on__isnull', False), ('status__in', ['done', 'dropped']), models.Q(('result', ''), _negated=True)), _connector='OR'), name='plan_ended_says_how'), models.CheckConstraint(condition=models.Q(('told_at', None), ('told_at__gte', models.F('due_at')), _connector='OR'), name='plan_not_told_early')],
            },
        ),
        migrations.CreateModel(
            name='OutsideNumbers',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='staff.store')),
                ('month', models.DateField(help_text='its first day')),
                ('local_vehicles', models.PositiveIntegerField(blank=True, null=True, verbose_name='vehicles of the brand in the area')),
                ('profit_share', models.PositiveIntegerField(blank=True, help_text='hundredths of a percent', null=True, verbose_name='service share of the profit')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('store', 'month'), name='outside_once_a_month'), models.CheckConstraint(condition=models.Q(('local_vehicles', None), ('local_vehicles__gt', 0), _connector='OR'), name='outside_some_vehicles'), models.CheckConstraint(condition=models.Q(('profit_share', None), ('profit_share__lte', 10000), _connector='OR'), name='outside_share_of_whole')],
            },
        ),
        migrations.CreateModel(
            name='PlanEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('plan', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='reports.improvementplan')),
                ('at', models.DateTimeField(default=core.clock.now)),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('kind', models.CharField(choices=[('made', 'made'), ('changed', 'changed'), ('reviewed', 'reviewed'), ('overdue', 'date passed'), ('done', 'carried out'), ('dropped', 'not carried out')], max_length=8)),
                ('due_on', models.DateField()),
                ('words', models.TextField(blank=True)),
            ],
            options={
                'ordering': ['pk'],
                'indexes': [models.Index(fields=['plan', 'id'], name='plan_entry_of')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('kind', 'overdue')), fields=('plan', 'due_on'), name='plan_entry_overdue_once'), models.CheckConstraint(condition=models.Q(('kind__in', ['made', 'changed', 'reviewed', 'overdue', 'done', 'dropped'])), name='plan_entry_kind_known')],
            },
        ),
        migrations.CreateModel(
            name='SheetSignature',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='staff.store')),
                ('department', models.CharField(choices=[('service', 'service'), ('sales', 'sales')], max_length=8)),
                ('week', models.DateField(help_text='its Monday')),
                ('at', models.DateTimeField(default=core.clock.now)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('content', models.JSONField(default=dict)),
            ],
            options={
                'ordering': ['pk'],
                'indexes': [models.Index(fields=['store', 'department', 'week', 'id'], name='signature_of_week')],
                'constraints': [models.CheckConstraint(condition=models.Q(('department__in', ['service', 'sales'])), name='signature_department_known')],
            },
        ),
        migrations.CreateModel(
            name='Target',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='staff.store')),
                ('quarter', models.DateField(help_text='its first day')),
                ('figure', models.SlugField(db_index=False, max_length=40)),
                ('role', models.CharField(blank=True, choices=[('advisor', 'service advisor'), ('sales', 'sales consultant'), ('caller', 'caller'), ('supervisor', 'reception supervisor'), ('sales_supervisor', 'sales supervisor'), ('service_manager', 'service manager'), ('sales_manager', 'sales manager'), ('care_manager', 'customer manager'), ('general_manager', 'general manager'), ('regional', 'regional auditor'), ('technician', 'technician'), ('inspector', 'inspector'), ('cashier', 'cashier'), ('operator', 'telephone operator'), ('lounge', 'lounge attendant')], max_length=20)),
                ('person', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('value', models.BigIntegerField(help_text="in ten-thousandths of the figure's unit: 9800 is 98 %, 300000 half an hour")),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('person', None)), fields=('store', 'quarter', 'figure', 'role'), name='target_once'), models.UniqueConstraint(condition=models.Q(('person__isnull', False)), fields=('store', 'quarter', 'figure', 'person'), name='target_once_of_person'), models.CheckConstraint(condition=models.Q(('role', ''), ('person', None), _connector='OR'), name='target_of_role_or_person'), models.CheckConstraint(condition=models.Q(('role', ''), ('role__in', ['advisor', 'sales', 'caller', 'supervisor', 'sales_supervisor', 'service_manager', 'sales_manager', 'care_manager', 'general_manager', 'regional', 'technician', 'inspector', 'cashier', 'operator', 'lounge']), _connector='OR'), name='target_role_known')],
            },
        ),
    ])]
