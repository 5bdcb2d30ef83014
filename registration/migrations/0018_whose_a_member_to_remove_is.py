from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("registration", "0017_fourteen_and_above"),
    ]

    operations = [
        migrations.AddField(
            "registration",
            "removal_doubt",
            models.CharField(
                blank=True,
                choices=[
                    (
                        "another's",
                        "not removed: at WeCom the number does not lead to this member, who may be somebody else",
                    ),
                    ("unseen", "not removed: WeCom does not show the member, so nothing proves whose they are"),
                ],
                db_default="",
                max_length=10,
            ),
        ),
    ]
