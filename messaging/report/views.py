"""What became of every delivery."""

from django.conf import settings
from django.contrib import messages
from django.db.models import F, Q, Sum
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from portal.audit.looking import hands_out_names, shows_names
from portal.audit.reading import history_of
from portal.csv_files import download
from portal.heavy import DOWNLOAD, SEARCH, one_at_a_time, searches
from portal.menu import requires
from portal.paging import first, page_or_sheet
from portal.people.models import Person

from .. import judgement
from ..checking import previews
from ..models import STATE_LABELS, Message, State, new_token
from ..sending.forms import TimeForm
from ..time_left import time_left
from ..views import read_token
from ..writing.actions import draft_of_missing, draft_to_those_in
from ..writing.corrections import correct
from .finding import Looked
from .outcomes import stretches
from .remedies import REMEDIES, rows_of
from .shares import readers_and_colleagues

MOST_NOT_AMONG = 10  # of a search: it says that there are more


@requires("messaging.write")
@never_cache
@shows_names(gettext_noop("looked at the report of a message"), of="message")
@one_at_a_time(SEARCH, when=searches)
def message(request, pk):
    shown = readable_or_404(request, pk)
    if shown.status == Message.Status.DRAFT:
        return redirect(shown)
    own = judgement.own_people(request.user)
    looked = Looked(request, own)
    page = page_or_sheet(looked.of(shown, _readable(shown, own)), request)
    not_among, more_not_among = _not_among(shown, own, looked.text)
    context = progress_of(shown, request.user, own) | {
        "looked": looked,
        "page": page,
        "not_among": not_among,
        "more_not_among": more_not_among,
        "is_limited": own is not None,
        "preview": previews.of(shown, ""),
    }
    if context["is_ones_own"]:
        context["readers"], context["colleagues"] = readers_and_colleagues(shown)
    if shown.can_be_moved:
        context["time_form"] = TimeForm(message=shown)
    if request.user.has_perm("audit.view"):
        context["history"] = history_of(f"message {shown.pk}", request.user)
    return render(request, "messaging/report/message.html", context)


def _not_among(shown, own, text):
    """(the first of those who are looked for and are not among the people, whether there are more): of them, too, one
    may ask why not."""
    if not text or not shown.is_frozen:
        return [], False
    people = Person.objects.search_families(text, own).readable(own)
    merged = Person.everybody.merged().filter(deliveries__message=shown).values("merged_into")
    people = people.exclude(deliveries__message=shown).exclude(pk__in=merged)
    return first(people.by_name(), MOST_NOT_AMONG)


@requires("messaging.write")
@never_cache
def progress(request, pk):
    """The live part alone. When the sending has ended the whole page is loaded once more, with its final rows."""
    shown = readable_or_404(request, pk)
    if not shown.is_at_work:
        return HttpResponse(headers={"HX-Refresh": "true"})
    if shown.is_held:  # nothing but the seconds differs, and the page counts them itself
        return HttpResponse(status=204)
    context = progress_of(shown, request.user, judgement.own_people(request.user))
    return render(request, "messaging/report/_progress.html", context)


def readable_or_404(request, pk):
    """To read its report; what changes something asks `message_or_404`."""
    return get_object_or_404(Message.objects.readable_by(request.user).select_related("author__person"), pk=pk)


def message_or_404(request, pk):
    return get_object_or_404(Message.objects.visible_to(request.user).select_related("author__person"), pk=pk)


def _readable(shown, own):
    """The deliveries of those whose names somebody may read: of others the report has the numbers."""
    deliveries = shown.deliveries.select_related("batch")
    if shown.part_count > 1:
        deliveries = deliveries.with_every_part()
    return deliveries if own is None else deliveries.filter(person__in=own.every_row())


def progress_of(shown, user, own):
    """Of everybody chosen, by what became of it; the numbers add up.

    Whoever may write to `own` alone reads of the others how far it is, and how many they are.
    """
    counts = shown.counts
    theirs = counts if own is None else shown.count_among(own)
    settled = shown.recipients - counts.get(State.WAITING, 0)
    sums = sums_of_batches(shown)
    return {
        "message": shown,
        "is_ones_own": shown.is_visible_to(user),
        "creation": new_token(),
        "account": shown.account if shown.is_at_work else None,
        "counts": [(state, theirs[state]) for state in STATE_LABELS if state in theirs],
        "rows": rows_of(shown, theirs, user),
        "outside": sum(counts.values()) - sum(theirs.values()),
        "bar": stretches(theirs),
        "missing": _missing(shown, counts),
        "files_to_come": sum(shown.missing_parts().values()) if shown.is_at_work and shown.part_count > 1 else 0,
        "by_state": {state.value: counts.get(state, 0) for state in State},
        "total": shown.recipients,
        "settled": settled,
        "quarter": 4 * settled // shown.recipients * 25 if shown.recipients else 0,
        "time_left": time_left(shown),
        "recall": sums,
        "fewer": shown.shown_count - sums["frozen"] if shown.frozen_digest else 0,
    }


