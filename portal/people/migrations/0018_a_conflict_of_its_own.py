from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0017_merge"),
    ]

    operations = [
        migrations.AlterField(
            "importrow",
            "verdict",
            models.CharField(
                max_length=8,
                choices=[
                    ("bad", "with a problem"),
                    ("waits", "waiting for another row"),
                    ("new", "new"),
                    ("moved", "moved"),
                    ("conflict", "against the office"),
                    ("changed", "changed"),
                    ("leaving", "leaving"),
                    ("same", "unchanged"),
                ],
            ),
        ),
    ]
