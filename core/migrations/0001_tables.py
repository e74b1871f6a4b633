import core.clock
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from core.migrating import CreateModels


class Migration(migrations.Migration):

    replaces = [('core', '0001_initial'), ('core', '0002_append_only'), ('core', '0002_initial'), ('core', '0003_append_only'), ('core', '0004_outbox_dead'), ('core', '0005_sent_forms'), ('core', '0006_channels'), ('core', '0007_allowance')]

    initial = True

    dependencies = [
        ('staff', '0001_tables'),
    ]

    operations = [CreateModels([
        migrations.CreateModel(
            name='Allowance',
            fields=[
                ('key', models.CharField(max_length=64, primary_key=True, serialize=False)),
                ('used', models.PositiveIntegerField(default=0)),
                ('until', models.DateTimeField(db_index=True)),
            ],
        ),
        migrations.CreateModel(
            name='AuditEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(db_index=True, default=core.clock.now)),
                ('store_code', models.CharField(blank=True, db_index=True, max_length=32)),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('verb', models.CharField(max_length=60)),
                ('subject', models.CharField(db_index=True, help_text="'model pk', such as 'customer 12'", max_length=80)),
                ('details', models.JSONField(default=dict)),
            ],
            options={
                'indexes': [models.Index(fields=['subject', '-id'], name='audit_subject')],
            },
        ),
        migrations.CreateModel(
            name='AuditSeal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('upto', models.BigIntegerField(unique=True)),
                ('digest', models.CharField(max_length=64)),
                ('at', models.DateTimeField(default=core.clock.now)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='OutboxMessage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('store_code', models.CharField(db_index=True, max_length=32)),
                ('occasion', models.CharField(max_length=120)),
                ('stage', models.CharField(max_length=40)),
                ('recipient', models.CharField(max_length=60)),
                ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('channel', models.CharField(choices=[('in_app', 'in the application'), ('letter', 'text message or letter'), ('email', 'e-mail'), ('webhook', 'group robot')], default='in_app', max_length=16)),
                ('topic', models.CharField(max_length=40)),
                ('params', models.JSONField(default=dict)),
                ('path', models.CharField(blank=True, max_length=200)),
                ('status', models.CharField(choices=[('pending', 'waiting'), ('sent', 'sent'), ('dead', 'given up')], default='pending', max_length=8)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('next_at', models.DateTimeField(default=core.clock.now)),
                ('created_at', models.DateTimeField(default=core.clock.now)),
                ('sent_at', models.DateTimeField(null=True)),
                ('sent_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('read_at', models.DateTimeField(null=True)),
                ('error', models.CharField(blank=True, max_length=200)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('status', 'pending')), fields=['next_at'], name='outbox_due'), models.Index(condition=models.Q(('status', 'dead')), fields=['id'], name='outbox_dead'), models.Index(condition=models.Q(('status', 'sent')), fields=['user', '-id'], name='outbox_inbox')],
                'constraints': [models.UniqueConstraint(fields=('occasion', 'stage', 'recipient', 'channel'), name='outbox_once'), models.CheckConstraint(condition=models.Q(('sent_at', None), ('status', 'sent'), _connector='XOR'), name='outbox_sent_has_time')],
            },
        ),
        migrations.CreateModel(
            name='SentForm',
            fields=[
                ('key', models.CharField(max_length=64, primary_key=True, serialize=False)),
                ('location', models.CharField(blank=True, max_length=500)),
                ('at', models.DateTimeField(db_index=True, default=core.clock.now)),
            ],
        ),
        migrations.CreateModel(
            name='SweepState',
            fields=[
                ('name', models.CharField(max_length=20, primary_key=True, serialize=False)),
                ('holder', models.CharField(blank=True, max_length=64)),
                ('lease_until', models.DateTimeField(null=True)),
                ('finished_at', models.DateTimeField(null=True)),
                ('counts', models.JSONField(default=dict)),
                ('error', models.CharField(blank=True, max_length=200)),
            ],
        ),
        migrations.CreateModel(
            name='Webhook',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('store_code', models.CharField(max_length=32, unique=True)),
                ('preset', models.CharField(choices=[('wecom', 'WeCom group robot'), ('dingtalk', 'DingTalk group robot'), ('json', 'another program (JSON)')], max_length=8)),
                ('url', models.CharField(max_length=500)),
                ('secret', models.CharField(blank=True, max_length=200)),
                ('heading', models.CharField(blank=True, max_length=40)),
                ('kinds', models.JSONField(default=list, help_text='keys of core.topics.KINDS')),
                ('changed_at', models.DateTimeField(default=core.clock.now)),
            ],
        ),
    ])]
