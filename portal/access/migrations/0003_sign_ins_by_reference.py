from django.db import migrations

from portal.people.typed import key


def name_by_reference(apps, schema_editor):
    """Sign-ins were named by the person's e-mail of that day: a copy that no correction of the record reached."""
    users = apps.get_model("people", "User").objects
    named_by_address = users.filter(person__isnull=False, username__contains="@").select_related("person")
    for user in named_by_address.iterator():
        if key(user.username) != key(user.email):  # a name somebody chose
            continue
        names = [user.person.reference, f"{user.person.reference}-{user.person.pk}"]
        free = (key(name) for name in names if not users.filter(username__iexact=key(name)).exists())
        users.filter(pk=user.pk).update(username=next(free, user.username))


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0002_tries"),
        ("people", "0005_classes_of_one_name_in_order"),
    ]
    operations = [migrations.RunPython(name_by_reference, migrations.RunPython.noop)]
