from django import template
from django.conf import settings
from django.template.defaultfilters import linebreaksbr
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe

from portal.uploads import MEGABYTE, MOST_TOGETHER
from wechat_admin.wecom import bodies

from .. import judgement
from ..audience import pupils
from ..kinds import kinds_with, size_of
from ..material import files

register = template.Library()


@register.simple_tag(takes_context=True)
def reach_by_pupil(context, message):
    """Of a frozen message: how many pupils have an adult on its list, as far as the reader may know."""
    return pupils.reach_by_pupil(message, own=judgement.own_people(context["request"].user))


@register.simple_block_tag
def of_kinds(content, shape, part):
    """What only kinds with this part have: the page hides it while another kind is chosen, and sends it all the same."""
    hidden = "" if getattr(shape, part) else mark_safe(" hidden")
    return format_html('<div data-kinds="{}"{}>{}</div>', kinds_with(part), hidden, content)


@register.filter
def with_fields_marked(pieces):
    """A text in pieces, without a blank between them: those still to be filled in stand out."""
    shown = (format_html("<mark>{}</mark>", piece) if is_field else linebreaksbr(piece) for piece, is_field in pieces)
    return format_html_join("", "{}", ((piece,) for piece in shown))


@register.simple_tag
def why_nobody_may_release(message):
    """Why nobody can release it now, in a sentence, or ""."""
    return judgement.why_nobody_may_release(message.author, message.sent_by, message.saved_by)


@register.simple_tag
def most_megabytes():
    """How large what is chosen may be, of each sort and together: help says it of files nobody has chosen yet."""
    most = {sort: files.most_of(limit) for sort, limit in bodies.MEDIA.items()} | {"together": MOST_TOGETHER}
    return {name: size // MEGABYTE for name, size in most.items()}


@register.filter("bytes")
def bytes_of(text):
    """As WeCom counts them."""
    return size_of(text or "")


@register.filter
def language_name(code):
    """By its own name; a dash where nobody knows it."""
    return settings.LANGUAGE_NAMES.get(code, "–")
