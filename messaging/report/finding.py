"""By what a report is narrowed down. What stands in the address names nobody; a name that is looked for is posted."""

from urllib.parse import urlencode

from django.db.models import Q
from django.utils.translation import gettext as _

from portal.forms import searched
from portal.people.models import Group, Person, family, holds
from portal.people.roles import Role
from portal.reading import read_id

from ..models import STATE_LABELS
from .outcomes import BY_VALUE, OUTCOMES


class Looked:
    """What somebody looks for in a report, read from the request."""

    def __init__(self, request, own=None):
        """`own`: whom alone they may read of; None where that is everybody."""
        self.text, self.own = searched(request), own
        asked = {name: request.GET.get(name, "") for name in ("show", "role", "form")}
        self.show = asked["show"] if asked["show"] in BY_VALUE or asked["show"] in STATE_LABELS else ""
        self.role = asked["role"] if asked["role"] in Role.values else ""
        self.form = read_id(asked["form"])

    @property
    def label(self):
        """The words of the state or outcome asked for."""
        return BY_VALUE[self.show].label if self.show in BY_VALUE else STATE_LABELS.get(self.show, "")

    @property
    def query(self):
        """For addresses that ask for the same people."""
        asked = {"show": self.show, "role": self.role, "form": self.form}
        return urlencode({name: value for name, value in asked.items() if value})

    @property
    def fields(self):
        """[(name, label, [(value, words, whether it is chosen)])] for the form."""
        states = [(o.value, o.label) for o in OUTCOMES] + [(str(s), label) for s, label in STATE_LABELS.items()]
        groups = Group.objects.filter(kind__in=[Group.Kind.YEAR, *Group.BELOW_A_YEAR])
        choices: list[tuple] = [
            ("form", _("Year or form"), [(group.pk, str(group)) for group in groups], self.form),
            ("role", _("Role"), [(role.value, role.plural) for role in Role], self.role),
            ("show", _("What became of it"), states, self.show),
        ]
        return [
            (name, label, [(value, words, value == chosen) for value, words in options])
            for name, label, options, chosen in choices
        ]

    def of(self, message, deliveries):
        """Those of `deliveries`, of this message, that are looked for, each with what tells two of one name apart of `whose`
        it is."""
        if self.show in BY_VALUE:
            deliveries = deliveries.in_states_of(message, BY_VALUE[self.show].states)
        elif self.show:
            deliveries = deliveries.in_states_of(message, [self.show])
        if self.text or self.role or self.form:
            deliveries = deliveries.filter(person__in=self._people().every_row())
        told_apart = [*family(self.own, of="person__"), *family(self.own, of="person__merged_into__")]
        return deliveries.select_related("person__merged_into").prefetch_related(*told_apart)

    def _people(self):
        """Of a group its members, and the contacts of its pupils."""
        people = Person.objects.search_families(self.text, self.own)
        if self.role:
            people = people.filter(holds(self.role))
        if self.form:
            contacts = Person.objects.families_of([self.form]).values("pk")
            members = Person.objects.in_groups([self.form]).values("pk")
            people = people.filter(Q(pk__in=contacts) | Q(pk__in=members))
        return people
