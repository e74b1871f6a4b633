import core.clock
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from core.migrating import CreateModels


class Migration(migrations.Migration):

    replaces = [('lounge', '0001_initial'), ('lounge', '0002_verdicts'), ('lounge', '0003_waiting'), ('lounge', '0004_asked_index')]

    initial = True

    dependencies = [
        ('customers', '0001_tables'),
        ('followups', '0001_tables'),
        ('lounge', '0001_tables'),
        ('staff', '0001_tables'),
        ('visits', '0001_tables'),
    ]

    operations = [CreateModels([
        migrations.CreateModel(
            name='SampleRank',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sample', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='ranks', to='lounge.sample')),
                ('rank', models.PositiveIntegerField(help_text='from 1')),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.customer')),
                ('order', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='visits.serviceorder')),
                ('delivery', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='visits.newcardelivery')),
                ('followup', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='ranked', to='followups.followup')),
                ('result', models.CharField(blank=True, choices=[('counted', 'interviewed'), ('too_few', 'too few items applied: does not count'), ('refused', 'refused'), ('unreachable', 'could not be reached'), ('cancelled', 'cancelled'), ('too_late', 'not reached by the 8th'), ('do_not_call', 'asked not to be called'), ('contacts', 'called often enough this week'), ('asked', 'asked about this month for a colleague')], max_length=12)),
            ],
            options={
                'ordering': ['sample', 'rank'],
                'indexes': [models.Index(condition=models.Q(('followup__isnull', False)), fields=['result'], name='sample_rank_asked')],
                'constraints': [models.UniqueConstraint(fields=('sample', 'rank'), name='sample_rank_once'), models.UniqueConstraint(fields=('sample', 'customer'), name='sample_customer_once'), models.CheckConstraint(condition=models.Q(models.Q(('order', None), ('delivery__isnull', False)), models.Q(models.Q(('order', None), _negated=True), models.Q(('delivery__isnull', False), _negated=True)), _connector='OR'), name='sample_rank_of_one_visit')],
            },
        ),
        migrations.CreateModel(
            name='Waiting',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='staff.store')),
                ('order', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='waiting', to='visits.serviceorder')),
                ('name', models.CharField(blank=True, max_length=20, verbose_name='how they are addressed')),
                ('why', models.CharField(choices=[('car', 'a car in the workshop'), ('companion', 'accompanies somebody'), ('sales', 'waits for sales'), ('parts', 'waits for parts'), ('other', 'something else')], default='car', max_length=9, verbose_name='waits for')),
                ('arrived_at', models.DateTimeField()),
                ('drink', models.CharField(blank=True, help_text='the last one served', max_length=20)),
                ('served', models.PositiveSmallIntegerField(default=0, help_text='how many drinks')),
                ('served_at', models.DateTimeField(blank=True, null=True)),
                ('attended_at', models.DateTimeField(blank=True, help_text='when somebody last looked after them', null=True)),
                ('left_at', models.DateTimeField(blank=True, null=True)),
                ('added_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['store', 'left_at'], name='waiting_left')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('order', None), models.Q(('why', 'car'), _negated=True)), models.Q(models.Q(('order', None), _negated=True), ('why', 'car')), _connector='OR'), name='waiting_for_a_car_has_an_order'), models.CheckConstraint(condition=models.Q(('order__isnull', False), models.Q(('name', ''), _negated=True), _connector='OR'), name='waiting_is_somebody'), models.CheckConstraint(condition=models.Q(('why__in', ['car', 'companion', 'sales', 'parts', 'other'])), name='waiting_why_known'), models.CheckConstraint(condition=models.Q(models.Q(models.Q(('served', 0), ('served_at', None)), models.Q(models.Q(('served', 0), _negated=True), models.Q(('served_at', None), _negated=True)), _connector='OR'), models.Q(models.Q(('served', 0), ('drink', '')), models.Q(models.Q(('served', 0), _negated=True), models.Q(('drink', ''), _negated=True)), _connector='OR')), name='waiting_served_says_what_and_when')],
            },
        ),
        migrations.CreateModel(
            name='Prospect',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='staff.store')),
                ('waiting', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='prospects', to='lounge.waiting')),
                ('customer', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.customer')),
                ('name', models.CharField(blank=True, max_length=20, verbose_name='how they are addressed')),
                ('contact', models.CharField(blank=True, max_length=40, verbose_name='phone')),
                ('model', models.CharField(blank=True, max_length=60, verbose_name='model of interest')),
                ('words', models.CharField(max_length=200, verbose_name='what was said')),
                ('person', models.ForeignKey(blank=True, help_text='who should call', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('at', models.DateTimeField(default=core.clock.now)),
                ('on', models.DateField(help_text='local date of at')),
                ('seen_to_at', models.DateTimeField(blank=True, null=True)),
                ('seen_to_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['store', 'on', 'by'], name='prospect_on'), models.Index(condition=models.Q(('seen_to_at', None)), fields=['store'], name='prospect_open')],
                'constraints': [models.CheckConstraint(condition=models.Q(('customer__isnull', False), models.Q(('name', ''), _negated=True), _connector='OR'), name='prospect_is_somebody'), models.CheckConstraint(condition=models.Q(models.Q(('seen_to_at', None), ('seen_to_by', None)), models.Q(models.Q(('seen_to_at', None), _negated=True), models.Q(('seen_to_by', None), _negated=True)), _connector='OR'), name='prospect_seen_to_by_somebody')],
            },
        ),
        migrations.CreateModel(
            name='Question',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='staff.store')),
                ('waiting', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='questions', to='lounge.waiting')),
                ('question', models.CharField(max_length=200, verbose_name='question')),
                ('answer', models.CharField(max_length=400, verbose_name='answer')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('at', models.DateTimeField(default=core.clock.now)),
                ('on', models.DateField(help_text='local date of at')),
            ],
            options={
                'indexes': [models.Index(fields=['store', 'on', 'by'], name='question_on')],
            },
        ),
        migrations.CreateModel(
            name='Request',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('waiting', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='requests', to='lounge.waiting')),
                ('text', models.CharField(blank=True, max_length=120, verbose_name='wish')),
                ('for_advisor', models.BooleanField(default=False)),
                ('at', models.DateTimeField(default=core.clock.now)),
                ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('done_at', models.DateTimeField(blank=True, null=True)),
                ('done_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['pk'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('done_at', None), ('for_advisor', True)), fields=('waiting',), name='request_one_open_for_advisor'), models.CheckConstraint(condition=models.Q(models.Q(('done_at', None), ('done_by', None)), models.Q(models.Q(('done_at', None), _negated=True), models.Q(('done_by', None), _negated=True)), _connector='OR'), name='request_done_by_somebody')],
            },
        ),
    ])]
