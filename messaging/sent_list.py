"""Finding a message among those sent: by its words, who sent it, whom it was for, when, and what became of it."""

from datetime import datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.db.models import JSONField, Q, TextField
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce
from django.utils.timezone import make_aware
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.forms import offer, searched
from portal.people.models import Group, User
from wechat_admin.wecom.bodies import MOST_ARTICLES

from .audience.in_words import ROLE_LABELS
from .models import Attachment, Message

MOST_WORDS = 6
_DAY: dict[str, Any] = {"widget": forms.DateInput(attrs={"type": "date", "class": "form-control"}, format="%Y-%m-%d")}
_STATES = [state for state in Message.Status if state not in (Message.Status.DRAFT, Message.Status.SCHEDULED)]


class _Choice(forms.ChoiceField):
    widget = forms.Select(attrs={"class": "form-select"})

    def __init__(self, label, choices=()):
        super().__init__(label=label, required=False, choices=choices)


class _Day(forms.DateField):
    default_error_messages = {"invalid": gettext_lazy("Write the day as 2026-07-31.")}


class SentFilter(forms.Form):
    """What stands in the address. Words that are looked for are posted: a message's text is no address."""

    state = _Choice(gettext_lazy("State"))
    sender = _Choice(gettext_lazy("From"))
    audience = _Choice(gettext_lazy("For whom"))
    since = _Day(label=gettext_lazy("Since"), required=False, **_DAY)
    until = _Day(label=gettext_lazy("Until"), required=False, **_DAY)

    def __init__(self, request, messages):
        super().__init__({name: request.GET.get(name, "") for name in self.base_fields})
        self.text = searched(request)
        every = ("", _("all"))
        offer(self, "state", [every, *((state.value, state.label) for state in _STATES)])
        senders = User.objects.filter(pk__in=messages.order_by().values("author")).select_related("person")
        offer(self, "sender", [every, *sorted(((str(u.pk), str(u)) for u in senders), key=lambda pair: pair[1])])
        roles = [(f"role:{role}", label) for role, label in ROLE_LABELS.items()]
        groups = [(f"group:{group.pk}", str(group)) for group in Group.objects.select_related("parent")]
        offer(self, "audience", [every, *roles, *groups])

    @property
    def is_narrow(self):
        return bool(self.text or self.query)

    @property
    def query(self):
        """For addresses that ask for the same messages."""
        chosen = {name: self.data[name] for name in self.cleaned_data if self.cleaned_data[name]}
        return urlencode(chosen)

    def of(self, messages):
        """Those that are looked for; a field with a mistake narrows nothing down."""
        self.is_valid()
        asked = self.cleaned_data
        if state := asked.get("state"):
            messages = messages.filter(status=state)
        if sender := asked.get("sender"):
            messages = messages.filter(Q(author=sender) | Q(sent_by=sender))
        if audience := asked.get("audience"):
            messages = is_for(messages, *audience.split(":"))
        if since := asked.get("since"):
            messages = messages.filter(sent_at__gte=_midnight(since))
        if until := asked.get("until"):
            messages = messages.filter(sent_at__lt=_midnight(until + timedelta(days=1)))
        for word in self.text.split()[:MOST_WORDS]:
            messages = messages.filter(says(word))
        return messages


def _midnight(day):
    return make_aware(datetime.combine(day, time()))


def says(word):
    """Q of messages in whose words, in any language, or in the name of whose file a word stands."""
    places = ["text", "title", *(f"translations__{code}" for code in settings.LANGUAGE_NAMES)]
    places += [f"articles__{number}__{part}" for number in range(MOST_ARTICLES) for part in ("title", "description")]
    found = Q(pk__in=Attachment.objects.filter(name__icontains=word).values("message"))
    for place in places:
        found |= Q(**{f"{place}__icontains": word})
    return found


def is_for(messages, kind, value):
    """Those in whose rule, as it was sent, a role or a group is included: {"role": "staff"}, {"group": 5}.

    The databases agree on no way to look into a list of JSON, but on its text, up to the blank behind the colon.
    """
    written = value if kind == "group" else f'"{value}"'
    rule = Coalesce("sent_rule", "audience", output_field=JSONField())
    messages = messages.alias(included=Cast(KeyTextTransform("include", rule), TextField()))
    wanted = Q()
    for colon in (":", ": "):
        for end in (",", "}"):
            wanted |= Q(included__contains=f'"{kind}"{colon}{written}{end}')
    return messages.filter(wanted)
