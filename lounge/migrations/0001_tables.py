import core.clock
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from core.migrating import CreateModels


class Migration(migrations.Migration):

    replaces = [('lounge', '0001_initial'), ('lounge', '0002_verdicts'), ('lounge', '0003_waiting'), ('lounge', '0004_asked_index')]

    initial = True

    dependencies = [
        ('staff', '0001_tables'),
    ]

    operations = [CreateModels([
        migrations.CreateModel(
            name='Excuse',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='staff.store')),
                ('month', models.DateField(help_text='its first day')),
                ('audience', models.CharField(choices=[('service', 'service'), ('sales', 'sales')], max_length=8)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('reason', models.TextField(verbose_name='reason')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('at', models.DateTimeField(default=core.clock.now)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('store', 'month', 'audience', 'person'), name='excuse_once'), models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='excuse_has_reason'), models.CheckConstraint(condition=models.Q(('month__day', 1)), name='excuse_of_month')],
            },
        ),
        migrations.CreateModel(
            name='LoungeSettings',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('store', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='staff.store')),
                ('drinks', models.TextField(blank=True, help_text='One a line, at most nine.', max_length=400, verbose_name='drinks on offer')),
            ],
        ),
        migrations.CreateModel(
            name='PayPercentages',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='staff.store')),
                ('reward', models.PositiveIntegerField()),
                ('deduction', models.PositiveIntegerField()),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('at', models.DateTimeField(default=core.clock.now)),
            ],
            options={
                'ordering': ['pk'],
                'constraints': [models.CheckConstraint(condition=models.Q(('deduction__lte', 10000), ('reward__lte', 10000)), name='pay_percentages_whole')],
            },
        ),
        migrations.CreateModel(
            name='Sample',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='staff.store')),
                ('month', models.DateField(help_text='its first day')),
                ('audience', models.CharField(choices=[('service', 'service'), ('sales', 'sales')], max_length=8)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('wanted', models.PositiveSmallIntegerField(help_text='interviews')),
                ('seed', models.BigIntegerField()),
                ('reason', models.JSONField(help_text='visits, customers; left_out: why -> how many customers')),
                ('at', models.DateTimeField(default=core.clock.now)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('store', 'month', 'audience', 'person'), name='sample_once'), models.CheckConstraint(condition=models.Q(('month__day', 1)), name='sample_of_month'), models.CheckConstraint(condition=models.Q(('audience__in', ['service', 'sales'])), name='sample_audience_known')],
            },
        ),
        migrations.CreateModel(
            name='SampleMonth',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='staff.store')),
                ('month', models.DateField(help_text='its first day')),
                ('drawn_at', models.DateTimeField(null=True)),
                ('closed_at', models.DateTimeField(null=True)),
                ('judged_at', models.DateTimeField(null=True)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('store', 'month'), name='sample_month_once'), models.CheckConstraint(condition=models.Q(('month__day', 1)), name='sample_month_day'), models.CheckConstraint(condition=models.Q(('judged_at', None), ('closed_at__isnull', False), _connector='OR'), name='sample_month_closed_before_judged')],
            },
        ),
        migrations.CreateModel(
            name='Verdict',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='staff.store')),
                ('sample', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='verdict', to='lounge.sample')),
                ('month', models.DateField(help_text="the sample's, its first day")),
                ('audience', models.CharField(choices=[('service', 'service'), ('sales', 'sales')], max_length=8)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('outcome', models.CharField(choices=[('passed', 'passed'), ('not_passed', 'not passed'), ('none', 'no verdict')], max_length=10)),
                ('interviews', models.JSONField(help_text="[[rank's pk, response's pk, yes, no], …]: the customers and questions behind it")),
                ('place', models.PositiveSmallIntegerField(help_text='among those not passed: lowest mean first, then by the seed', null=True)),
                ('seed', models.BigIntegerField(help_text='of the order among equal means')),
                ('at', models.DateTimeField(default=core.clock.now)),
                ('decided_on', models.DateField(help_text='local date of at')),
            ],
            options={
                'indexes': [models.Index(fields=['person', 'month'], name='verdict_of_person')],
                'constraints': [models.UniqueConstraint(fields=('store', 'month', 'audience', 'person'), name='verdict_once'), models.CheckConstraint(condition=models.Q(('outcome__in', ['passed', 'not_passed', 'none'])), name='verdict_outcome_known'), models.CheckConstraint(condition=models.Q(models.Q(('place', None), models.Q(('outcome', 'not_passed'), _negated=True)), models.Q(models.Q(('place', None), _negated=True), ('outcome', 'not_passed')), _connector='OR'), name='verdict_place_of_not_passed')],
            },
        ),
        migrations.CreateModel(
            name='Duty',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='staff.store')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('starts_on', models.DateField()),
                ('ends_on', models.DateField()),
                ('seat', models.PositiveSmallIntegerField(help_text='1 or 2: at most two at once')),
                ('verdict', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='duty', to='lounge.verdict')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('store', 'person', 'starts_on'), name='duty_once_in_a_half'), models.UniqueConstraint(fields=('store', 'starts_on', 'seat'), name='duty_one_on_a_seat'), models.CheckConstraint(condition=models.Q(('seat__range', (1, 2))), name='duty_at_most_two_at_once'), models.CheckConstraint(condition=models.Q(('ends_on__gt', models.F('starts_on'))), name='duty_has_days')],
            },
        ),
        migrations.CreateModel(
            name='DutyChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='staff.store')),
                ('kind', models.CharField(choices=[('given', 'given with the verdict'), ('swapped', 'swapped'), ('taken_back', 'taken back')], max_length=10)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('verdict', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='lounge.verdict')),
                ('before', models.DateField(help_text='first day of the half that it was', null=True)),
                ('after', models.DateField(help_text='first day of the half that it is', null=True)),
                ('with_person', models.ForeignKey(help_text='whose half it was', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('reason', models.TextField(blank=True)),
                ('by', models.ForeignKey(help_text='null: the sweep', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('at', models.DateTimeField(default=core.clock.now)),
            ],
            options={
                'ordering': ['pk'],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('reason', ''), _negated=True), ('kind', 'given'), _connector='OR'), name='duty_change_has_reason')],
            },
        ),
    ])]
