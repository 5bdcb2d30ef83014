"""The file by which WeCom sees that the portal's name belongs to the school: WW_verify_….txt at the root of the site."""

import re

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.utils.translation import gettext_lazy as _

from portal.addresses import on_families_site
from portal.school.table import value

_NAME = re.compile(r"WW_verify_([A-Za-z0-9]{1,64})\.txt")


class NameField(forms.CharField):
    """The name of the file; what it says is the part of the name that differs."""

    def clean(self, value):
        name = super().clean(value).strip()
        if name and not _NAME.fullmatch(name):
            raise ValidationError(_("The name of the file looks like WW_verify_AbC123.txt."))
        return name


@login_not_required
@on_families_site
def ownership_file(request, code):
    if value("ownership_file") != f"WW_verify_{code}.txt":
        raise Http404
    return HttpResponse(code, content_type="text/plain")
