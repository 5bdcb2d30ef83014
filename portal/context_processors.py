from django.conf import settings
from django.utils import translation

from . import menu

THEMES = ("system", "light", "dark")


def frame(request):
    """What every page's frame shows."""
    user = getattr(request, "user", None)
    signed_in = user is not None and user.is_authenticated
    theme = request.COOKIES.get("theme")
    return {
        "school_name": settings.SCHOOL_NAME,
        "languages": settings.LANGUAGE_NAMES.items(),
        "language": translation.get_language(),
        "theme": theme if theme in THEMES else "system",
        "simulator": settings.WECOM_API_BASE if settings.WECOM_API_BASE != settings.TENCENT_API else "",
        "menu_sections": menu.sections_for(user) if signed_in else [],
        "real_user": getattr(request, "real_user", None),
    }
