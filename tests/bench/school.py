"""A school of any size, written by the database itself: half contacts, half pupils in years and forms, all registered."""

from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.core.management import call_command, color
from django.db import connection
from django.db.models.functions import Now

from portal.access.demo import make_administrator
from portal.audit import triggers
from portal.people.demo import make_group, make_person
from portal.people.models import Membership, Person, Relationship
from portal.people.roles import Role
from portal.school.models import SchoolSetting
from registration.demo import make_registration
from registration.models import AudienceDepartment, Registration
from wechat_admin.demo import make_account

FIRST = 1000  # the id before the first of them
SETTINGS = {"undo_seconds": 0, "approval_above": 0}


def empty():
    """Nobody, and nothing that was done: also no trail, which refuses to be emptied wherever it is not asked so."""
    with triggers.aside(connection):
        call_command("flush", interactive=False, verbosity=0)
        call_command("migrate", verbosity=0)


def make_school(number):
    """(account, author) of an empty database's new school of `number` people."""
    empty()
    for name, value in SETTINGS.items():
        SchoolSetting.objects.create(name=name, value=value)
    account, author = make_account(), make_administrator()
    pattern = make_person("contact", mobile="+8613800000000")
    registration = make_registration(pattern)
    _multiply(
        Person,
        pattern.pk,
        number,
        id=f"{FIRST} + n",
        reference="'B' || (10000000 + n)",
        reference_key="'b' || (10000000 + n)",
        family_name="'No' || n",
        search_text="'pat no' || n",
        mobile="'+861' || (3800000000 + n)",
        is_contact="n % 2 = 0",
        is_pupil="n % 2 = 1",
        language="CASE n % 3 WHEN 0 THEN 'en' WHEN 1 THEN 'zh-hans' ELSE 'zh-hant' END",
    )
    _multiply(
        Registration,
        registration.pk,
        number,
        id=f"{FIRST} + n",
        person_id=f"{FIRST} + n",
        userid="'sp-B' || (10000000 + n)",
        mobile="'+861' || (3800000000 + n)",
        audiences="CASE n % 2 WHEN 0 THEN 'contacts' ELSE 'pupils' END",
    )
    _make_departments(account)
    _relate(number)
    registration.delete()
    pattern.delete()
    analyze()
    return account, author


def _make_departments(account):
    """Everybody stands where they belong: the sweeper has nothing to move while others are measured."""
    for number, role in enumerate((Role.CONTACT, Role.PUPIL), 910002):
        AudienceDepartment.objects.create(
            corporation_id=account.corporation_id, role=role, department_id=number, made_at=Now(), seen_at=Now()
        )


def _multiply(model, pk, number, **columns):
    """So many rows like the one that is there; `columns` of them as SQL, of their number n from 1 on."""
    names = [field.column for field in model._meta.concrete_fields]
    values = ", ".join(columns.get(name, f"pattern.{name}") for name in names)
    table = model._meta.db_table
    _run(
        f"INSERT INTO {table} ({', '.join(names)}) WITH RECURSIVE numbers(n) AS "
        f"(SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {int(number)}) "
        f"SELECT {values} FROM numbers JOIN {table} AS pattern ON pattern.id = {int(pk)}"
    )


def _relate(number):
    """Every contact to one pupil, and every pupil into a form."""
    years = [make_group(name=f"Year {year}") for year in range(1, 14)]
    forms = [make_group("form", f"{year.name[5:]}{letter}", parent=year) for year in years for letter in "ABCD"]
    form = make_group("form", "none")
    pairs = number // 2
    pupil = make_person("pupil")
    pattern = Relationship.objects.create(contact=make_person("contact"), pupil=pupil, kind="mother")
    of_n = {"id": f"{FIRST} + n", "contact_id": f"{FIRST} + 2 * n", "pupil_id": f"{FIRST} + 2 * n - 1"}
    _multiply(Relationship, pattern.pk, pairs, **of_n)
    pattern.delete()
    joined = Membership.objects.create(person=pupil, group=form)
    first = forms[0].pk
    of_n = {"id": f"{FIRST} + n", "person_id": f"{FIRST} + 2 * n - 1", "group_id": f"{first} + n % {len(forms)}"}
    _multiply(Membership, joined.pk, pairs, **of_n)
    joined.delete()
    for statement in connection.ops.sequence_reset_sql(
        color.no_style(), [Person, Registration, Relationship, Membership]
    ):
        _run(statement)


def analyze():
    _run("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")


def _run(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)


def signed_in(user):
    """The cookie of somebody who has signed in."""
    session = SessionStore()
    session["_auth_user_id"] = str(user.pk)
    session["_auth_user_backend"] = settings.AUTHENTICATION_BACKENDS[0]
    session["_auth_user_hash"] = user.get_session_auth_hash()
    session.save()
    return {settings.SESSION_COOKIE_NAME: session.session_key}
