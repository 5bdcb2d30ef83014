"""The screens that print letters: the number and what dies first, then the sheets, once."""

import base64
from dataclasses import dataclass, field

from django.conf import settings
from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, override
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from portal.access.actions import AccessRefused
from portal.addresses import Site, absolute
from portal.audit.looking import hands_out_names, shows_names
from portal.fresh_proof import asks_for_proof
from portal.heavy import SEARCH, one_at_a_time
from portal.languages import tag
from portal.menu import NotGiven, requires
from portal.people.models import Person
from portal.reading import read_id
from portal.school.identity import in_all, office_contact, school_name
from portal.seals import seal, unseal
from wechat_admin.account.qr import draw_qr
from wechat_admin.models import EnterpriseAccount

from ..invitations.audience import asked, of_values
from ..invitations.invitees import with_outcome
from ..models import PersonalCode
from ..models.codes import GOOD_FOR
from . import actions, texts
from .characters import in_groups
from .recipients import MOST_LETTERS, Fate, count, piles, press_of, with_fate

_SHOWN = "the letters whose number was shown"
_OF_ONE = "the account whose letter was shown"


@requires("registration.print_codes")
@shows_names(gettext_noop("looked at whose letters would end"))
@one_at_a_time(SEARCH)
def personal_codes(request):
    """The number first, and what dies by it; where one press does not make all, the next begins behind its last letter."""
    form, audience = asked(request)
    context = {"form": form, "account": EnterpriseAccount.objects.the(), "most": MOST_LETTERS}
    if audience:
        people, after = with_fate(audience.people), read_id(request.GET.get("after"))
        press, found = press_of(people, after), count(people)
        dying = PersonalCode.objects.filter(way=PersonalCode.Way.PRINT, person__in=press.people).living()
        context |= {
            "counted": True,
            "audience": audience,
            "fates": [(fate, found[fate]) for fate in Fate],
            "together": found.total(),
            "press": press,
            "letters": len(press.people),
            "dying": dying.select_related("person").order_by("made_at", "pk"),
            "shown": seal([audience.as_values, after, actions.digest(press.people)], _SHOWN),
        }
    return render(request, "registration/personal_codes.html", context)


@requires("registration.print_codes")
@require_POST
@asks_for_proof()
@hands_out_names(gettext_noop("took letters with personal codes"))
@never_cache
@one_at_a_time(SEARCH)
def print_letters(request):
    """The answer is the letters themselves: what is kept of a code does not show it again."""
    shown = unseal(request.POST.get("shown", ""), _SHOWN)
    if shown is None:
        return redirect("registration:personal-codes")
    values, after, digest = shown
    audience = of_values(values, request.user)
    press = press_of(with_fate(audience.people), after)
    back = _page_of(audience, after)
    try:
        codes = actions.print_codes(people=press.people, shown=digest, by=request.user)
    except actions.ListChanged:
        messages.warning(
            request,
            _(
                "These letters have been printed already, or somebody was added or left. No letter was made and none has "
                "ended: look again."
            ),
        )
        return redirect(back)
    further = _page_of(audience, press.next) if press.next else ""
    return show(request, press.people, codes, back=back, further=further, left=press.left)


def _page_of(audience, after):
    address = f"{reverse('registration:personal-codes')}?{audience.query}"
    return f"{address}&after={after}" if after else address


def _one(pk):
    """The person as the list has them, with their fate."""
    return get_object_or_404(with_fate(with_outcome(Person.objects.current().filter(pk=pk))))


@requires("registration.print_codes")
@require_POST
@hands_out_names(gettext_noop("took letters with personal codes"))
@never_cache
def print_one(request, pk):
    """A letter for one person; a second press of the same page makes none, as the first one's would end by it."""
    person, back = _one(pk), reverse("account", args=[pk])
    shown = unseal(request.POST.get("shown", ""), _OF_ONE)
    try:
        if person.fate != Fate.LETTER:
            raise actions.ListChanged
        codes = actions.print_codes(people=[person], shown=shown, by=request.user)
    except actions.ListChanged:
        messages.warning(request, _("No letter was made: one has been printed meanwhile, or none is needed any more."))
        return redirect(back)
    return show(request, [person], codes, back=back)


@requires("registration.print_codes")
@require_POST
@hands_out_names(gettext_noop("took letters with personal codes"))
@never_cache
def in_place_of_password(request, pk):
    """For somebody known to the office who has forgotten their password and has no e-mail."""
    person, back = _one(pk), reverse("account", args=[pk])
    if unseal(request.POST.get("shown", ""), _OF_ONE) != actions.digest([person]):
        messages.warning(request, _("No letter was made: one has been printed meanwhile, or none is needed any more."))
        return redirect(back)
    if not request.user.has_perm("access.manage_accounts"):
        raise NotGiven("access.manage_accounts")
    try:
        codes = actions.replace_password(person=person, by=request.user)
    except AccessRefused as refused:
        messages.error(request, str(refused))
        return redirect(back)
    return show(request, [person], codes, back=back, words=texts.in_place_of_password)


def code_of_one(request, person):
    """The panel of somebody's account: the codes they have, and how to give them one."""
    if person.has_left or not request.user.has_perm("registration.print_codes"):
        return None
    one = with_fate(with_outcome(Person.objects.filter(pk=person.pk))).get()
    context = {
        "person": person,
        "fate": Fate(one.fate).label,
        "gets_letter": one.fate == Fate.LETTER,
        "may_replace": one.fate in (Fate.PASSWORD, Fate.REGISTERED) and request.user.has_perm("access.manage_accounts"),
        "codes": PersonalCode.objects.good().with_use().filter(person=person).order_by("made_at"),
        "shown": seal(actions.digest([person]), _OF_ONE),
    }
    return "registration/code_panel.html", context


@dataclass
class Sheet:
    """One letter: what is printed of it."""

    person: Person
    pupils: list[str]
    code: str
    texts: list[tuple[str, str]] = field(default_factory=list)  # (tag of the language, words)
    picture: str = ""  # as an address of its own
    school: str = ""
    contact: str = ""


def show(request, people, codes, *, back, words=texts.letter, further="", left=0):
    """The page of the sheets of these people; `codes` are {key: code}. `further` is the address of the `left` letters."""
    stacks = [
        (pile.name, [_sheet(person, pupils, codes[person.pk], words) for person, pupils in pile.letters])
        for pile in piles(people)
    ]
    context = {"piles": stacks, "back": back, "number": len(codes), "further": further, "left": left}
    context["with_steps"] = words is texts.letter
    return render(request, "registration/letters.html", context)


def _sheet(person, pupils, code, words):
    site = Site.FAMILIES if person.is_family else Site.STAFF
    address = absolute(site, reverse("registration:code"))
    sheet = Sheet(person, pupils, in_groups(code))
    until = timezone.localdate() + GOOD_FOR
    languages = [person.language] if person.language else [language for language, _name in settings.LANGUAGES]
    sheet.school, sheet.contact = in_all(school_name, languages), in_all(office_contact, languages)
    for language in languages:
        with override(language):
            sheet.texts.append((tag(language), words(person.name, address, until)))
    picture = base64.b64encode(draw_qr(f"{address}#{code}")).decode()
    sheet.picture = f"data:image/png;base64,{picture}"
    return sheet
