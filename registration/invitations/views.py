from django.contrib import messages
from django.db.models import Count, Exists, OuterRef
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from portal.addresses import Site
from portal.forms import posted
from portal.languages import in_each
from portal.menu import requires
from portal.paging import page_of
from portal.people.models import Group
from portal.reading import read_id
from portal.school.table import value
from portal.seals import seal, unseal
from wechat_admin.account.qr import draw_qr
from wechat_admin.models import EnterpriseAccount

from ..models import Invitation, InvitationRun, Registration
from . import actions, texts
from .forms import AudienceForm
from .invitees import INVITABLE, Outcome, chosen, count

_SHOWN = "the audience whose number was shown"


@requires("registration.invite")
def invitations(request):
    """The texts to copy, and the number first: nothing is mailed from this page."""
    form = AudienceForm(posted(request))
    context = {
        "form": form,
        "account": EnterpriseAccount.objects.the(),
        "staff_texts": in_each(texts.staff_text),
        "family_texts": in_each(texts.family_text),
        "days": value("invitation_days"),
    }
    if form.is_valid():
        roles, groups = form.cleaned_data["roles"], [group.pk for group in form.cleaned_data["groups"]]
        found = count(chosen(roles, groups))
        context |= {
            "counted": True,
            "by_hand": sum(found[outcome] for outcome in INVITABLE),
            "to_invite": found[Outcome.GETS_EMAIL],
            "fates": [(outcome.label, found[outcome]) for outcome in Outcome if outcome != Outcome.GETS_EMAIL],
            "together": found.total(),
            "shown": seal([roles, groups], _SHOWN),
            "families": form.is_about_families,
        }
    return render(request, "registration/invitations.html", context)


@requires("registration.invite")
@require_POST
def send(request):
    shown = unseal(request.POST.get("shown", ""), _SHOWN)
    if shown is None:
        return redirect("registration:invitations")
    roles, groups = shown
    account = EnterpriseAccount.objects.the()
    if not account.is_registration_open:
        messages.error(request, texts.NOT_VISIBLE)
        return redirect("registration:invitations")
    run = actions.invite(people=chosen(roles, groups), by=request.user)
    number = run.invitations.count() if run else 0
    sentence = ngettext("%(count)s invitation is on its way.", "%(count)s invitations are on their way.", number)
    messages.success(request, sentence % {"count": number})
    return redirect("registration:invited")


@requires("registration.invite")
@require_POST
def note_invited(request):
    """The text was copied to these people, or the hand-out given to them."""
    shown, way = unseal(request.POST.get("shown", ""), _SHOWN), request.POST.get("way")
    if shown is None or way not in (InvitationRun.Way.COPY, InvitationRun.Way.PRINT):
        return redirect("registration:invitations")
    number = actions.note_invited(way=way, roles=shown[0], groups=shown[1], by=request.user)
    sentence = ngettext("%(count)s person is noted as invited.", "%(count)s people are noted as invited.", number)
    messages.success(request, sentence % {"count": number})
    return redirect("registration:invited")


@requires("registration.invite")
def invited(request):
    """Who was invited, when, with what result, and whether they have registered since."""
    account = EnterpriseAccount.objects.the()
    registered = Registration.objects.reachable(account).filter(person=OuterRef("person"))
    listed = Invitation.objects.select_related("person", "run").annotate(registered_since=Exists(registered))
    counts = Invitation.objects.values_list("state").annotate(Count("pk")).order_by("state")
    context = {
        "page": page_of(listed, request),
        "counts": [(Invitation.State(state), number) for state, number in counts],
        "at_work": Invitation.objects.filter(state__in=["waiting", "sending"]).exists(),
    }
    return render(request, "registration/invited.html", context)


@requires("registration.invite")
def hand_outs(request):
    """A sheet of A4 for every form, in three languages, with the code of the plain registration address."""
    forms = Group.objects.filter(kind=Group.Kind.FORM)
    asked = read_id(request.GET.get("form"))
    if asked is not None:
        forms = forms.filter(pk=asked)
    context = {
        "forms": forms,
        "texts": in_each(texts.family_text),
        "address": texts.registration_address(Site.FAMILIES),
    }
    return render(request, "registration/hand_outs.html", context)


@requires("registration.invite")
def code(request):
    return HttpResponse(draw_qr(texts.registration_address(Site.FAMILIES)), content_type="image/png")
