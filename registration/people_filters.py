"""By what registration narrows the directory down."""

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.people.directory.filters import people_filter
from wechat_admin.models import EnterpriseAccount

from .models import Registration


@people_filter("registered", gettext_lazy("Registration"))
def registered_or_not():
    return {
        "yes": (_("registered"), _registered),
        "begun": (_("begun, not registered"), lambda: _of(_ours().open()) & ~_registered()),
        "no": (_("not registered"), lambda: ~_registered()),
    }


def _ours():
    return Registration.objects.of_account(EnterpriseAccount.objects.the())


def _registered():
    return _of(_ours().registered())


def _of(registrations):
    return Q(pk__in=registrations.values("person"))
