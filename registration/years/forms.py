from django.utils.translation import gettext_lazy as _

from portal.audit.forms import EditForm
from portal.forms import ManyField, offer_rows
from portal.people.models import Group
from portal.reading import read_ids


class YearRulesForm(EditForm):
    """A tick for every year whose pupils may register, who are 14, and of all of whom a guardian must agree first."""

    TICKS = ("may", "above", "consent")
    may = ManyField(label=_("Pupils may register"), queryset=Group.objects.none(), required=False)
    above = ManyField(label=_("14 and above"), queryset=Group.objects.none(), required=False)
    consent = ManyField(
        label=_("A parent or guardian must agree in any case"), queryset=Group.objects.none(), required=False
    )

    def __init__(self, *args, rules, **kwargs):
        kwargs["initial"] = {
            "may": [year.pk for year, rule in rules if rule.pupils_may_register],
            "above": [year.pk for year, rule in rules if rule.is_14_and_above],
            "consent": [year.pk for year, rule in rules if rule.needs_consent],
        }
        super().__init__(*args, **kwargs)
        self.years = [year for year, rule in rules]
        for name in self.TICKS:
            offer_rows(self, name, Group.objects.filter(kind=Group.Kind.YEAR))

    @property
    def rows(self):
        """[(year, *whether each of TICKS is set)] as the page shows them."""
        ticked = [read_ids(self[name].value()) for name in self.TICKS]
        return [(year, *(year.pk in years for years in ticked)) for year in self.years]
