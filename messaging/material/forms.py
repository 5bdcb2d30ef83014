from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from portal.people.texts import without_controls
from portal.uploads import MEGABYTE, MOST_TOGETHER, limits
from wechat_admin.wecom.bodies import DESCRIPTION_BYTES

from ..writing.forms import MessageForm
from ..writing.inputs import check_size


class ArticleForm(forms.Form):
    """One article of a message; 1 to 8 of them."""

    title = forms.CharField(label=_("Title"), max_length=128)
    description = forms.CharField(
        label=_("Summary"),
        max_length=512,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "class": "form-control"}),
    )
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    address = forms.CharField(
        label=_("Address of the article"), max_length=2048, widget=forms.TextInput(attrs={"inputmode": "url"})
    )
    picture = forms.FileField(
        label=_("Picture"),
        required=False,
        help_text=format_lazy(_("PNG or JPEG, {most} MB at most."), most=MOST_TOGETHER // MEGABYTE),
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg", **limits(MOST_TOGETHER)}),
    )

    clean_title = MessageForm.clean_title
    clean_address = MessageForm.clean_address

    def clean_description(self):
        description = without_controls(self.cleaned_data["description"]).strip()
        check_size(description, DESCRIPTION_BYTES)
        return description
