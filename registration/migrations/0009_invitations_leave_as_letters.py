import django.db.models.deletion
from django.db import migrations, models

STATES = {"waiting": "waiting", "sending": "unknown", "sent": "sent", "failed": "failed", "unknown": "unknown"}


def give_each_its_letter(apps, schema_editor):
    """What was mailed keeps its result; what waits leaves as a letter."""
    Letter, Invitation = apps.get_model("mail", "Letter"), apps.get_model("registration", "Invitation")
    mailed = Invitation.objects.filter(run__way="email", letter=None).order_by("pk")
    while some := list(mailed[:500]):
        for invitation in some:
            invitation.letter = Letter.objects.create(
                kind="registration.invitation",
                about=invitation.person_id,
                state=STATES[invitation.state],
                posted_at=invitation.created_at,
                begun_at=invitation.begun_at,
            )
        Invitation.objects.bulk_update(some, ["letter"])


class Migration(migrations.Migration):
    dependencies = [
        ("mail", "0001_initial"),
        ("registration", "0008_where_departments_stand"),
    ]

    operations = [
        migrations.AddField("invitationrun", "starts_at", models.DateTimeField(null=True)),
        migrations.AddField(
            "invitation",
            "letter",
            models.OneToOneField(null=True, on_delete=django.db.models.deletion.SET_NULL, to="mail.letter"),
        ),
        migrations.RunPython(give_each_its_letter, migrations.RunPython.noop, elidable=True),
    ]
