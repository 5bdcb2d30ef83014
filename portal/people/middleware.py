from django.utils.translation import get_language

from . import actions

SESSION_KEY = "language is known"


def follow_browser(get_response):
    """Of whom nobody has said which language they read, they read what their browser asked for first."""

    def middleware(request):
        if request.user.is_authenticated and not request.real_user and SESSION_KEY not in request.session:
            person = getattr(request.user, "person", None)
            if person and not person.language:
                actions.follow_language(person=person, language=get_language())
            request.session[SESSION_KEY] = True
        return get_response(request)

    return middleware
