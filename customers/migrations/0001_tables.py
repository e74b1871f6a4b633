import core.clock
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from core.migrating import CreateModels


class Migration(migrations.Migration):

    replaces = [('customers', '0001_initial'), ('customers', '0002_initial'), ('customers', '0003_imports'), ('customers', '0004_fewer_indexes'), ('customers', '0005_do_not_call')]

    initial = True

    dependencies = [
        ('staff', '0001_tables'),
    ]

    operations = [CreateModels([
        migrations.CreateModel(
            name='Customer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='staff.store')),
                ('name', models.CharField(max_length=80, verbose_name='name')),
                ('kind', models.CharField(choices=[('person', 'person'), ('company', 'company')], default='person', max_length=8, verbose_name='kind')),
                ('gender', models.CharField(blank=True, choices=[('male', 'Mr'), ('female', 'Ms')], max_length=6, verbose_name='form of address')),
                ('is_vip', models.BooleanField(default=False, verbose_name='VIP')),
                ('birthday', models.DateField(blank=True, null=True, verbose_name='birthday')),
                ('region', models.CharField(blank=True, max_length=60, verbose_name='district')),
                ('address', models.CharField(blank=True, max_length=200, verbose_name='address')),
                ('occupation', models.CharField(blank=True, max_length=60, verbose_name='occupation')),
                ('trade', models.CharField(blank=True, max_length=60, verbose_name='line of business')),
                ('source', models.CharField(blank=True, choices=[('walk_in', 'walked in'), ('referral', 'recommended by a customer'), ('advertising', 'advertising'), ('online', 'internet'), ('event', 'event or motor show'), ('other', 'other')], max_length=12, verbose_name='where the customer came from')),
                ('licence_expires_on', models.DateField(blank=True, null=True, verbose_name='driving licence valid until')),
                ('wishes', models.CharField(blank=True, max_length=200, verbose_name='service wished for')),
                ('note', models.CharField(blank=True, max_length=200, verbose_name='special note')),
                ('do_not_call', models.BooleanField(default=False, verbose_name='do not call')),
                ('confirm_number', models.BooleanField(default=False, verbose_name='confirm the number at the next visit')),
                ('tier', models.CharField(choices=[('A', 'A loyal'), ('B', 'B potential'), ('C', 'C new'), ('D', 'D at risk')], default='C', max_length=1, verbose_name='tier')),
                ('tier_check_on', models.DateField(editable=False, help_text='the next day on which time alone may change the tier', null=True)),
                ('opened_at', models.DateTimeField(default=core.clock.now, editable=False)),
                ('opened_by', models.ForeignKey(db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('by_hand', models.JSONField(default=list, editable=False, help_text='fields that a person has entered: no import overwrites them')),
                ('name_hex', models.CharField(editable=False, max_length=320)),
                ('name_pinyin', models.CharField(editable=False, max_length=240)),
                ('name_initials', models.CharField(editable=False, max_length=80)),
            ],
            options={
                'verbose_name': 'customer',
                'indexes': [models.Index(fields=['store', 'name_hex'], name='customer_name'), models.Index(fields=['store', 'name_pinyin'], name='customer_pinyin'), models.Index(fields=['store', 'name_initials'], name='customer_initials'), models.Index(fields=['store', '-opened_at', '-id'], name='customer_newest'), models.Index(fields=['tier_check_on'], name='customer_tier_check'), models.Index(condition=models.Q(('do_not_call', True)), fields=['id'], name='customer_do_not_call')],
                'constraints': [models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='customer_has_name'), models.CheckConstraint(condition=models.Q(('tier__in', ['A', 'B', 'C', 'D'])), name='customer_tier_known')],
            },
        ),
        migrations.CreateModel(
            name='Phone',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('customer', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='phones', to='customers.customer')),
                ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='staff.store')),
                ('number', models.CharField(help_text='E.164 when it can exist, else the digits as given', max_length=20, verbose_name='phone')),
                ('tail', models.CharField(editable=False, help_text='the digits reversed, to search by ending', max_length=20)),
                ('label', models.CharField(blank=True, max_length=40, verbose_name='whose')),
                ('validity', models.CharField(choices=[('valid', 'valid'), ('invalid', 'invalid'), ('unknown', 'unknown')], default='unknown', max_length=8, verbose_name='validity')),
                ('reason', models.CharField(blank=True, max_length=60, verbose_name='reason')),
                ('confirmed_on', models.DateField(blank=True, null=True, verbose_name='last confirmed')),
                ('position', models.PositiveSmallIntegerField(default=0)),
            ],
            options={
                'ordering': ['position', 'pk'],
                'indexes': [models.Index(fields=['store', 'tail'], name='phone_tail')],
                'constraints': [models.UniqueConstraint(fields=('customer', 'number'), name='phone_once_per_customer'), models.CheckConstraint(condition=models.Q(('validity__in', ['valid', 'invalid', 'unknown'])), name='phone_validity_known'), models.CheckConstraint(condition=models.Q(models.Q(('validity', 'invalid'), _negated=True), models.Q(('reason', ''), _negated=True), _connector='OR'), name='phone_invalid_has_reason')],
            },
        ),
        migrations.CreateModel(
            name='Vehicle',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='staff.store')),
                ('plate', models.CharField(blank=True, max_length=12, verbose_name='plate')),
                ('vin', models.CharField(blank=True, max_length=17, verbose_name='VIN')),
                ('model', models.CharField(blank=True, max_length=80, verbose_name='model')),
                ('status', models.CharField(choices=[('active', 'active'), ('transferred', 'transferred away'), ('scrapped', 'scrapped')], default='active', max_length=12, verbose_name='status')),
                ('mileage', models.PositiveIntegerField(blank=True, null=True, verbose_name='mileage')),
                ('purchased_on', models.DateField(blank=True, null=True, verbose_name='bought on')),
                ('bought_here', models.BooleanField(default=False, verbose_name='bought here')),
                ('consultant', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='sales consultant')),
                ('insurance_until', models.DateField(blank=True, null=True, verbose_name='insured until')),
                ('warranty_until', models.DateField(blank=True, null=True, verbose_name='under warranty until')),
                ('maintenance_months', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='maintenance every … months')),
                ('maintenance_km', models.PositiveIntegerField(blank=True, null=True, verbose_name='maintenance every … km')),
                ('next_maintenance_on', models.DateField(blank=True, null=True, verbose_name='next maintenance on')),
                ('next_maintenance_km', models.PositiveIntegerField(blank=True, null=True, verbose_name='next maintenance at km')),
                ('recall', models.CharField(blank=True, max_length=120, verbose_name='open recall')),
                ('opened_at', models.DateTimeField(default=core.clock.now, editable=False)),
                ('opened_by', models.ForeignKey(db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('by_hand', models.JSONField(default=list, editable=False, help_text='fields that a person has entered: no import overwrites them')),
                ('plate_tail', models.CharField(editable=False, max_length=12)),
                ('vin_tail', models.CharField(editable=False, max_length=17)),
            ],
            options={
                'verbose_name': 'car',
                'indexes': [models.Index(fields=['store', 'plate_tail'], name='vehicle_plate_tail'), models.Index(fields=['store', 'vin_tail'], name='vehicle_vin_tail')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('vin', ''), _negated=True), fields=('store', 'vin'), name='vehicle_one_file_per_vin'), models.UniqueConstraint(condition=models.Q(('status', 'active'), models.Q(('plate', ''), _negated=True)), fields=('store', 'plate'), name='vehicle_one_active_file_per_plate'), models.CheckConstraint(condition=models.Q(models.Q(('plate', ''), _negated=True), models.Q(('vin', ''), _negated=True), _connector='OR'), name='vehicle_has_plate_or_vin'), models.CheckConstraint(condition=models.Q(('status__in', ['active', 'transferred', 'scrapped'])), name='vehicle_status_known')],
            },
        ),
        migrations.CreateModel(
            name='Ownership',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('vehicle', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='ownerships', to='customers.vehicle')),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='ownerships', to='customers.customer')),
                ('since', models.DateField()),
                ('until', models.DateField(null=True)),
            ],
            options={
                'ordering': ['-since', '-pk'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('until', None)), fields=('vehicle',), name='ownership_one_open'), models.CheckConstraint(condition=models.Q(('until', None), ('until__gte', models.F('since')), _connector='OR'), name='ownership_ends_after_start')],
            },
        ),
    ])]
