from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("messaging", "0018_askings")]

    operations = [
        migrations.AddField(
            model_name='attempt',
            name='process',
            field=models.CharField(blank=True, db_default='', max_length=60),
        ),
    ]
