import core.clock
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from core.migrating import CreateModels


class Migration(migrations.Migration):

    replaces = [('followups', '0001_initial'), ('followups', '0002_append_only'), ('followups', '0003_aftercare'), ('followups', '0004_is_retry'), ('followups', '0005_complaint_revisit'), ('followups', '0006_verification'), ('followups', '0007_implementation'), ('followups', '0008_suppressions'), ('followups', '0009_of_response')]

    initial = True

    dependencies = [
        ('complaints', '0001_tables'),
        ('csi', '0001_tables'),
        ('customers', '0001_tables'),
        ('staff', '0001_tables'),
        ('visits', '0001_tables'),
    ]

    operations = [CreateModels([
        migrations.CreateModel(
            name='CallSheet',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='staff.store')),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='call_sheets', to='customers.customer')),
                ('audience', models.CharField(choices=[('caller', 'callers'), ('advisor', "the order's advisor")], default='caller', max_length=8)),
                ('assignee', models.ForeignKey(help_text="whose recovery calls these are; nobody's own for callers", null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('next_at', models.DateTimeField(null=True)),
                ('due_at', models.DateTimeField(null=True)),
                ('is_retry', models.BooleanField(default=False, help_text='somebody has dialled for what is open: it waits for the next try')),
                ('tier', models.CharField(choices=[('A', 'A loyal'), ('B', 'B potential'), ('C', 'C new'), ('D', 'D at risk')], default='C', help_text="the customer's, copied to sort by", max_length=1)),
                ('claimed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('claimed_until', models.DateTimeField(null=True)),
                ('claims', models.PositiveIntegerField(default=0, help_text='goes up at each claim: a saved form names the claim it belongs to')),
                ('draft', models.JSONField(default=dict, help_text='what the holder has filled in so far')),
                ('draft_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('next_at__isnull', False)), fields=['store', 'audience', 'due_at', 'tier', 'id'], name='sheet_queue'), models.Index(condition=models.Q(('next_at__isnull', False)), fields=['store', 'audience', 'is_retry', 'next_at'], name='sheet_next')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('audience', 'caller')), fields=('customer',), name='sheet_one_for_callers'), models.UniqueConstraint(condition=models.Q(('audience', 'advisor')), fields=('customer', 'assignee'), name='sheet_one_per_advisor'), models.CheckConstraint(condition=models.Q(models.Q(('next_at', None), ('due_at', None)), models.Q(models.Q(('next_at', None), _negated=True), models.Q(('due_at', None), _negated=True)), _connector='OR'), name='sheet_next_and_due'), models.CheckConstraint(condition=models.Q(models.Q(('claimed_by', None), ('claimed_until', None)), models.Q(models.Q(('claimed_by', None), _negated=True), models.Q(('claimed_until', None), _negated=True)), _connector='OR'), name='sheet_claim_paired'), models.CheckConstraint(condition=models.Q(('audience', 'caller'), ('assignee__isnull', False), _connector='XOR'), name='sheet_assignee_of_advisor')],
            },
        ),
        migrations.CreateModel(
            name='Drawing',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='staff.store')),
                ('month', models.DateField(help_text='its first day')),
                ('caller', models.ForeignKey(help_text='whose interviews', on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('seed', models.BigIntegerField()),
                ('reason', models.JSONField(help_text='n, satisfied, store_n, store_satisfied; eligible; sample: responses; left_out: response -> why')),
                ('at', models.DateTimeField(default=core.clock.now)),
                ('by', models.ForeignKey(help_text='null: the sweep', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('store', 'month', 'caller'), name='drawing_once')],
            },
        ),
        migrations.CreateModel(
            name='FollowUp',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='staff.store')),
                ('plan', models.CharField(choices=[('sale_care', 'sale care call'), ('sale_first', 'sale first call'), ('sale_week', 'sale week call'), ('run_in', 'run-in maintenance reminder'), ('service', 'service call'), ('recovery', 'recovery call'), ('recheck', 'recheck'), ('complaint', 'complaint revisit'), ('verification', 'verification call'), ('implementation', 'implementation call')], max_length=20)),
                ('occasion', models.CharField(help_text="what it follows, such as 'order 77'", max_length=80)),
                ('sheet', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='followups', to='followups.callsheet')),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='followups', to='customers.customer')),
                ('vehicle', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='followups', to='customers.vehicle')),
                ('order', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='followups', to='visits.serviceorder')),
                ('delivery', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='followups', to='visits.newcardelivery')),
                ('response', models.ForeignKey(help_text='the unhappy answer', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='followups', to='csi.response')),
                ('recovers', models.ForeignKey(help_text="a recheck's recovery", null=True, on_delete=django.db.models.deletion.PROTECT, related_name='rechecks', to='followups.followup')),
                ('complaint', models.ForeignKey(help_text="a revisit's", null=True, on_delete=django.db.models.deletion.PROTECT, related_name='followups', to='complaints.complaint')),
                ('assignee', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('started_at', models.DateTimeField(help_text='what the limit counts from')),
                ('opens_at', models.DateTimeField()),
                ('aim_at', models.DateTimeField(null=True)),
                ('due_at', models.DateTimeField()),
                ('due_on', models.DateField(help_text='local date of due_at')),
                ('is_agreed', models.BooleanField(default=False, help_text='the customer named the time')),
                ('next_at', models.DateTimeField(help_text='the next try; None when closed', null=True)),
                ('status', models.CharField(choices=[('open', 'open'), ('done', 'done'), ('refused', 'refused'), ('unreachable', 'unreachable'), ('cancelled', 'cancelled')], default='open', max_length=12)),
                ('outcome', models.CharField(blank=True, choices=[('interviewed', 'interview done'), ('refused', 'refused'), ('never_call', 'asks never to be called'), ('rescheduled', 'asks for another time'), ('busy', 'busy'), ('no_answer', 'no answer'), ('switched_off', 'switched off'), ('rejected', 'rejected'), ('out_of_service', 'out of service'), ('no_such_number', 'no such number'), ('wrong_person', 'wrong person')], max_length=16)),
                ('opened_at', models.DateTimeField(help_text='when the sweep saw it open', null=True)),
                ('breached_at', models.DateTimeField(help_text='when the sweep saw its limit pass without a dial', null=True)),
                ('first_dialled_at', models.DateTimeField(null=True)),
                ('dials', models.PositiveSmallIntegerField(default=0)),
                ('closed_at', models.DateTimeField(null=True)),
                ('closed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('words', models.TextField(blank=True, help_text='what was said, where the plan has no questionnaire')),
                ('aftercare_at', models.DateTimeField(editable=False, help_text='when the sweep saw to the recheck of a recovery', null=True)),
                ('created_at', models.DateTimeField(default=core.clock.now)),
            ],
            options={
                'indexes': [models.Index(fields=['store', 'due_on', 'plan'], name='followup_due_on'), models.Index(condition=models.Q(('opened_at', None), ('status', 'open')), fields=['opens_at'], name='followup_to_open'), models.Index(condition=models.Q(('breached_at', None), ('first_dialled_at', None), ('status', 'open')), fields=['due_at'], name='followup_to_breach'), models.Index(condition=models.Q(('status', 'open')), fields=['sheet'], name='followup_open_of_sheet'), models.Index(condition=models.Q(('aftercare_at', None), ('plan', 'recovery')), fields=['due_on'], name='followup_aftercare'), models.Index(condition=models.Q(('response__isnull', False)), fields=['plan', 'store'], name='followup_of_response')],
                'constraints': [models.UniqueConstraint(fields=('store', 'plan', 'occasion'), name='followup_once_per_occasion'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'open'), ('closed_at', None)), models.Q(models.Q(('status', 'open'), _negated=True), models.Q(('closed_at', None), _negated=True)), _connector='OR'), name='followup_closed_has_time'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'open'), ('next_at__isnull', False)), models.Q(models.Q(('status', 'open'), _negated=True), models.Q(('next_at__isnull', False), _negated=True)), _connector='OR'), name='followup_open_has_next'), models.CheckConstraint(condition=models.Q(('due_at__gt', models.F('opens_at'))), name='followup_due_after_opens'), models.CheckConstraint(condition=models.Q(models.Q(('dials', 0), ('first_dialled_at', None)), models.Q(models.Q(('dials', 0), _negated=True), models.Q(('first_dialled_at', None), _negated=True)), _connector='OR'), name='followup_dials_have_first'), models.CheckConstraint(condition=models.Q(('plan__in', ['sale_care', 'sale_first', 'sale_week', 'run_in', 'service', 'recovery', 'recheck', 'complaint', 'verification', 'implementation'])), name='followup_plan_known'), models.CheckConstraint(condition=models.Q(models.Q(('plan', 'complaint'), models.Q(('complaint', None), _negated=True)), models.Q(models.Q(('plan', 'complaint'), _negated=True), ('complaint', None)), _connector='OR'), name='followup_revisit_of_complaint'), models.CheckConstraint(condition=models.Q(models.Q(('plan', 'verification'), _negated=True), ('response__isnull', False), _connector='OR'), name='followup_verifies_answers')],
            },
        ),
        migrations.CreateModel(
            name='Looked',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='staff.store')),
                ('month', models.DateField(help_text='its first day')),
                ('at', models.DateTimeField(default=core.clock.now)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('store', 'month'), name='looked_once')],
            },
        ),
        migrations.CreateModel(
            name='PlanOverride',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='staff.store')),
                ('plan', models.CharField(choices=[('sale_care', 'sale care call'), ('sale_first', 'sale first call'), ('sale_week', 'sale week call'), ('run_in', 'run-in maintenance reminder'), ('service', 'service call'), ('recovery', 'recovery call'), ('recheck', 'recheck'), ('complaint', 'complaint revisit'), ('verification', 'verification call'), ('implementation', 'implementation call')], max_length=20)),
                ('opens_minutes', models.PositiveIntegerField(blank=True, null=True, verbose_name='opens after … minutes')),
                ('due_minutes', models.PositiveIntegerField(blank=True, null=True, verbose_name='due after … minutes')),
                ('is_enabled', models.BooleanField(default=True, verbose_name='in use')),
                ('sends_link', models.BooleanField(default=False, help_text='to be sent by a person: the letters list', verbose_name='questionnaire by message')),
                ('in_use_since', models.DateTimeField(editable=False, help_text='back in use: what happened before is not made up for', null=True)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('store', 'plan'), name='plan_override_once'), models.CheckConstraint(condition=models.Q(('opens_minutes', None), ('due_minutes', None), ('due_minutes__gt', models.F('opens_minutes')), _connector='OR'), name='plan_override_order')],
            },
        ),
        migrations.CreateModel(
            name='Suppression',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='staff.store')),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='suppressions', to='customers.customer')),
                ('plan', models.CharField(choices=[('sale_care', 'sale care call'), ('sale_first', 'sale first call'), ('sale_week', 'sale week call'), ('run_in', 'run-in maintenance reminder'), ('service', 'service call'), ('recovery', 'recovery call'), ('recheck', 'recheck'), ('complaint', 'complaint revisit'), ('verification', 'verification call'), ('implementation', 'implementation call')], max_length=20)),
                ('occasion', models.CharField(help_text="what it would have followed, such as 'order 77'", max_length=80)),
                ('reason', models.CharField(choices=[('do_not_call', 'asked never to be called'), ('contacts', 'contacted often enough in seven days')], max_length=12)),
                ('at', models.DateTimeField(default=core.clock.now)),
                ('on', models.DateField(help_text='local date of at')),
            ],
            options={
                'indexes': [models.Index(fields=['customer', '-id'], name='suppression_of_customer'), models.Index(fields=['store', 'on'], name='suppression_on')],
                'constraints': [models.UniqueConstraint(fields=('store', 'plan', 'occasion'), name='suppression_once')],
            },
        ),
        migrations.CreateModel(
            name='Verified',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='staff.store')),
                ('followup', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='verified', to='followups.followup')),
                ('took_place', models.BooleanField()),
                ('was_asked', models.BooleanField(null=True)),
                ('is_right', models.BooleanField(help_text='the overall answer as it was recorded', null=True)),
                ('at', models.DateTimeField(default=core.clock.now)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('is_right__isnull', False), ('took_place', True), ('was_asked__isnull', False)), models.Q(('is_right', None), ('took_place', False), ('was_asked', None)), _connector='OR'), name='verified_whole')],
            },
        ),
        migrations.CreateModel(
            name='Attempt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='staff.store')),
                ('sheet', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='attempts', to='followups.callsheet')),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='attempts', to='customers.customer')),
                ('phone', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='attempts', to='customers.phone')),
                ('number', models.CharField(blank=True, max_length=20)),
                ('own_line', models.CharField(blank=True, max_length=20)),
                ('outcome', models.CharField(choices=[('interviewed', 'interview done'), ('refused', 'refused'), ('never_call', 'asks never to be called'), ('rescheduled', 'asks for another time'), ('busy', 'busy'), ('no_answer', 'no answer'), ('switched_off', 'switched off'), ('rejected', 'rejected'), ('out_of_service', 'out of service'), ('no_such_number', 'no such number'), ('wrong_person', 'wrong person')], max_length=16)),
                ('words', models.TextField(blank=True)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('at', models.DateTimeField(default=core.clock.now)),
                ('on', models.DateField(help_text='local date of at')),
                ('half_day', models.CharField(help_text='am or pm, local', max_length=2)),
                ('token', models.CharField(help_text='of the form that was sent: the same form twice is one dial', max_length=40, unique=True)),
            ],
            options={
                'ordering': ['-pk'],
                'indexes': [models.Index(fields=['customer', '-id'], name='attempt_of_customer'), models.Index(fields=['store', 'by', 'on'], name='attempt_by_day')],
            },
        ),
        migrations.CreateModel(
            name='Served',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('attempt', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='served', to='followups.attempt')),
                ('followup', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='served', to='followups.followup')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('attempt', 'followup'), name='served_once')],
            },
        ),
    ])]
