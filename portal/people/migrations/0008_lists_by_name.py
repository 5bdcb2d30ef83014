"""Where each person stands in a list by name, for readers of letters and of characters."""

from django.db import migrations, models

from portal.people.names import place_by_characters, place_by_letters

AT_ONCE = 500


def fill(apps, schema_editor):
    Person, part = apps.get_model("people", "Person"), []
    names = Person.objects.only("given_name", "family_name", "chinese_name").order_by("pk")
    for person in names.iterator(chunk_size=AT_ONCE):
        name = person.given_name, person.family_name, person.chinese_name
        person.by_letters, person.by_characters = place_by_letters(*name), place_by_characters(*name)
        part.append(person)
        if len(part) == AT_ONCE:
            Person.objects.bulk_update(part, ["by_letters", "by_characters"])
            part = []
    Person.objects.bulk_update(part, ["by_letters", "by_characters"])


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0007_roles_end_by_themselves"),
    ]

    operations = [
        migrations.AddField("person", "by_letters", models.TextField(db_default="", editable=False)),
        migrations.AddField("person", "by_characters", models.TextField(db_default="", editable=False)),
        migrations.AlterField(
            "person", "given_name", models.CharField(blank=True, max_length=80, verbose_name="given name")
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.RemoveIndex("person", "people_in_list_order"),
        migrations.AddIndex("person", models.Index(fields=["by_letters", "id"], name="people_by_letters")),
        migrations.AddIndex("person", models.Index(fields=["by_characters", "id"], name="people_by_characters")),
        migrations.AlterModelOptions(
            "person",
            options={
                "default_permissions": (),
                "ordering": ["by_letters", "id"],
                "permissions": [("view", "Directory")],
            },
        ),
    ]
