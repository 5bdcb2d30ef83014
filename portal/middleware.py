from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import Http404, HttpResponse, HttpResponseForbidden, HttpResponsePermanentRedirect

from .addresses import Site, absolute, site_of
from .reading import holds_nul
from .version import VERSION
from .visitors import is_beside_us


def content_security_policy(get_response):
    """The policy is SECURE_CSP, under the name Django 6 will read it by."""
    policy = "; ".join(f"{directive} {sources}" for directive, sources in settings.SECURE_CSP.items())

    def middleware(request):
        response = get_response(request)
        response.headers.setdefault("Content-Security-Policy", policy)
        return response

    return middleware


def permissions_policy(get_response):
    """No page of ours needs the camera, the microphone or the place; nothing that a page might load may ask for them."""
    policy = ", ".join(f"{feature}=()" for feature in settings.FORBIDDEN_FEATURES)

    def middleware(request):
        response = get_response(request)
        response.headers.setdefault("Permissions-Policy", policy)
        return response

    return middleware


def healthz(get_response):
    """`/healthz`: this process answers. Before everything else: whoever restarts us asks under any host, and must not
    restart us because a service is away. Which version, to whoever is beside us."""

    def middleware(request):
        if request.path == "/healthz":
            version = f" {VERSION}" if is_beside_us(request) else ""
            return HttpResponse(f"ok{version}", content_type="text/plain")
        return get_response(request)

    return middleware


def https_only(get_response):
    """Where the addresses are https, what comes over plain http is sent there, and nothing that was posted is taken: it
    has been read on the way already, and must not be thought safe. A monitor beside us asks as it likes."""

    def middleware(request):
        if not settings.SECURE or request.is_secure() or request.path in ("/readyz", "/metrics"):
            return get_response(request)
        if request.method in ("GET", "HEAD"):
            return HttpResponsePermanentRedirect(absolute(site_of(request), request.get_full_path()))
        return HttpResponseForbidden("Nothing is taken over plain http. Use https.", content_type="text/plain")

    return middleware


def keeps_no_page_of_somebody_signed_in(get_response):
    """They name people: neither the computer of a library nor a cache on the way keeps them, unless a view says so."""

    def middleware(request):
        response = get_response(request)
        if settings.SESSION_COOKIE_NAME in request.COOKIES:
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    return middleware


def answers_to_posts_can_be_gone_back_to(get_response):
    """Lets a browser keep the page that answered a POST: it cannot ask for it again.

    Where a page may not be stored (`never_cache`), or belongs to cookies that have changed since (a sign-in, another
    language), Back over it (a wrong number, a wrong password) ends on the browser's own error page. Nothing but Back
    shows an answer to a POST, so neither is needed. What was handed out (letters with personal codes) is not kept: on the
    computer of a library, Back must not show it to the next person.
    """

    def middleware(request):
        response = get_response(request)
        if request.method == "POST" and not getattr(response, "is_handed_out", False):
            response.headers["Cache-Control"] = "private, no-cache, max-age=0, must-revalidate"
            response.headers.pop("Vary", None)
        return response

    return middleware


class TwoSites:
    """Where staff and families have a host each, the families' answers only the views marked `on_families_site`."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.site = site_of(request)
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        if request.site == Site.FAMILIES and not getattr(view, "on_families_site", False):
            raise Http404


def refuse_nul(get_response):
    """Before anything reads the session; in the fields of a form the form itself names it."""

    def middleware(request):
        if holds_nul(request):
            raise BadRequest("a NUL in the address or a cookie")
        return get_response(request)

    return middleware
