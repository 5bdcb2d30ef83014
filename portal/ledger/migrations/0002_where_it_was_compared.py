from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_the_mark")]

    operations = [
        migrations.AddField(
            model_name="mark",
            name="home",
            field=models.CharField(blank=True, db_default="", max_length=80),
        ),
    ]
