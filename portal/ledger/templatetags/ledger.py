from django import template

from portal.ledger import mark

register = template.Library()


@register.simple_tag
def everything_is_held():
    """`{% everything_is_held as put_back %}`: nothing leaves until an administrator has released it."""
    return mark.is_held()
