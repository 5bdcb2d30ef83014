from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0022_back_at_the_school"),
    ]

    operations = [
        migrations.AddField("importrow", "shares", models.BooleanField(default=False, db_default=False)),
    ]
