"""Which pupils may register: a switch per year, and a guardian's consent for the years the school ticks."""

from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext as _

from portal.people.models import Group, Membership, Person

from ..models import GuardianConsent, YearRule


def _pupils_under(rules):
    """Members of the years of these rules, or of a form in them."""
    return Membership.objects.below(rules.values("year")).values("person")


def _only_pupils():
    """A pupil who is staff or a contact too registers as that."""
    return Q(is_pupil=True, is_staff_member=False, is_contact=False)


def switched_off():
    """Q of pupils whose year may not register."""
    return _only_pupils() & Q(pk__in=_pupils_under(YearRule.objects.filter(pupils_may_register=False)))


def consent_wanted():
    """Q of pupils for whom no guardian has consented although their year needs it."""
    given = GuardianConsent.objects.filter(withdrawn_at=None)
    needed = _pupils_under(YearRule.objects.filter(needs_consent=True))
    return _only_pupils() & Q(pk__in=needed) & ~Q(pk__in=given.values("pupil"))


def refusal(person):
    """Why this pupil may not register, in a sentence, or None."""
    one = Person.objects.filter(pk=person.pk)
    if one.filter(switched_off()).exists():
        return _("Registration is not open for pupils of your year. Ask your form teacher or the office.")
    if one.filter(consent_wanted()).exists():
        return _(
            "A parent or guardian must agree first. They do it on their own My Details page; then come back to this page."
        )
    return None


def rules():
    """[(year, YearRule)], unsaved ones for years nobody has decided about."""
    saved = {rule.year_id: rule for rule in YearRule.objects.all()}
    years = Group.objects.filter(kind=Group.Kind.YEAR)
    return [(year, saved.get(year.pk) or YearRule(year=year)) for year in years]


# --- a guardian's consent ---


def pupils_of(guardian):
    """The pupils for whom this person may consent because their year needs it, or has consented; with `consented`."""
    given = GuardianConsent.objects.filter(pupil=OuterRef("pk"), guardian=guardian, withdrawn_at=None)
    needed = _pupils_under(YearRule.objects.filter(needs_consent=True, pupils_may_register=True))
    pupils = guardian.pupils_in_care().annotate(consented=Exists(given))
    return pupils.filter(_only_pupils() & Q(pk__in=needed) | Q(consented=True)).order_by(F("given_name"), "pk")
