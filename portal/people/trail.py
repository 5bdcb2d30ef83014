from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from portal.audit.words import Found, Thing, acts, finder, labels, others, things, vocabulary

from .models import Import, Person, Proposal, User
from .roles import Role
from .typed import visible

MOST_FOUND = 10

acts(
    "people",
    "accepted a correction",
    "added a person",
    "changed a person",
    "deleted an uploaded file of people",
    "downloaded the rows with a problem of a file of people",
    "erased a person",
    "imported people",
    "looked at a person's page",
    "looked at an uploaded file of people",
    "looked at proposed corrections",
    "looked at the details of the person viewed as",
    "looked at the directory",
    "looked at the list of uploaded files of people",
    "looked at what may be changed of a person",
    "looked at who leaves with somebody",
    "looked at who may be merged with somebody",
    "merged two people",
    "proposed a correction",
    "refused a correction",
    "set a last day",
    "took a departure back",
    "took a last day away",
    "took a merge back",
    "took an import back",
    "uploaded a file of people",
)
labels(
    what=_("of it"),
    role=_("role"),
    last_day=_("last day"),
    gone=_("the row that went"),
    new=_("new"),
    unchanged=_("unchanged"),
    kept=_("not taken back"),
)


@vocabulary
def _columns():
    fields = {field.name: field.verbose_name for field in Person._meta.fields if field.verbose_name != field.name}
    more = {"groups": _("groups"), "pupils": _("pupils"), "roles": _("roles"), "relationships": _("relationships")}
    return more | fields | dict(Proposal.What.choices) | {role.value: role.label for role in Role}


@things("person", _("person"))
def _people(numbers):
    """By the name they have today; a row that was merged leads to the one that was kept. Who was erased has none."""
    return {person.pk: _somebody(person) for person in Person.everybody.filter(pk__in=numbers, erased_at=None)}


@things("user", _("sign-in"))
def _users(numbers):
    users = User.objects.filter(pk__in=numbers).exclude(person__erased_at__isnull=False).select_related("person")
    return {user.pk: _somebody(user.person) if hasattr(user, "person") else Thing(str(user)) for user in users}


def _somebody(person):
    return Thing(person.name_as_read, reverse("person", args=[person.pk]), "people.view")


@others("person")
def _of_a_person(number):
    """Their sign-in, and the rows that turned out to be them with theirs."""
    rows = Person.everybody.filter(Q(pk=number) | Q(merged_into=number)).values_list("pk", "user")
    keys = [key for pk, user in rows for key in (f"person {pk}", f"user {user}")]
    return [key for key in keys if key not in (f"person {number}", "user None")]


@finder
def _somebody_called(text):
    people = Person.objects.search(text).by_name()[:MOST_FOUND]
    found = [
        Found(f"{person.name_as_read} · {person.reference}", f"person {person.pk}", person.user_id) for person in people
    ]
    users = User.objects.filter(person=None, username__icontains=visible(text)).order_by("username")[:MOST_FOUND]
    return found + [Found(str(user), f"user {user.pk}", user.pk) for user in users]


@things("import", _("file of people"))
def _imports(numbers):
    found = Import.objects.filter(pk__in=numbers).values_list("pk", flat=True)
    return {pk: Thing(_("file of people") + f" {pk}", reverse("import", args=[pk]), "people.import") for pk in found}
