"""References and groups get a key: what differs in case, width or marks nobody sees is one.

Those that stand beside one of the same key stay as they are and are listed, as are references that look alike and
classes that hold pupils of several years: an administrator decides about people, and the next import parts the classes.
"""

from collections import Counter, defaultdict

from django.db import migrations, models

import portal.languages

from portal.people.models.person import search_text
from portal.people.typed import key, resemblance

AT_ONCE = 500


def fill(apps, schema_editor):
    Person, Group = apps.get_model("people", "Person"), apps.get_model("people", "Group")
    _keep_keys_of_people(Person)
    _keep_keys_of_groups(Group)
    _list_mixed_classes(Group, apps.get_model("people", "Membership"))


def _keep_keys_of_people(Person):
    seen, alike, part = defaultdict(list), defaultdict(list), []
    for person in Person.objects.order_by("pk").iterator(chunk_size=AT_ONCE):
        person.reference_key = key(person.reference)
        person.resembles_another = bool(seen[person.reference_key])
        person.search_text = search_text(
            person.given_name, person.family_name, person.chinese_name, person.reference, person.email, person.mobile
        )
        seen[person.reference_key].append(person.reference)
        alike[resemblance(person.reference)].append(person.reference)
        part.append(person)
        if len(part) == AT_ONCE:
            _save(Person, part, "reference_key", "resembles_another", "search_text")
            part = []
    _save(Person, part, "reference_key", "resembles_another", "search_text")
    _list("References that look alike; they stay, and may be one person twice:", alike.values())


def _keep_keys_of_groups(Group):
    groups = list(Group.objects.select_related("parent").order_by("pk"))
    seen, namesakes = defaultdict(list), Counter((group.kind, key(group.name)) for group in groups)
    for group in groups:
        group.key = key(group.name)
        is_one_of_several = group.parent and namesakes[group.kind, group.key] > 1
        group.label = f"{group.parent.name} · {group.name}" if is_one_of_several else group.name
        group.resembles_another = bool(seen[group.parent_id, group.kind, group.key])
        seen[group.parent_id, group.kind, group.key].append(f"{group.kind}={group.name}")
    _save(Group, groups, "key", "label", "resembles_another")
    _list("Groups of one name but for case and the like; they stay beside each other:", seen.values())


def _list_mixed_classes(Group, Membership):
    years = dict(Membership.objects.filter(group__kind="year").values_list("person", "group__name"))
    mixed = defaultdict(set)
    of_classes = Membership.objects.filter(group__kind__in=["form", "class"], person__is_pupil=True)
    for person, name in of_classes.values_list("person", "group__name"):
        mixed[name].add(years.get(person, "–"))
    lines = [f"{name}: {', '.join(sorted(found))}" for name, found in mixed.items() if len(found - {"–"}) > 1]
    _list("Classes with pupils of several years; import the file of these years again to part them:", [lines], least=1)


def _save(model, rows, *fields):
    model.objects.bulk_update(rows, fields, batch_size=AT_ONCE)


def _list(heading, groups, least=2):
    lines = [", ".join(group) if least > 1 else "\n    ".join(group) for group in groups if len(group) >= least]
    if lines:
        print(f"\n  {heading}\n    " + "\n    ".join(lines))


class Migration(migrations.Migration):

    dependencies = [
        ('people', '0003_language_of_any_catalogue'),
    ]

    operations = [
        migrations.AlterModelManagers(name='user', managers=[]),
        migrations.RemoveConstraint(
            model_name='group',
            name='group_names_are_unique_in_their_kind',
        ),
        migrations.AddField(
            model_name='group',
            name='key',
            field=models.TextField(db_default='', editable=False),
        ),
        migrations.AddField(
            model_name='group',
            name='label',
            field=models.CharField(db_default='', editable=False, max_length=130),
        ),
        migrations.AddField(
            model_name='group',
            name='resembles_another',
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name='person',
            name='language_is_chosen',
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name='person',
            name='reference_key',
            field=models.TextField(db_default='', editable=False),
        ),
        migrations.AddField(
            model_name='person',
            name='resembles_another',
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name='person',
            name='search_text',
            field=models.TextField(db_default='', editable=False),
        ),
        migrations.AlterField(
            model_name='person',
            name='language',
            field=models.CharField(blank=True, choices=portal.languages.choices, default='', max_length=8, verbose_name='language'),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name='person',
            index=models.Index(fields=['reference_key'], name='people_by_reference'),
        ),
        migrations.AddConstraint(
            model_name='group',
            constraint=models.UniqueConstraint(condition=models.Q(('resembles_another', False)), fields=('parent', 'kind', 'key'), name='a_group_is_one_of_parent_kind_and_name'),
        ),
        migrations.AddConstraint(
            model_name='group',
            constraint=models.UniqueConstraint(condition=models.Q(('parent', None), ('resembles_another', False)), fields=('kind', 'key'), name='a_group_without_parent_is_one_of_kind_and_name'),
        ),
        migrations.AddConstraint(
            model_name='person',
            constraint=models.UniqueConstraint(condition=models.Q(('resembles_another', False)), fields=('reference_key',), name='one_person_of_a_reference'),
        ),
    ]
