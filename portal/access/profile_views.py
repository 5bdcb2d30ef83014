from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_POST

from portal.audit.looking import shows_names
from portal.audit.revisions import SavedMeanwhile, revision_of
from portal.forms import posted
from portal.fresh_proof import asks_for_proof
from portal.menu import requires
from portal.reading import read_ids

from . import profiles
from .actions import AccessRefused
from .forms import RenameForm
from .models import Profile


def _profile(pk):
    return get_object_or_404(Profile.objects.select_related("group"), pk=pk)


@requires("access.manage_profiles")
@require_POST
@asks_for_proof()
def copy(request, pk):
    try:
        made = profiles.copy(profile=_profile(pk), by=request.user)
    except AccessRefused as refused:
        messages.error(request, str(refused))
        return redirect("profile", pk)
    messages.success(request, _("Copied, without holders. Give it a name of its own."))
    return redirect("rename-profile", made.pk)


@requires("access.manage_profiles")
@asks_for_proof()
def rename(request, pk):
    shown = _profile(pk)
    form = RenameForm(
        posted(request), profile=shown, seen=revision_of(shown.subject), initial={"name": shown.group.name}
    )
    if form.is_valid():
        try:
            profiles.rename(profile=shown, by=request.user, **form.cleaned_data)
        except SavedMeanwhile as meanwhile:
            form.say(meanwhile)
        except AccessRefused as refused:
            form.add_error("name", str(refused))
        else:
            messages.success(request, _("Saved."))
            return redirect("profile", pk)
    return render(request, "access/rename_profile.html", {"profile": shown, "form": form})


@requires("access.manage_profiles")
@asks_for_proof()
@shows_names(gettext_noop("looked at who holds a profile"), of="profile")
def delete(request, pk):
    """Asks first on GET, with the names of those who lose something."""
    shown = _profile(pk)
    if request.method == "POST":
        try:
            profiles.delete(profile=shown, shown=read_ids(request.POST.getlist("holder")), by=request.user)
        except AccessRefused as refused:
            messages.error(request, str(refused))
            return redirect("delete-profile" if not shown.is_system_administrator else "profile", pk)
        messages.success(request, _("The profile “%(name)s” is deleted.") % {"name": shown})
        return redirect("profiles")
    context = {"profile": shown, "effects": profiles.effects(shown, []), "holders": shown.holders}
    return render(request, "access/delete_profile.html", context)


@requires("access.manage_profiles")
@require_POST
@asks_for_proof()
def ask_for_factor(request, pk):
    try:
        profiles.ask_for_factor(profile=_profile(pk), needed=request.POST.get("needed") == "yes", by=request.user)
    except AccessRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("Saved. It counts from each holder's next page."))
    return redirect("profile", pk)
