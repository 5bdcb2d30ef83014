from django.urls import reverse
from django.utils.translation import ngettext

from portal import once, panels

from .models import Import, Proposal

once.fact("corrections wait", lambda: once.number(Proposal.objects.open()))
once.fact("imports at work", lambda: once.number(Import.objects.filter(state__in=Import.AT_WORK)))
once.fact("imports to let in", lambda: once.number(Import.objects.filter(state=Import.State.READY)))


@panels.panel(panels.WAITING, option="people.change", facts=["corrections wait"])
def proposed_corrections(request):
    number = once.answer("corrections wait")
    words = ngettext("%(number)s correction waits for the office", "%(number)s corrections wait for the office", number)
    return [panels.Line(words % {"number": number}, reverse("proposals"))] if number else []


@panels.panel(panels.WAITING, option="people.import", facts=["imports to let in"])
def imports_to_let_in(request):
    number = once.answer("imports to let in")
    words = ngettext(
        "%(number)s file of people is read and waits", "%(number)s files of people are read and wait", number
    )
    return [panels.Line(words % {"number": number}, reverse("imports"))] if number else []


@panels.panel(panels.RUNNING, option="people.import", facts=["imports at work"])
def imports_at_work(request):
    number = once.answer("imports at work")
    words = ngettext("%(number)s file of people is worked on", "%(number)s files of people are worked on", number)
    return [panels.Line(words % {"number": number}, reverse("imports"))] if number else []
