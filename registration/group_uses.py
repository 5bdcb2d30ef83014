from django.utils.translation import gettext_lazy as _

from portal.people.group_uses import group_use, names_groups

from .models import YearRule


@group_use(_("Rules of a year for registering"))
def year_rules(groups):
    return [str(rule) for rule in YearRule.objects.filter(year__in=groups).select_related("year")]


@names_groups
def years_with_a_rule(groups):
    return YearRule.objects.filter(year__in=groups).values_list("year", flat=True)
