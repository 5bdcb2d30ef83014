from collections import Counter

from django.contrib import messages
from django.db.models import Count, Exists, OuterRef
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext
from django.views.decorators.http import require_POST

from portal.addresses import Site
from portal.audit.looking import shows_names
from portal.heavy import SEARCH, one_at_a_time
from portal.languages import in_each
from portal.mail.models import Letter, MailServer
from portal.menu import requires
from portal.paging import page_of
from portal.people.models import Group
from portal.reading import read_id
from portal.school.identity import in_all, office_contact, school_name
from portal.school.table import value
from portal.seals import CHANGED, seal, unseal
from wechat_admin.account.qr import draw_qr
from wechat_admin.models import EnterpriseAccount

from ..models import Invitation, InvitationRun, Registration
from . import actions, texts
from .audience import asked, of_values
from .invitees import INVITABLE, count
from .showing import letters_of, letters_shown

_SHOWN = "the audience whose number was shown"


@requires("registration.invite")
@shows_names(gettext_noop("looked at invitations"))
@one_at_a_time(SEARCH)
def invitations(request):
    """The texts to copy, and the number and the words first: nothing is mailed before a press that can be undone."""
    form, audience = asked(request)
    context = {
        "form": form,
        "account": EnterpriseAccount.objects.the(),
        "staff_texts": in_each(texts.staff_text),
        "family_texts": in_each(texts.family_text),
        "days": value("invitation_days"),
    }
    if audience:
        people = audience.people
        found = count(people)
        context |= letters_shown(people, _page_of(audience))
        context |= {
            "counted": True,
            "audience": audience,
            "by_hand": sum(found[outcome] for outcome in INVITABLE),
            "shown": seal([audience.as_values, context["digest"], actions.digest_by_hand(people)], _SHOWN),
            "send_address": "registration:send-invitations",
            "families": audience.named or form.is_about_families,
        }
    return render(request, "registration/invitations.html", context)


def _page_of(audience):
    return f"{reverse('registration:invitations')}?{audience.query}"


@requires("registration.invite")
@require_POST
def send(request):
    shown = unseal(request.POST.get("shown", ""), _SHOWN)
    if shown is None:
        return redirect("registration:invitations")
    audience = of_values(shown[0], request.user)
    return write_to(request, audience.people, shown[1], back=_page_of(audience))


def write_to(request, people, digest, *, back):
    """The press on a page that showed whom it writes to: the run begins, or the page is shown again."""
    if not EnterpriseAccount.objects.the().is_registration_open:
        messages.error(request, texts.NOT_VISIBLE)
        return redirect(back)
    try:
        run = actions.invite(people=people, shown=digest, by=request.user)
    except actions.ListChanged:
        messages.warning(request, _("The list has changed since this page was shown. Nothing was sent: look again."))
        return redirect(back)
    return redirect("registration:run", run.pk)


@requires("registration.invite")
@require_POST
def letters_to_me(request):
    """The letters of the page, to whoever is about to send them."""
    shown = letters_of(request.POST.get("shown", ""))
    if shown is None:
        return redirect("registration:invitations")
    letters, back = shown
    address = actions.send_to_me(letters=letters, by=request.user)
    if address:
        messages.success(
            request, _("A letter to %(address)s is on its way. Nobody else has been written to.") % {"address": address}
        )
    else:
        messages.error(request, _("You have no e-mail address on record, so nothing could be sent to you."))
    return redirect(back)


@requires("registration.invite")
def run(request, pk):
    """What became of one press: it can be undone, then it is progress."""
    shown = get_object_or_404(InvitationRun.objects.exclude(starts_at=None), pk=pk)
    letters = shown.letters
    found = dict(letters.values_list("state").annotate(Count("pk")))
    context = {
        "run": shown,
        "counts": [(state, found[state]) for state in Letter.State if state in found],
        "together": sum(found.values()),
        "is_at_work": letters.at_work().exists(),
        "can_be_stopped": letters.not_begun().exists(),
        "can_be_undone": shown.can_be_undone,
        "server_is_away": MailServer.objects.is_away(),
    }
    return render(request, "registration/run.html", context)


@requires("registration.invite")
@require_POST
def stop_run(request, pk):
    shown = get_object_or_404(InvitationRun, pk=pk)
    number = actions.stop(run=shown, by=request.user)
    left = shown.invitations.count() - number
    if not number:
        messages.warning(request, _("Too late: nothing of it is waiting any more."))
    elif left:
        sentence = ngettext(
            "Stopped: %(count)s letter will not leave.", "Stopped: %(count)s letters will not leave.", number
        )
        messages.success(request, sentence % {"count": number})
    else:
        messages.success(request, _("Taken back: nothing has left."))
    return redirect("registration:run", pk)


@requires("registration.invite")
@require_POST
def note_invited(request):
    """The text was copied to these people, or the hand-out given to them."""
    shown, way = unseal(request.POST.get("shown", ""), _SHOWN), request.POST.get("way")
    if shown is None or way not in (InvitationRun.Way.COPY, InvitationRun.Way.PRINT):
        return redirect("registration:invitations")
    audience = of_values(shown[0], request.user)
    try:
        number = actions.note_invited(way=way, people=audience.people, shown=shown[2], by=request.user)
    except actions.ListChanged:
        messages.warning(request, CHANGED)
        return redirect(_page_of(audience))
    sentence = ngettext("%(count)s person is noted as invited.", "%(count)s people are noted as invited.", number)
    messages.success(request, sentence % {"count": number})
    return redirect("registration:invited")


@requires("registration.invite")
@shows_names(gettext_noop("looked at who was invited"))
def invited(request):
    """Who was invited, when, with what result, and whether they have registered since."""
    account = EnterpriseAccount.objects.the()
    registered = Registration.objects.reachable(account).filter(person=OuterRef("person"))
    listed = Invitation.objects.select_related("person", "run", "letter").annotate(registered_since=Exists(registered))
    counts = Invitation.objects.values_list("letter__state").annotate(Count("pk")).order_by("letter__state")
    found = Counter({Letter.State.SENT: 0})
    for state, number in counts:
        found[Letter.State(state or Letter.State.SENT)] += number
    context = {
        "page": page_of(listed, request),
        "counts": [(state, found[state]) for state in Letter.State if found[state]],
        "at_work": Letter.objects.at_work().exclude(invitation=None).exists(),
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
        "texts": [(code, text) for code, _name, text in in_each(texts.family_text)],
        "address": texts.registration_address(Site.FAMILIES),
        "names": in_all(school_name),
        "contacts": in_all(office_contact),
    }
    return render(request, "registration/hand_outs.html", context)


@requires("registration.invite")
def code(request):
    return HttpResponse(draw_qr(texts.registration_address(Site.FAMILIES)), content_type="image/png")
