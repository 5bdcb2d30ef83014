from django.utils.functional import SimpleLazyObject

from portal.addresses import Site

from .models import Telling


def notices(request):
    """How many notices stand for the reader: asked by a page that shows it, and only of whom something can be told."""
    can_be_told = may_have_notices(request)
    number = SimpleLazyObject(lambda: Telling.objects.shown_to(request.user).count() if can_be_told else 0)
    return {"can_be_told": can_be_told, "open_notices": number}


def may_have_notices(request):
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated or getattr(request, "narrow", None) is not None:
        return False
    return getattr(request, "site", None) != Site.FAMILIES and bool(user.get_all_permissions())
