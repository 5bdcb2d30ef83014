"""What references that look alike have in common is kept with them: an import asks for it without reading them all."""

from django.db import migrations, models

from portal.people.typed import resemblance

AT_ONCE = 500


def fill(apps, schema_editor):
    Person, part = apps.get_model("people", "Person"), []
    for person in Person.objects.only("reference").order_by("pk").iterator(chunk_size=AT_ONCE):
        person.reference_look = resemblance(person.reference)
        part.append(person)
        if len(part) == AT_ONCE:
            Person.objects.bulk_update(part, ["reference_look"])
            part = []
    Person.objects.bulk_update(part, ["reference_look"])


class Migration(migrations.Migration):
    dependencies = [("people", "0009_departures")]

    operations = [
        migrations.AddField("person", "reference_look", models.TextField(db_default="", editable=False)),
        migrations.AddIndex("person", models.Index(fields=["reference_look"], name="people_by_look")),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
