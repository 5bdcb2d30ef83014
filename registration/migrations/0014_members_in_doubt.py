from django.db import migrations, models
from django.db.models import Case, F, When


def remember_by_what_members_are_known(apps, schema_editor):
    """Of members who stand, and stood: the number they were made with. Of those whose new number waits nobody knows."""
    rows = apps.get_model("registration", "Registration").objects.exclude(userid="")
    known = rows.filter(status__in=["in_wecom", "registered", "withdrawn"]).exclude(problem="number kept")
    known.update(known_by=Case(When(mobile="", then=F("email")), default=F("mobile")))


class Migration(migrations.Migration):

    dependencies = [
        ('registration', '0013_kept_figures'),
    ]

    operations = [
        migrations.AddField(
            model_name='registration',
            name='doubts',
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='registration',
            name='known_by',
            field=models.CharField(blank=True, db_default='', max_length=64),
        ),
        migrations.AddField(
            model_name='registration',
            name='lost_userid',
            field=models.CharField(blank=True, db_default='', max_length=64),
        ),
        migrations.AlterField(
            model_name='registration',
            name='problem',
            field=models.CharField(blank=True, choices=[('unavailable', 'WeChat does not answer at the moment. We go on by ourselves.'), ('configuration', 'The school must put something right first. We go on by ourselves then.'), ('number taken', "This number already belongs to someone in the school's WeChat. Give another one of your own, or your e-mail address, or ask the office."), ('e-mail taken', "This e-mail address already belongs to someone in the school's WeChat. Give another one, or a mobile number of your own, or ask the office."), ('bad number', 'WeChat does not accept this number. Check it.'), ('bad e-mail', 'WeChat does not accept this e-mail address. Check it.'), ('number refused', 'The school says that this number or e-mail address is not yours. Give another one, or ask the office.'), ('number kept', 'WeChat still knows you by your earlier number. The school has been told. We go on by ourselves then.'), ('full', "The school's WeChat account is full. The school has been told."), ('unreached', 'WeChat may not know you any more. We are asking it, and nothing is sent to you meanwhile.'), ('register again', 'WeChat no longer knows you by your number, so no messages reach you. Register again: give your number here.'), ('out of range', 'The school must let the messages reach you first. It has been told.'), ('cannot tell', 'WeChat does not say whether you follow the school. The school has been told.'), ('refused', 'WeChat refused to enter you. The school has been told.')], max_length=20),
        ),
        migrations.RunPython(remember_by_what_members_are_known, migrations.RunPython.noop),
    ]
