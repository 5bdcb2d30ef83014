from django import forms
from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from portal.forms import posted
from portal.menu import requires

from . import actions
from .models import SchoolSetting
from .table import SETTINGS


class SettingsForm(forms.Form):
    """A field for every row of the table; the default stands in the hint."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for setting in SETTINGS.values():
            default = setting.default()
            hint = f"{setting.hint} " if setting.hint else ""
            if default not in (None, "", True, False):
                hint += _("Empty: %(default)s") % {"default": default}
            self.fields[setting.name] = setting.field(label=setting.label, help_text=hint, required=False)


@requires("school.change")
def settings_of_the_school(request):
    switches = {name: setting.default() for name, setting in SETTINGS.items() if setting.default() in (True, False)}
    stored = dict(SchoolSetting.objects.values_list("name", "value"))
    form = SettingsForm(posted(request), initial=switches | stored)
    if form.is_valid():
        actions.change_settings(values=form.cleaned_data, by=request.user)
        messages.success(request, _("Saved. It counts at once."))
        return redirect("school-settings")
    return render(request, "school/settings.html", {"form": form})
