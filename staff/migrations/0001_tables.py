import core.clock
import django.contrib.auth.models
import django.contrib.auth.validators
import django.core.validators
import django.db.models.deletion
import django.utils.timezone
import staff.models
from django.conf import settings
from django.db import migrations, models

from core.migrating import CreateModels


class Migration(migrations.Migration):

    replaces = [('staff', '0001_initial'), ('staff', '0002_screen')]

    initial = True

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
    ]

    operations = [CreateModels([
        migrations.CreateModel(
            name='Region',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80, unique=True, verbose_name='name')),
            ],
        ),
        migrations.CreateModel(
            name='Store',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.SlugField(max_length=32, unique=True, verbose_name='code')),
                ('name', models.CharField(max_length=80, verbose_name='name')),
                ('brand', models.CharField(blank=True, max_length=40, verbose_name='brand')),
                ('hotline', models.CharField(blank=True, max_length=40, verbose_name='hotline')),
                ('region', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='staff.region', verbose_name='region')),
                ('time_zone', models.CharField(default='Asia/Shanghai', max_length=40, validators=[staff.models.validate_time_zone], verbose_name='time zone')),
                ('unreachable_half_days', models.PositiveSmallIntegerField(default=3, help_text='Three by default; some manufacturers ask for tries on up to five days (ten half-days).', validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(10)], verbose_name='half-days tried before a customer counts as unreachable')),
                ('is_demo', models.BooleanField(default=False, editable=False)),
            ],
            options={
                'verbose_name': 'store',
                'constraints': [models.CheckConstraint(condition=models.Q(('unreachable_half_days__range', (1, 10))), name='store_half_days')],
            },
        ),
        migrations.CreateModel(
            name='User',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                ('username', models.CharField(error_messages={'unique': 'A user with that username already exists.'}, help_text='Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only.', max_length=150, unique=True, validators=[django.contrib.auth.validators.UnicodeUsernameValidator()], verbose_name='username')),
                ('is_staff', models.BooleanField(default=False, help_text='Designates whether the user can log into this admin site.', verbose_name='staff status')),
                ('is_active', models.BooleanField(default=True, help_text='Designates whether this user should be treated as active. Unselect this instead of deleting accounts.', verbose_name='active')),
                ('date_joined', models.DateTimeField(default=django.utils.timezone.now, verbose_name='date joined')),
                ('email', models.EmailField(blank=True, max_length=254)),
                ('name', models.CharField(max_length=60, verbose_name='name')),
                ('name_key', models.CharField(blank=True, editable=False, help_text='pinyin, to sort by', max_length=120)),
                ('groups', models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')),
                ('user_permissions', models.ManyToManyField(blank=True, help_text='Specific permissions for this user.', related_name='user_set', related_query_name='user', to='auth.permission', verbose_name='user permissions')),
            ],
            options={
                'verbose_name': 'user',
                'verbose_name_plural': 'users',
                'abstract': False,
            },
            managers=[
                ('objects', django.contrib.auth.models.UserManager()),
            ],
        ),
        migrations.CreateModel(
            name='WeekdayHours',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='weekday_hours', to='staff.store')),
                ('kind', models.CharField(choices=[('opening', 'opening hours'), ('staffed', 'staffed hours'), ('calling', 'calling hours')], max_length=8)),
                ('weekday', models.PositiveSmallIntegerField()),
                ('start_minute', models.PositiveSmallIntegerField()),
                ('end_minute', models.PositiveSmallIntegerField()),
            ],
            options={
                'ordering': ['weekday', 'start_minute'],
                'constraints': [models.UniqueConstraint(fields=('store', 'kind', 'weekday', 'start_minute'), name='hours_once'), models.CheckConstraint(condition=models.Q(('end_minute__lte', 1440), ('start_minute__lt', models.F('end_minute')), ('weekday__lte', 6)), name='hours_in_a_day')],
            },
        ),
        migrations.CreateModel(
            name='Absence',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='absences', to=settings.AUTH_USER_MODEL, verbose_name='person')),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='absences', to='staff.store')),
                ('kind', models.CharField(choices=[('leave', 'leave'), ('day_off', 'day off'), ('left', 'left the store')], max_length=8, verbose_name='kind')),
                ('starts_on', models.DateField(verbose_name='from')),
                ('ends_on', models.DateField(blank=True, help_text='Empty: until further notice.', null=True, verbose_name='until')),
            ],
            options={
                'ordering': ['-starts_on'],
                'constraints': [models.CheckConstraint(condition=models.Q(('ends_on', None), ('ends_on__gte', models.F('starts_on')), _connector='OR'), name='absence_ends_after_start')],
            },
        ),
        migrations.CreateModel(
            name='CalendarDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='calendar_days', to='staff.store', verbose_name='store')),
                ('date', models.DateField(verbose_name='date')),
                ('like_weekday', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='open like')),
                ('name', models.CharField(max_length=60, verbose_name='name')),
            ],
            options={
                'verbose_name': 'calendar day',
                'ordering': ['date'],
                'constraints': [models.UniqueConstraint(fields=('store', 'date'), name='calendar_day_once'), models.CheckConstraint(condition=models.Q(('like_weekday', None), ('like_weekday__lte', 6), _connector='OR'), name='calendar_like_weekday')],
            },
        ),
        migrations.CreateModel(
            name='CalendarYear',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='calendar_years', to='staff.store')),
                ('year', models.PositiveSmallIntegerField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('store', 'year'), name='calendar_year_once')],
            },
        ),
        migrations.CreateModel(
            name='Membership',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to=settings.AUTH_USER_MODEL, verbose_name='person')),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to='staff.store', verbose_name='store')),
                ('role', models.CharField(choices=[('advisor', 'service advisor'), ('sales', 'sales consultant'), ('caller', 'caller'), ('supervisor', 'reception supervisor'), ('sales_supervisor', 'sales supervisor'), ('service_manager', 'service manager'), ('sales_manager', 'sales manager'), ('care_manager', 'customer manager'), ('general_manager', 'general manager'), ('regional', 'regional auditor'), ('technician', 'technician'), ('inspector', 'inspector'), ('cashier', 'cashier'), ('operator', 'telephone operator'), ('lounge', 'lounge attendant')], max_length=20, verbose_name='role')),
            ],
            options={
                'verbose_name': 'membership',
                'indexes': [models.Index(fields=['store', 'role'], name='membership_role')],
                'constraints': [models.UniqueConstraint(fields=('user', 'store', 'role'), name='membership_once'), models.CheckConstraint(condition=models.Q(('role__in', ['advisor', 'sales', 'caller', 'supervisor', 'sales_supervisor', 'service_manager', 'sales_manager', 'care_manager', 'general_manager', 'regional', 'technician', 'inspector', 'cashier', 'operator', 'lounge'])), name='membership_role_known')],
            },
        ),
        migrations.CreateModel(
            name='Screen',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='screens', to='staff.store')),
                ('kind', models.CharField(choices=[('lounge', 'lounge screen'), ('counter', 'counter screen')], max_length=8)),
                ('name', models.CharField(max_length=40, verbose_name='where it stands')),
                ('word', models.CharField(default=staff.models.new_word, editable=False, max_length=16, unique=True)),
                ('made_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('made_at', models.DateTimeField(default=core.clock.now)),
                ('withdrawn_at', models.DateTimeField(blank=True, null=True)),
                ('last_seen_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'ordering': ['withdrawn_at', 'name', 'pk'],
                'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['lounge', 'counter'])), name='screen_kind_known')],
            },
        ),
    ])]
