from django import forms

from portal.forms import show_again
from portal.reading import read_id


class EditForm(forms.Form):
    """Edits one thing that somebody else may be editing too: `seen` is the revision its values are of."""

    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, seen, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["seen"].initial = seen

    def clean_seen(self):
        # A page without it has seen nothing.
        return read_id(self.cleaned_data["seen"]) or 0

    def say(self, meanwhile):
        """What was typed stays, and whoever saves it again has been told of the other's (a SavedMeanwhile)."""
        self.add_error(None, str(meanwhile))
        show_again(self, "seen", meanwhile.number)
