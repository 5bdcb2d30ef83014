"""Which pupils have an adult who is reached, and what is the matter with the others: sets, however many pupils."""

from django.db.models import Case, CharField, Q, Value, When
from django.utils.translation import gettext_lazy as _

from portal.people.models import Relationship, pupils_here
from portal.tones import States, Tone


class Gap(States):
    """Why a pupil has no adult who gets it, the first that holds."""

    NOT_REACHED = "not_reached", Tone.WARN, _("no contact of theirs can be reached")
    NOT_CHOSEN = "not_chosen", _("no contact of theirs is chosen")
    MAY_NOT = "may_not", _("no contact may receive messages about them")
    NO_CONTACT = "no_contact", Tone.WARN, _("no contact on record")

    @property
    def is_helped_by_registering(self) -> bool:
        return self == self.NOT_REACHED

    @property
    def is_helped_by_choosing(self) -> bool:
        return self == self.NOT_CHOSEN


def with_gap(pupils, *, chosen, reached):
    """`pupils`, each annotated with `gap`: a Gap, or NULL where an adult gets it.

    `chosen` and `reached` are querysets of the ids of people, all of `reached` being in `chosen`. Only a contact who may
    receive messages about this very pupil counts for them, and an elder sister who is a pupil herself is no adult.
    """
    adults = Relationship.objects.current().exclude(pupils_here("contact__"))
    permitted = adults.may_receive()

    def whose(relationships):
        return Q(pk__in=relationships.order_by().values("pupil"))

    gap = Case(
        When(whose(permitted.filter(contact__in=reached)), then=Value(None)),
        When(whose(permitted.filter(contact__in=chosen)), then=Value(Gap.NOT_REACHED)),
        When(whose(permitted), then=Value(Gap.NOT_CHOSEN)),
        When(whose(adults), then=Value(Gap.MAY_NOT)),
        default=Value(Gap.NO_CONTACT),
        output_field=CharField(null=True),
    )
    return pupils.annotate(gap=gap)
