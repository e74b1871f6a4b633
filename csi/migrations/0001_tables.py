import core.clock
import csi.models_invitations
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from core.migrating import CreateModels


class Migration(migrations.Migration):

    replaces = [('csi', '0001_initial'), ('csi', '0002_initial'), ('csi', '0003_append_only'), ('csi', '0004_response_channels'), ('csi', '0005_aftercare'), ('csi', '0006_factors'), ('csi', '0007_oem_survey'), ('csi', '0008_drafts_and_conditions'), ('csi', '0009_frozen_versions'), ('csi', '0010_invitations'), ('csi', '0011_dissatisfaction_answered_on')]

    initial = True

    dependencies = [
        ('customers', '0001_tables'),
        ('staff', '0001_tables'),
        ('visits', '0001_tables'),
    ]

    operations = [CreateModels([
        migrations.CreateModel(
            name='OemSurvey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='staff.store')),
                ('month', models.DateField(help_text='its first day')),
                ('audience', models.CharField(choices=[('service', 'service'), ('sales', 'sales')], max_length=8)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('n', models.PositiveIntegerField(help_text='sample size; null: the file does not say', null=True)),
                ('rate', models.PositiveSmallIntegerField(help_text='落实率 in hundredths of a percent; null: the file does not say', null=True)),
                ('answers', models.JSONField(default=list, help_text='[[question, 1–10 or "yes" or "no"], …] in the order of the file')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('store', 'month', 'audience', 'person'), name='oem_survey_once'), models.CheckConstraint(condition=models.Q(('month__day', 1)), name='oem_survey_month'), models.CheckConstraint(condition=models.Q(('rate', None), ('rate__lte', 10000), _connector='OR'), name='oem_survey_rate'), models.CheckConstraint(condition=models.Q(('n', None), ('n__gt', 0), _connector='OR'), name='oem_survey_sample')],
            },
        ),
        migrations.CreateModel(
            name='Questionnaire',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.SlugField(max_length=40, unique=True)),
                ('audience', models.CharField(choices=[('service', 'service'), ('sales', 'sales')], max_length=8)),
                ('name_zh', models.CharField(max_length=80)),
                ('name_en', models.CharField(max_length=80)),
            ],
        ),
        migrations.CreateModel(
            name='QuestionnaireVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('questionnaire', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='csi.questionnaire')),
                ('number', models.PositiveSmallIntegerField()),
                ('status', models.CharField(choices=[('draft', 'draft'), ('published', 'published'), ('retired', 'retired')], default='draft', max_length=10)),
                ('published_at', models.DateTimeField(null=True)),
                ('draft', models.JSONField(default=list, help_text="a draft's questions in order: Question's fields without version and position")),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('questionnaire', 'number'), name='version_number_once'), models.UniqueConstraint(condition=models.Q(('status', 'published')), fields=('questionnaire',), name='version_one_published'), models.UniqueConstraint(condition=models.Q(('status', 'draft')), fields=('questionnaire',), name='version_one_draft'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'draft'), ('published_at', None)), models.Q(models.Q(('status', 'draft'), _negated=True), models.Q(('published_at', None), _negated=True)), _connector='OR'), name='version_published_at')],
            },
        ),
        migrations.CreateModel(
            name='Response',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='staff.store')),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='responses', to='csi.questionnaireversion')),
                ('audience', models.CharField(choices=[('service', 'service'), ('sales', 'sales')], max_length=8)),
                ('occasion', models.CharField(help_text="the invitation it answers, such as 'followup 12'", max_length=80)),
                ('channel', models.CharField(choices=[('call', 'in the call'), ('form', 'form kept on paper or in Excel'), ('link', 'by link'), ('qr', 'scanned code'), ('counter', 'at the counter screen')], default='call', max_length=8)),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='responses', to='customers.customer')),
                ('vehicle', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='responses', to='customers.vehicle')),
                ('order', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='responses', to='visits.serviceorder')),
                ('delivery', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='responses', to='visits.newcardelivery')),
                ('advisor', models.ForeignKey(help_text='the rated advisor or consultant', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('surveyor', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('answered_at', models.DateTimeField(default=core.clock.now)),
                ('answered_on', models.DateField(help_text='local date of answered_at')),
                ('overall', models.SmallIntegerField(help_text="the overall question's score on its own scale", null=True)),
                ('is_satisfied', models.BooleanField(null=True)),
                ('is_very_satisfied', models.BooleanField(null=True)),
                ('is_unhappy', models.BooleanField(help_text='overall 一般 or worse, a link 不满意, or ten-point below 8 (domain §4)')),
                ('words', models.TextField(blank=True)),
                ('aftercare_at', models.DateTimeField(editable=False, help_text='when the sweep saw to the recovery that is owed for it', null=True)),
            ],
            options={
                'indexes': [models.Index(fields=['store', 'audience', 'answered_on'], name='response_answered_on'), models.Index(fields=['order'], name='response_order'), models.Index(condition=models.Q(('aftercare_at', None), ('is_unhappy', True)), fields=['answered_on'], name='response_aftercare')],
                'constraints': [models.UniqueConstraint(fields=('store', 'occasion'), name='response_one_per_invitation'), models.CheckConstraint(condition=models.Q(models.Q(('overall', None), ('is_satisfied', None)), models.Q(models.Q(('overall', None), _negated=True), models.Q(('is_satisfied', None), _negated=True)), _connector='OR'), name='response_overall_judged')],
            },
        ),
        migrations.CreateModel(
            name='Dissatisfaction',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='staff.store')),
                ('response', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='dissatisfactions', to='csi.response')),
                ('answered_on', models.DateField(help_text="the response's, which is frozen: so that a month's are found by an index")),
                ('link', models.CharField(choices=[('service', 'service'), ('quality', 'quality'), ('price', 'price'), ('timeliness', 'timeliness'), ('environment', 'environment'), ('other', 'other')], max_length=12, verbose_name='link')),
                ('standard', models.CharField(blank=True, max_length=60, verbose_name='MOT standard')),
                ('words', models.TextField(verbose_name="the customer's own words")),
                ('person', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='person named')),
                ('cause', models.TextField(blank=True, verbose_name='cause')),
                ('measure', models.TextField(blank=True, verbose_name='measure')),
                ('is_carried_out', models.BooleanField(default=False, verbose_name='carried out')),
                ('handled_at', models.DateTimeField(null=True)),
                ('handled_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('opinion', models.CharField(blank=True, choices=[('satisfied', 'satisfied now'), ('so_so', 'so-so'), ('dissatisfied', 'still not satisfied')], max_length=12, verbose_name='opinion afterwards')),
                ('opinion_words', models.TextField(blank=True)),
                ('opinion_at', models.DateTimeField(null=True)),
            ],
            options={
                'indexes': [models.Index(fields=['store', 'answered_on'], name='dissatisfaction_answered_on')],
                'constraints': [models.UniqueConstraint(fields=('response', 'link'), name='dissatisfaction_link_once'), models.CheckConstraint(condition=models.Q(('words', ''), _negated=True), name='dissatisfaction_has_words'), models.CheckConstraint(condition=models.Q(models.Q(('handled_at', None), ('handled_by', None)), models.Q(models.Q(('handled_at', None), _negated=True), models.Q(('handled_by', None), _negated=True)), _connector='OR'), name='dissatisfaction_handled_by_somebody'), models.CheckConstraint(condition=models.Q(models.Q(('opinion', ''), ('opinion_at', None)), models.Q(models.Q(('opinion', ''), _negated=True), models.Q(('opinion_at', None), _negated=True)), _connector='OR'), name='dissatisfaction_opinion_has_time')],
            },
        ),
        migrations.CreateModel(
            name='Invitation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='staff.store')),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='csi.questionnaireversion')),
                ('occasion', models.CharField(help_text="what its response answers, such as 'followup 12'", max_length=80)),
                ('key', models.CharField(default=csi.models_invitations.new_key, help_text='in the address, signed (csi.links)', max_length=22, unique=True)),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='invitations', to='customers.customer')),
                ('vehicle', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.vehicle')),
                ('order', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='invitations', to='visits.serviceorder')),
                ('delivery', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='invitations', to='visits.newcardelivery')),
                ('advisor', models.ForeignKey(help_text='the rated advisor or consultant', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('created_at', models.DateTimeField(default=core.clock.now)),
                ('created_by', models.ForeignKey(help_text='null: the sweep', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('expires_at', models.DateTimeField()),
                ('opened_at', models.DateTimeField(help_text='when somebody first looked at it', null=True)),
                ('withdrawn_at', models.DateTimeField(null=True)),
                ('answered_at', models.DateTimeField(editable=False, help_text='when the sweep saw that there is a response', null=True)),
                ('draft', models.JSONField(default=dict, help_text='what the customer has filled in so far')),
                ('drafted_at', models.DateTimeField(help_text='null: the draft is empty', null=True)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('drafted_at__isnull', False)), fields=['expires_at'], name='invitation_drafts'), models.Index(condition=models.Q(('answered_at', None)), fields=['expires_at'], name='invitation_waits')],
                'constraints': [models.UniqueConstraint(fields=('store', 'occasion'), name='invitation_once'), models.CheckConstraint(condition=models.Q(('expires_at__gt', models.F('created_at'))), name='invitation_ends_after_it_began')],
            },
        ),
        migrations.CreateModel(
            name='Question',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='questions', to='csi.questionnaireversion')),
                ('code', models.SlugField(max_length=40)),
                ('position', models.PositiveSmallIntegerField()),
                ('scale', models.CharField(choices=[('ten', 'ten-point'), ('five', 'five-level'), ('three', 'three-level'), ('yes_no', 'yes / no / not applicable'), ('nps', '0–10 recommendation'), ('text', 'words')], max_length=8)),
                ('link', models.CharField(blank=True, choices=[('service', 'service'), ('quality', 'quality'), ('price', 'price'), ('timeliness', 'timeliness'), ('environment', 'environment'), ('other', 'other')], max_length=12)),
                ('is_overall', models.BooleanField(default=False)),
                ('is_required', models.BooleanField(default=False)),
                ('factor', models.CharField(blank=True, choices=[('initiation', 'service initiation'), ('advisor', 'service advisor'), ('quality', 'service quality'), ('facility', 'service facility'), ('pick_up', 'vehicle pick-up')], help_text='of the service index that it belongs to', max_length=12)),
                ('weight', models.PositiveSmallIntegerField(default=1, help_text='within its factor')),
                ('asked_if', models.SlugField(blank=True, help_text='code of the earlier question whose answer decides', max_length=40)),
                ('asked_when', models.CharField(blank=True, choices=[('satisfied', 'satisfied'), ('not_satisfied', 'so-so or worse'), ('dissatisfied', 'dissatisfied'), ('yes', 'yes'), ('no', 'no')], max_length=16)),
                ('text_zh', models.CharField(max_length=200)),
                ('text_en', models.CharField(max_length=200)),
            ],
            options={
                'ordering': ['position'],
                'constraints': [models.UniqueConstraint(fields=('version', 'code'), name='question_code_once'), models.CheckConstraint(condition=models.Q(('weight__gte', 1)), name='question_has_weight'), models.CheckConstraint(condition=models.Q(('factor', ''), ('scale__in', ['ten', 'five', 'three']), _connector='OR'), name='question_of_factor_has_points'), models.CheckConstraint(condition=models.Q(models.Q(('asked_if', ''), ('asked_when', '')), models.Q(models.Q(('asked_if', ''), _negated=True), models.Q(('asked_when', ''), _negated=True)), _connector='OR'), name='question_condition_whole')],
            },
        ),
        migrations.CreateModel(
            name='Answer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('response', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='answers', to='csi.response')),
                ('question', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='csi.question')),
                ('score', models.SmallIntegerField(help_text="on the question's own scale; null: not applicable", null=True)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('response', 'question'), name='answer_once')],
            },
        ),
        migrations.CreateModel(
            name='CounterScreen',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='staff.store')),
                ('name', models.CharField(max_length=40, verbose_name='where it stands')),
                ('key', models.CharField(default=csi.models_invitations.new_key, help_text='another one once the tablet is paired', max_length=22, unique=True)),
                ('made_at', models.DateTimeField(default=core.clock.now)),
                ('made_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('paired_at', models.DateTimeField(null=True)),
                ('removed_at', models.DateTimeField(null=True)),
                ('shown', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='csi.invitation')),
                ('shown_until', models.DateTimeField(null=True)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('shown', None), ('shown_until', None)), models.Q(('shown__isnull', False), ('shown_until__isnull', False)), _connector='OR'), name='screen_shows_for_a_while'), models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='screen_has_name')],
            },
        ),
    ])]
