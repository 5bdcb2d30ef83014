from django import template
from django.template.defaultfilters import linebreaksbr
from django.utils.html import format_html, format_html_join

register = template.Library()


@register.filter
def with_fields_marked(pieces):
    """A text in pieces, without a blank between them: those still to be filled in stand out."""
    shown = (format_html("<mark>{}</mark>", piece) if is_field else linebreaksbr(piece) for piece, is_field in pieces)
    return format_html_join("", "{}", ((piece,) for piece in shown))
