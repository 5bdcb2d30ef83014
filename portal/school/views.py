from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from portal.audit.forms import EditForm
from portal.audit.revisions import SavedMeanwhile, revision_of
from portal.forms import posted
from portal.menu import requires

from . import actions, table


class SettingsForm(EditForm):
    """A field for every row of the table; the default stands in the hint."""

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
    switches = {setting.name: setting.default() for setting in table.settings() if setting.is_switch}
    form = SettingsForm(posted(request), seen=seen, initial=switches | table.stored_values())
    if form.is_valid():
        try:
            actions.change_settings(values=form.cleaned_data, seen=form.cleaned_data["seen"], by=request.user)
        except SavedMeanwhile as meanwhile:
            form.say(meanwhile)
        else:
            messages.success(request, _("Saved. It counts at once."))
            return redirect("school-settings")
    return render(request, "school/settings.html", {"form": form})
