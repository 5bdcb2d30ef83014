from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from . import menu
from .addresses import Site
from .languages import tag

THEMES = {"system": _("As the device"), "light": _("Light"), "dark": _("Dark")}


def appearance(request):
    """What needs neither user nor database."""
    language = translation.get_language()
    chosen = request.COOKIES.get("theme")
    theme = chosen if chosen in THEMES else "system"
    return {
        "school_name": settings.SCHOOL_NAME,
        "languages": settings.LANGUAGES,
        "language": language,
        "language_tag": tag(language),
        "themes": THEMES.items(),
        "theme": theme,
        "fixed_theme": theme if theme != "system" else "",
        "simulator": settings.WECOM_API_BASE if settings.WECOM_API_BASE != settings.TENCENT_API else "",
    }


def frame(request):
    """What every page's frame shows."""
    user = getattr(request, "user", None)
    signed_in = user is not None and user.is_authenticated
    return appearance(request) | {
        "has_dashboard": signed_in and menu.first_page(request) == "dashboard",
        "menu_sections": menu.sections_for(user) if signed_in and request.site != Site.FAMILIES else [],
        "real_user": getattr(request, "real_user", None),
    }
