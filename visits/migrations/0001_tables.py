import core.clock
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from core.migrating import CreateModels


class Migration(migrations.Migration):

    replaces = [('visits', '0001_initial'), ('visits', '0002_append_only'), ('visits', '0003_imports'), ('visits', '0004_fewer_indexes'), ('visits', '0005_plate_then'), ('visits', '0006_aftercare')]

    initial = True

    dependencies = [
        ('customers', '0001_tables'),
        ('staff', '0001_tables'),
    ]

    operations = [CreateModels([
        migrations.CreateModel(
            name='NewCarDelivery',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='staff.store')),
                ('vehicle', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='deliveries', to='customers.vehicle')),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='deliveries', to='customers.customer')),
                ('consultant', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='sales consultant')),
                ('delivered_at', models.DateTimeField(default=core.clock.now, verbose_name='handed over')),
                ('delivered_on', models.DateField(editable=False, help_text='local date of delivered_at')),
                ('price_fen', models.BigIntegerField(blank=True, null=True)),
                ('callback_at', models.DateTimeField(blank=True, null=True, verbose_name='agreed time for the callback')),
                ('aftercare_at', models.DateTimeField(editable=False, help_text='when the sweep saw to the calls that are owed for it', null=True)),
                ('note', models.CharField(blank=True, max_length=200, verbose_name='special note')),
                ('origin', models.CharField(choices=[('typed', 'entered here'), ('imported', 'imported')], default='typed', editable=False, max_length=8)),
                ('created_at', models.DateTimeField(default=core.clock.now, editable=False)),
                ('created_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['store', 'delivered_on', 'consultant'], name='delivery_delivered_on'), models.Index(condition=models.Q(('aftercare_at', None)), fields=['delivered_on'], name='delivery_aftercare')],
                'constraints': [models.UniqueConstraint(fields=('vehicle', 'customer', 'delivered_on'), name='delivery_once')],
            },
        ),
        migrations.CreateModel(
            name='ServiceOrder',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='staff.store')),
                ('number', models.CharField(max_length=40, verbose_name='order number')),
                ('vehicle', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='orders', to='customers.vehicle')),
                ('customer', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='orders', to='customers.customer')),
                ('contact_name', models.CharField(blank=True, max_length=60, verbose_name='contact person')),
                ('contact_phone', models.CharField(blank=True, max_length=20, verbose_name='contact phone')),
                ('advisor', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='service advisor')),
                ('inspector', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='inspector')),
                ('kind', models.CharField(choices=[('maintenance', 'maintenance'), ('first_maintenance', 'first maintenance'), ('repair', 'general repair'), ('overhaul', 'overhaul'), ('warranty', 'warranty claim'), ('accident', 'accident'), ('rework', 'rework'), ('recall', 'recall')], default='maintenance', max_length=20, verbose_name='kind')),
                ('source', models.CharField(choices=[('appointment', 'appointment'), ('walk_in', 'walk-in'), ('towed', 'towed in')], default='walk_in', max_length=12, verbose_name='source')),
                ('redoes', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reworks', to='visits.serviceorder', verbose_name='redoes')),
                ('step', models.CharField(choices=[('reception', 'reception'), ('diagnosis', 'diagnosis'), ('job_order', 'job order'), ('repair', 'repair'), ('inspection', 'inspection'), ('ready', 'ready for hand-over'), ('delivered', 'handed over'), ('cancelled', 'cancelled')], default='reception', max_length=12)),
                ('received_at', models.DateTimeField(default=core.clock.now, verbose_name='received')),
                ('signed_at', models.DateTimeField(blank=True, null=True, verbose_name='signed')),
                ('work_started_at', models.DateTimeField(blank=True, null=True, verbose_name='work started')),
                ('promised_at', models.DateTimeField(blank=True, null=True, verbose_name='promised for')),
                ('delivered_at', models.DateTimeField(blank=True, null=True, verbose_name='handed over')),
                ('received_on', models.DateField(editable=False, help_text='local date of received_at')),
                ('delivered_on', models.DateField(editable=False, help_text='local date of delivered_at', null=True)),
                ('waits_in_lounge', models.BooleanField(default=False, verbose_name='customer waits in the lounge')),
                ('mileage', models.PositiveIntegerField(blank=True, null=True, verbose_name='mileage')),
                ('plate_then', models.CharField(blank=True, editable=False, help_text='the plate that an imported order names', max_length=12)),
                ('words', models.TextField(blank=True, verbose_name="the customer's words")),
                ('note', models.CharField(blank=True, max_length=200, verbose_name='special note')),
                ('labour_fen', models.BigIntegerField(default=0)),
                ('parts_fen', models.BigIntegerField(default=0)),
                ('package_fen', models.BigIntegerField(default=0)),
                ('total_fen', models.BigIntegerField(default=0)),
                ('estimate_fen', models.BigIntegerField(blank=True, null=True)),
                ('next_maintenance_on', models.DateField(blank=True, null=True, verbose_name='next maintenance on')),
                ('next_maintenance_km', models.PositiveIntegerField(blank=True, null=True, verbose_name='next maintenance at km')),
                ('callback_at', models.DateTimeField(blank=True, null=True, verbose_name='agreed time for the callback')),
                ('aftercare_at', models.DateTimeField(editable=False, help_text='when the sweep saw to the calls that are owed for it', null=True)),
                ('origin', models.CharField(choices=[('typed', 'entered here'), ('imported', 'imported')], default='typed', editable=False, max_length=8)),
                ('created_at', models.DateTimeField(default=core.clock.now, editable=False)),
                ('created_by', models.ForeignKey(db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('by_hand', models.JSONField(default=list, editable=False, help_text='fields that a person has entered: no import overwrites them')),
                ('technicians', models.ManyToManyField(blank=True, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='technicians')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('step__in', ['delivered', 'cancelled']), _negated=True), fields=['store', 'promised_at'], name='order_here'), models.Index(fields=['store', 'delivered_on', 'advisor'], name='order_delivered_on'), models.Index(fields=['store', 'received_on'], name='order_received_on'), models.Index(fields=['vehicle', '-delivered_at'], name='order_of_vehicle'), models.Index(fields=['customer', '-delivered_at'], name='order_of_customer'), models.Index(condition=models.Q(('aftercare_at', None), ('step', 'delivered')), fields=['delivered_on'], name='order_aftercare')],
                'constraints': [models.UniqueConstraint(fields=('store', 'number'), name='order_number_once'), models.CheckConstraint(condition=models.Q(models.Q(('delivered_at', None), ('delivered_on', None)), models.Q(models.Q(('delivered_at', None), _negated=True), models.Q(('delivered_on', None), _negated=True)), _connector='OR'), name='order_delivered_has_date'), models.CheckConstraint(condition=models.Q(('delivered_at', None), ('delivered_at__gte', models.F('received_at')), _connector='OR'), name='order_delivered_after_received'), models.CheckConstraint(condition=models.Q(models.Q(('step', 'delivered'), models.Q(('delivered_at', None), _negated=True)), models.Q(models.Q(('step', 'delivered'), _negated=True), ('delivered_at', None)), _connector='OR'), name='order_delivered_has_time'), models.CheckConstraint(condition=models.Q(('labour_fen__gte', 0), ('package_fen__gte', 0), ('parts_fen__gte', 0), ('total_fen__gte', 0)), name='order_amounts_not_negative'), models.CheckConstraint(condition=models.Q(('redoes', None), ('kind', 'rework'), _connector='OR'), name='order_only_rework_redoes'), models.CheckConstraint(condition=models.Q(('step__in', ['reception', 'diagnosis', 'job_order', 'repair', 'inspection', 'ready', 'delivered', 'cancelled']), ('kind__in', ['maintenance', 'first_maintenance', 'repair', 'overhaul', 'warranty', 'accident', 'rework', 'recall'])), name='order_choices_known')],
            },
        ),
        migrations.CreateModel(
            name='StepTaken',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='steps_taken', to='visits.serviceorder')),
                ('step', models.CharField(choices=[('reception', 'reception'), ('diagnosis', 'diagnosis'), ('job_order', 'job order'), ('repair', 'repair'), ('inspection', 'inspection'), ('ready', 'ready for hand-over'), ('delivered', 'handed over'), ('cancelled', 'cancelled')], max_length=12)),
                ('at', models.DateTimeField(default=core.clock.now)),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('checklist', models.JSONField(default=list)),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='Appointment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='staff.store')),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='appointments', to='customers.customer')),
                ('vehicle', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='appointments', to='customers.vehicle')),
                ('advisor', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='service advisor')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('kind', models.CharField(choices=[('maintenance', 'maintenance'), ('first_maintenance', 'first maintenance'), ('repair', 'general repair'), ('overhaul', 'overhaul'), ('warranty', 'warranty claim'), ('accident', 'accident'), ('rework', 'rework'), ('recall', 'recall')], default='maintenance', max_length=20, verbose_name='kind')),
                ('note', models.CharField(blank=True, max_length=200, verbose_name='note')),
                ('status', models.CharField(choices=[('booked', 'booked'), ('arrived', 'arrived'), ('no_show', 'did not come'), ('cancelled', 'cancelled')], default='booked', max_length=10)),
                ('order', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='appointment', to='visits.serviceorder')),
                ('called_at', models.DateTimeField(editable=False, help_text='when the late customer was called (S2 step 1)', null=True)),
                ('created_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['store', 'at'], name='appointment_at')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('status', 'arrived'), models.Q(('order', None), _negated=True)), models.Q(models.Q(('status', 'arrived'), _negated=True), ('order', None)), _connector='OR'), name='appointment_arrived_has_order'), models.CheckConstraint(condition=models.Q(('status__in', ['booked', 'arrived', 'no_show', 'cancelled'])), name='appointment_status_known')],
            },
        ),
        migrations.CreateModel(
            name='OrderItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='items', to='visits.serviceorder')),
                ('result', models.CharField(choices=[('done', 'done'), ('declined', 'declined')], default='done', max_length=8, verbose_name='result')),
                ('text', models.CharField(max_length=120, verbose_name='work')),
                ('fen', models.BigIntegerField(default=0)),
                ('remind_on', models.DateField(blank=True, null=True, verbose_name='remind on')),
            ],
            options={
                'ordering': ['pk'],
                'constraints': [models.UniqueConstraint(fields=('order', 'result', 'text'), name='item_once'), models.CheckConstraint(condition=models.Q(('remind_on', None), ('result', 'declined'), _connector='OR'), name='item_only_declined_reminds')],
            },
        ),
        migrations.CreateModel(
            name='OrderPart',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='parts', to='visits.serviceorder')),
                ('name', models.CharField(max_length=80, verbose_name='part')),
                ('origin', models.CharField(blank=True, max_length=60, verbose_name='origin')),
                ('made_on', models.DateField(blank=True, null=True, verbose_name='made on')),
                ('warranty_until', models.DateField(blank=True, null=True, verbose_name='warranty until')),
                ('quantity', models.PositiveSmallIntegerField(default=1, verbose_name='quantity')),
                ('fen', models.BigIntegerField(default=0)),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='ScopeChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='scope_changes', to='visits.serviceorder')),
                ('what', models.CharField(max_length=200, verbose_name='what changes')),
                ('extra_fen', models.BigIntegerField(default=0)),
                ('promised_at', models.DateTimeField(blank=True, null=True, verbose_name='new promised time')),
                ('consent', models.CharField(choices=[('in_person', 'in person, signed'), ('phone', 'by phone'), ('message', 'by message')], max_length=10, verbose_name='the customer agreed')),
                ('consented_at', models.DateTimeField(default=core.clock.now)),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
    ])]
