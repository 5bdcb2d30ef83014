from django import template

from ..models import STATE_LABELS

register = template.Library()


@register.filter
def state_in_words(state):
    return STATE_LABELS[state]
