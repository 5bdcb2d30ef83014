from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("registration", "0018_whose_a_member_to_remove_is"),
    ]

    operations = [
        migrations.AddField("registration", "nothing_came_at", models.DateTimeField(null=True)),
        migrations.AddField("registration", "nothing_came_settled_at", models.DateTimeField(null=True)),
        migrations.AddField(
            "registration", "nothing_came_tried", models.CharField(blank=True, db_default="", max_length=60)
        ),
        migrations.AddIndex(
            "registration",
            models.Index(
                condition=models.Q(("nothing_came_at", None), _negated=True)
                & models.Q(("nothing_came_settled_at", None)),
                fields=["nothing_came_at"],
                name="registrations_without_message",
            ),
        ),
    ]
