from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("registration", "0014_members_in_doubt"),
    ]

    operations = [
        migrations.AddField("registration", "removal_asked_at", models.DateTimeField(null=True)),
        migrations.AddField("registration", "removal_code", models.IntegerField(null=True)),
        migrations.AddField("registration", "removed_at", models.DateTimeField(null=True)),
        migrations.AlterModelOptions(
            "registration",
            options={
                "default_permissions": (),
                "permissions": [
                    ("view", "Registrations"),
                    ("decide", "Disputed numbers"),
                    ("set_years", "Pupils' registration"),
                    ("invite", "Invitations"),
                    ("remove_members", "Members to remove"),
                ],
            },
        ),
    ]