def _missing(shown, counts):
    """[(number of a part, its file, how many have what comes before it and no more, the message that was sent with it
    since)] of a message that has ended."""
    if State.PARTLY not in counts or shown.texts_removed_at:
        return []
    sent, parts = shown.sent_of_missing(), shown.missing_parts().items()
    return [(part, shown.following[part - 2], people, sent.get(part)) for part, people in parts]


def sums_of_batches(shown):
    """How many people's was taken back, is being taken back, was refused, and could be; and how many were reachable when
    the list was frozen. One query.

    Of a message of several parts each is recalled for itself: it is told of the part of which it is most.
    """
    people, can_be = F("size") - F("problems"), shown.batches.recallable().values("pk")
    of_parts = shown.batches.values("part_number").annotate(
        frozen=Sum("size", filter=Q(part_number=1), default=0),
        done=Sum(people, filter=Q(recalled_at__isnull=False), default=0),
        waits=Sum(people, filter=Q(recall_at__isnull=False), default=0),
        refused=Sum(people, filter=Q(recall_code__gt=0, recall_at=None), default=0),
        can_be=Sum(people, filter=Q(pk__in=can_be), default=0),
    )
    rows = list(of_parts)
    names = ("frozen", "done", "waits", "refused", "can_be")
    return {name: max((row[name] for row in rows), default=0) for name in names}


@requires("messaging.write")
@require_POST
def again(request, pk, state=State.UNKNOWN):
    """A draft to exactly those of one state."""
    shown = message_or_404(request, pk)
    remedy = REMEDIES.get(state)
    if remedy is None or not remedy.again:
        raise Http404
    draft = draft_to_those_in(state, message=shown, by=request.user, creation=read_token(request, state))
    if state == State.UNKNOWN:
        sentence = _("A new draft to those of whom it is unknown. Some of them may get the message twice.")
        messages.warning(request, sentence)
    else:
        messages.success(request, _("A new draft to exactly these people."))
    return redirect("messaging:check", draft.pk)


@requires("messaging.write")
@require_POST
def send_missing(request, pk, number):
    """A draft of the part that exactly these have not, alone."""
    shown = message_or_404(request, pk)
    if shown.is_at_work or number not in {part for part, *_rest in _missing(shown, shown.counts)}:
        return redirect(shown)
    draft = draft_of_missing(number, message=shown, by=request.user, creation=read_token(request, f"part{number}"))
    sentence = _(
        "A new draft of what is missing, to exactly these people. Where WeCom gave no clear answer it may be twice."
    )
    messages.success(request, sentence)
    return redirect("messaging:check", draft.pk)


@requires("messaging.write")
@require_POST
def correction(request, pk):
    """A draft to exactly those whom it went to: to be mended, then checked and sent like any other."""
    shown = message_or_404(request, pk)
    if shown.is_draft or not shown.is_frozen:
        return redirect(shown)
    draft = correct(message=shown, by=request.user, creation=read_token(request, "correct"))
    messages.success(request, _("A correction to exactly those whom it went to. Mend the text, then check it."))
    return redirect("messaging:edit", draft.pk)


@requires("messaging.write")
@hands_out_names(gettext_noop("downloaded a report"), of="message")
@one_at_a_time(DOWNLOAD)
def export(request, pk):
    """What became of every delivery that the page shows, as a table to download."""
    shown = readable_or_404(request, pk)
    own = judgement.own_people(request.user)
    deliveries = Looked(request, own).of(shown, _readable(shown, own)).order_by("pk").iterator(chunk_size=500)
    header = [_("Reference"), _("Name"), _("What became of it"), _("Code")]
    header += [_("Role"), _("Groups"), _("Children"), _("Language"), _("Time")]
    return download(request, f"message-{shown.pk}.csv", header, map(_line, deliveries))


def _line(delivery):
    person = delivery.whose
    first = [person.reference, person.name, STATE_LABELS[delivery.state], delivery.code]
    children = [f"{link.pupil.name} ({link.pupil.reference})" for link in person.of_children]
    lists = [person.roles, person.group_names, children]
    language = settings.LANGUAGE_NAMES.get(person.language, "")
    time = f"{localtime(delivery.at):%Y-%m-%d %H:%M}" if delivery.at else ""
    return [*first, *("; ".join(values) for values in lists), language, time]
