from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from portal.menu import requires
from portal.reading import read_id
from portal.seals import CHANGED

from ..models import Check
from . import actions, in_words


def checks_context():
    by_name = {check.name: check for check in Check.objects.all()}
    checks = [by_name[name] for name in Check.Name.values if name in by_name]
    return {
        "checks": [(check, in_words.finding(check)) for check in checks],
        "checking": Check.objects.are_running(),
        "test_asks": bool(Check.Name.TEST in by_name and by_name[Check.Name.TEST].facts.get("asked")),
    }


def version_shown(request):
    """Of the account as the page had it whose button was pressed; of no page of ours, one that there never is."""
    version = read_id(request.POST.get("shown"))
    return -1 if version is None else version


@requires("wechat_admin.view_account")
@never_cache
def checks(request):
    """The rows alone, while they are being checked."""
    return render(request, "wechat_admin/_checks.html", checks_context())


@requires("wechat_admin.view_account")
@require_POST
def check_connection(request):
    actions.check_connection(by=request.user)
    return redirect(reverse("wechat-administration") + "#checks")


@requires("wechat_admin.change_account")
@require_POST
def send_test(request):
    try:
        actions.send_test(by=request.user)
    except actions.TestRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("WeCom has accepted the test. Look into your WeChat and say below how it came."))
    return redirect(reverse("wechat-administration") + "#checks")


@requires("wechat_admin.change_account")
@require_POST
def test_came(request):
    whole = request.POST.get("whole") == "yes"
    if not actions.test_came(whole=whole, version=version_shown(request), by=request.user):
        messages.warning(request, CHANGED)
    return redirect(reverse("wechat-administration") + "#checks")
