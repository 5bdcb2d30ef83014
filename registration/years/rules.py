"""Which pupils may register: a switch per year, and a guardian's consent below fourteen and where the school asks for it."""

from typing import TYPE_CHECKING, TypedDict

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from portal.people.birth_years import surely
from portal.people.models import Group, Membership, Person
from portal.people.roles import Role

from ..models import GuardianConsent, YearRule

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

    class _Consented(TypedDict):
        consented: bool

    Ward = WithAnnotations[Person, _Consented]  # a pupil, and whether the guardian who is asked has consented


def _pupils_under(rules: QuerySet[YearRule]) -> QuerySet:
    """Members of the years of these rules, or of a form in them."""
    return Membership.objects.below(rules.values("year")).values("person")


def _only_pupils() -> Q:
    """A pupil who is staff or a contact too registers as that."""
    return Role.PUPIL.stands() & ~Role.STAFF.stands() & ~Role.CONTACT.stands()


def switched_off() -> Q:
    """Q of pupils whose year may not register."""
    return _only_pupils() & Q(pk__in=_pupils_under(YearRule.objects.filter(pupils_may_register=False)))


def needs_consent() -> Q:
    """Q of pupils for whom a guardian must agree: the young, and those of years in which the school asks of everybody."""
    asked_of_all = _pupils_under(YearRule.objects.filter(needs_consent=True))
    return _only_pupils() & (_may_be_below_14() | Q(pk__in=asked_of_all))


def _may_be_below_14() -> Q:
    """By the year of birth, as of a year alone nobody knows the birthday; where it is not known, by the school year's mark."""
    of_older_years = _pupils_under(YearRule.objects.filter(is_14_and_above=True))
    return Q(birth_year__gt=surely(14)) | Q(birth_year=None) & ~Q(pk__in=of_older_years)


def consent_wanted() -> Q:
    """Q of pupils for whom a guardian must agree, and none has."""
    return needs_consent() & ~Q(pk__in=GuardianConsent.objects.standing().pupils())


def refusal(person: Person) -> str | None:
    """Why this pupil may not register, in a sentence, or None."""
    one = Person.objects.filter(pk=person.pk)
    if one.filter(switched_off()).exists():
        return _("Registration is not open for pupils of your year. Ask your form teacher or the office.")
    if one.filter(consent_wanted()).exists():
        return _(
            "A parent or guardian must agree first. They do it on their own My Details page; then come back to this page."
        )
    return None


def rules() -> list[tuple[Group, YearRule]]:
    """[(year, YearRule)], unsaved ones for years nobody has decided about."""
    saved = {rule.year_id: rule for rule in YearRule.objects.all()}
    years = Group.objects.filter(kind=Group.Kind.YEAR)
    return [(year, saved.get(year.pk) or YearRule(year=year)) for year in years]


# --- a guardian's consent ---


def pupils_of(guardian: Person) -> "QuerySet[Ward]":
    """The pupils for whom this person may consent because they need it, or has consented; with `consented`."""
    given = GuardianConsent.objects.standing().of_pupil(OuterRef("pk")).by_guardian(guardian)
    pupils = guardian.pupils_in_care().annotate(consented=Exists(given))
    return pupils.filter(needs_consent() & ~switched_off() | Q(consented=True)).order_by(F("given_name"), "pk")
