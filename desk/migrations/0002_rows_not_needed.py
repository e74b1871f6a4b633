from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('desk', '0001_tables'),
    ]

    operations = [
        migrations.AlterField(
            model_name='importremark',
            name='status',
            field=models.CharField(choices=[('open', 'to be corrected'), ('mended', 'corrected and imported'), ('left', 'not needed')], default='open', max_length=6),
        ),
    ]
