from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from portal import causes
from portal.audit.revisions import SavedMeanwhile, revision_of
from portal.forms import posted

from . import actions
from .forms import ChoicesForm
from .models import Absence, Choice, Telling
from .whom import holding

MOST = 100


@never_cache
def notices(request):
    """What is open for the reader, the urgent first."""
    tellings = Telling.objects.shown_to(request.user).select_related("notice")
    rows = tellings.order_by("-notice__urgent", "-notice__opened_at")[: MOST + 1]
    return render(request, "notices/list.html", {"tellings": rows[:MOST], "has_more": len(rows) > MOST})


@never_cache
def notice(request, pk):
    """To exactly what it is about; where that is over, a sentence."""
    telling = get_object_or_404(Telling.objects.select_related("notice"), notice=pk, user=request.user)
    if request.real_user is None and telling.read_at is None:
        Telling.objects.filter(pk=telling.pk).update(read_at=timezone.now(), tell_at=None)
    if not telling.notice.is_open:
        messages.info(request, _("This is settled already: there is nothing to do."))
        return redirect("notices")
    return redirect(telling.notice.address)


def choices(request):
    """How the reader is told of what, and when they are away."""
    kinds = _kinds_of(request.user)
    absence = Absence.objects.now().filter(user=request.user).first()
    form = ChoicesForm(
        posted(request) if kinds else None,
        kinds=kinds,
        chosen=dict(Choice.objects.filter(user=request.user).values_list("kind", "way")),
        away_until=absence and absence.until,
        seen=revision_of(actions.subject_of(request.user)),
    )
    if form.is_valid() and _chosen(form, request.user):
        messages.success(request, _("Saved. It counts at once."))
        return redirect("notice-choices")
    return render(request, "notices/choices.html", {"form": form, "has_kinds": bool(kinds)})


def _kinds_of(user):
    """The kinds this user can be told of."""
    is_administrator = holding("").filter(pk=user.pk).exists()
    return [kind for kind in causes.kinds() if (user.has_perm(kind.option) if kind.option else is_administrator)]


def _chosen(form, user):
    chosen = form.cleaned_data
    try:
        actions.choose(ways=form.ways, away_until=chosen["away_until"], seen=chosen["seen"], by=user)
    except SavedMeanwhile as meanwhile:
        form.say(meanwhile)
        return False
    return True
