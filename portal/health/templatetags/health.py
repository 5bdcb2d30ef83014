from django import template

from portal.health import readiness

register = template.Library()


@register.simple_tag
def which_of_us_is_silent():
    """Sentences; empty where our own processes all work."""
    return readiness.sentences(readiness.OURSELVES)
