from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_POST

from portal import fresh_proof
from portal.audit.looking import shows_names
from portal.audit.revisions import saved_meanwhile
from portal.forms import show_again
from portal.menu import requires
from portal.request_sizes import WITH_FILES, up_to
from portal.seals import CHANGED

from ..callback.views import callback_context
from ..connection import in_words
from ..connection.actions import application_answered
from ..connection.views import checks_context, version_shown
from ..models import EnterpriseAccount
from . import actions, changes, check_values, typed_secrets
from .forms import AccountForm


@up_to(WITH_FILES)
@requires("wechat_admin.view_account")
@shows_names(gettext_noop("looked at the Weixin / WeChat account"))
def administration(request):
    account = EnterpriseAccount.objects.the()
    if request.method == "POST":
        return _save(request, account)
    typed_secrets.forget(request.session)  # Cancel, or a page opened anew, means: nothing of it
    return _page(request, account, AccountForm(account=account, user=request.user))


def _page(request, account, form, saved_meanwhile=None, concerned=()):
    context = {
        "account": account,
        "form": form,
        "saved_meanwhile": saved_meanwhile,
        "concerned": concerned,
        "may_save": request.user.has_perm("wechat_admin.change_account")
        or request.user.has_perm("wechat_admin.switch_registration"),
        "may_change": request.user.has_perm("wechat_admin.change_account"),
    }
    return render(request, "wechat_admin/administration.html", context | checks_context() | callback_context(request))


def _save(request, account):
    typed = typed_secrets.kept(request.session) | {name: value for name, value in request.POST.items() if value}
    if any(name in typed for name in typed_secrets.FIELDS) and not fresh_proof.is_fresh(request):
        typed_secrets.keep(request.session, typed)
        raise fresh_proof.ProofNeeded(keeps_secrets=True)
    data = request.POST.copy()
    data.update({name: typed[name] for name in typed_secrets.FIELDS if name in typed and not data.get(name)})
    form = AccountForm(data, request.FILES, account=account, user=request.user)
    found = check_values.check_values(account, form.cleaned_data) if form.is_valid() else check_values.Found()
    warnings = _blame(form, found)
    concerned = (
        changes.concerned(form.change, account) if form.is_valid() and not form.cleaned_data["confirmed"] else []
    )
    if form.errors or concerned:
        typed_secrets.keep(request.session, form.typed_secrets)
        form.say_what_is_kept()
        return _page(request, account, form, concerned=concerned)
    try:
        saved = actions.save_account(values=form.cleaned_data, version=form.cleaned_data["version"], by=request.user)
    except actions.SavedMeanwhile as meanwhile:
        theirs = meanwhile.account
        sentence = saved_meanwhile(theirs.saved_by, theirs.saved_at, str(request.user)[:200])
        show_again(form, "version", meanwhile.account.version)
        typed_secrets.keep(request.session, form.typed_secrets)
        form.say_what_is_kept()
        return _page(request, meanwhile.account, form, saved_meanwhile=sentence)
    if found.answered:
        application_answered(saved)
    typed_secrets.forget(request.session)
    messages.success(request, _what_was_saved(saved))
    if account.registration_visible and not saved.registration_visible:
        warnings += changes.concerned(changes.HIDING, saved)
    for warning in warnings:
        messages.warning(request, warning)
    return redirect("wechat-administration")


def _blame(form, found):
    """Blame the fields whose values WeCom refuses; returns what is to be said besides, in sentences."""
    warnings = []
    for refusal in found.refusals:
        if refusal.field:
            form.add_error(refusal.field, in_words.refusal(refusal.error))
        else:
            warnings.append(in_words.refusal(refusal.error))
    return list(dict.fromkeys(warnings))


def _what_was_saved(account):
    if not account.is_linked:
        return _("Saved. Still missing: %(labels)s.") % {"labels": ", ".join(str(label) for label in account.missing)}
    if account.registration_visible:
        return _("Saved. Registration is visible.")
    return _("Saved. Registration is not visible.")


@requires("wechat_admin.view_account")
def other_name(request):
    """The guide's other name for the screen."""
    return redirect("wechat-administration", permanent=True)


@requires("wechat_admin.view_account")
def qr_picture(request):
    """What was uploaded, to compare with what was made of it."""
    account = EnterpriseAccount.objects.the()
    if not account.qr_picture:
        raise Http404
    return HttpResponse(bytes(account.qr_picture), content_type="image/jpeg", headers={"Cache-Control": "no-store"})


@requires("wechat_admin.view_account")
def qr_preview(request):
    account = EnterpriseAccount.objects.the()
    if not account.qr_target:
        raise Http404
    return HttpResponse(bytes(account.qr_png), content_type="image/png", headers={"Cache-Control": "no-store"})


@requires("wechat_admin.change_account")
@require_POST
def confirm_hidden_address_book(request):
    said = actions.confirm_hidden_address_book(version=version_shown(request), by=request.user)
    return _noted(request, said, _("Noted, with your name."))


@requires("wechat_admin.change_account")
@require_POST
def qr_still_works(request):
    said = actions.qr_still_works(version=version_shown(request), by=request.user)
    return _noted(request, said, _("Noted. In a month you are asked again."))


def _noted(request, said, sentence):
    """Of the account as the page showed it, or of none."""
    if said:
        messages.success(request, sentence)
    else:
        messages.warning(request, CHANGED)
    return redirect("wechat-administration")


@requires("wechat_admin.change_account")
@require_POST
def pause_sending(request):
    actions.pause_sending(by=request.user)
    messages.success(request, _("Sending is paused. What WeCom has accepted already cannot be held back."))
    return redirect("wechat-administration")


@requires("wechat_admin.change_account")
@require_POST
def resume_sending(request):
    actions.resume_sending(by=request.user)
    messages.success(request, _("Sending goes on."))
    return redirect("wechat-administration")
