from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from portal.audit.forms import EditForm
from portal.audit.revisions import SavedMeanwhile, revision_of
from portal.forms import posted
from portal.menu import requires

from . import actions, keeping, table
from .models import Forgotten


class SettingsForm(EditForm):
    """A field for every row of the table, with what holds in it; the default stands in the hint too."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for setting in table.settings():
            default = setting.default()
            hint = f"{setting.hint} " if setting.hint else ""
            if default not in (None, "") and not setting.is_switch:
                hint += _("Empty: %(default)s") % {"default": default}
            self.fields[setting.name] = setting.field(label=setting.label, help_text=hint, required=False)


@requires("school.change")
def settings_of_the_school(request):
    seen = revision_of(actions.SUBJECT)
    holds = {setting.name: setting.default() for setting in table.settings()} | table.stored_values()
    form = SettingsForm(posted(request), seen=seen, initial=holds)
    if form.is_valid():
        try:
            actions.change_settings(values=form.cleaned_data, seen=form.cleaned_data["seen"], by=request.user)
        except SavedMeanwhile as meanwhile:
            form.say(meanwhile)
        else:
            messages.success(request, _("Saved. It counts at once."))
            return redirect("school-settings")
    return render(request, "school/settings.html", {"form": form})


@requires("school.change")
def kept(request):
    """For how long what is kept, and what of it the sweeper has removed."""
    found = Forgotten.objects.in_bulk()
    rows = [(kind, found.get(kind.name)) for kind in keeping.kinds()]
    return render(request, "school/kept.html", {"rows": rows})
