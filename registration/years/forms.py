from django.utils.translation import gettext_lazy as _

from portal.audit.forms import EditForm
from portal.forms import ManyField
from portal.people.models import Group
from portal.reading import read_ids


class YearRulesForm(EditForm):
    """A tick for every year whose pupils may register, and for every one where a guardian must agree first."""

    may = ManyField(label=_("Pupils may register"), queryset=Group.objects.none(), required=False)
    consent = ManyField(label=_("A parent or guardian must agree"), queryset=Group.objects.none(), required=False)

    def __init__(self, *args, rules, **kwargs):
        kwargs["initial"] = {
            "may": [year.pk for year, rule in rules if rule.pupils_may_register],
            "consent": [year.pk for year, rule in rules if rule.needs_consent],
        }
        super().__init__(*args, **kwargs)
        self.years = [year for year, rule in rules]
        for name in ("may", "consent"):
            self.fields[name].queryset = Group.objects.filter(kind=Group.Kind.YEAR)

    @property
    def rows(self):
        """[(year, whether its pupils may register, whether a guardian must agree)] as the page shows them."""
        may, consent = (read_ids(self[name].value()) for name in ("may", "consent"))
        return [(year, year.pk in may, year.pk in consent) for year in self.years]
