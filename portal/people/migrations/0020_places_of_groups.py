"""Where each group stands in a list: Year 2 before Year 10, 八年级 before 十年级, a year's forms behind it."""

from django.db import migrations, models

from portal.people.places import place_in_a_list


def fill(apps, schema_editor):
    Group = apps.get_model("people", "Group")
    every = list(Group.objects.select_related("parent").order_by("pk"))
    for group in every:
        group.place = place_in_a_list(group)
    Group.objects.bulk_update(every, ["place"], batch_size=500)


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0019_erased_in_place"),
    ]

    operations = [
        migrations.AddField("group", "place", models.TextField(db_default="", editable=False)),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AlterModelOptions(
            "group", options={"default_permissions": (), "ordering": ["place", "name", "parent_id"]}
        ),
    ]
