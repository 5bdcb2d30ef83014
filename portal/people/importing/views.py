from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from portal.audit.looking import hands_out_names, shows_names
from portal.csv_files import download
from portal.forms import posted
from portal.heavy import DOWNLOAD, one_at_a_time
from portal.menu import requires
from portal.paging import page_in_order, page_of
from portal.people import shared
from portal.people.group_uses import uses_of
from portal.people.models import KEPT_DAYS, Import, ImportRow
from portal.reading import read_id, read_line
from portal.request_sizes import WITH_FILES, up_to

from . import actions, keeping
from . import shared as sharing
from .actions import NotNow
from .back import who_stay_left
from .forms import ColumnsForm, LetInForm, UploadForm
from .listing import page_of_rows
from .problem_rows import rows_with_problems

State, Verdict = Import.State, ImportRow.Verdict


@requires("people.import")
@shows_names(gettext_noop("looked at the list of uploaded files of people"))
@never_cache
@up_to(WITH_FILES)
def imports(request):
    form = UploadForm(posted(request), request.FILES or None)
    if form.is_valid():
        file = form.cleaned_data["file"]
        if again := actions.in_already(file):
            messages.info(request, _("This very file was let in already, and nothing else since. It changes nothing."))
            return redirect("import", again.pk)
        return redirect("import", actions.upload(file, form.matched, by=request.user).pk)
    page = page_of(Import.objects.select_related("by__person"), request)
    return render(request, "people/import/list.html", {"form": form, "page": page, "kept_days": KEPT_DAYS})


@requires("people.import")
@shows_names(gettext_noop("looked at an uploaded file of people"), of="import")
@never_cache
def show(request, pk):
    """The page of the step it stands at."""
    imported = get_object_or_404(Import, pk=pk)
    context = {"imported": imported, "kept_days": KEPT_DAYS}
    if imported.state == State.COLUMNS:
        return _columns(request, context)
    context["form"] = LetInForm(imported=imported)
    return render(request, "people/import/show.html", context | _rows(request, imported))


def _columns(request, context):
    imported = context["imported"]
    form = ColumnsForm(posted(request), matched=keeping.columns_of(imported))
    if form.is_valid():
        return _and_back(request, imported, actions.read, matched=form.matched, complete=form.cleaned_data["complete"])
    unknown = form.matched.unknown()
    return render(request, "people/import/columns.html", context | {"form": form, "unknown": unknown})


def _rows(request, imported):
    asked = request.GET.get("show", "")
    asked = asked if asked in set(Verdict) else _first_asked(imported)
    return {
        "asked": asked,
        "asked_label": Verdict(asked).label if asked else "",
        "counts": [(verdict, imported.counts[verdict]) for verdict in Verdict if verdict in imported.counts],
        "page": page_of_rows(imported, asked, read_id(request.GET.get("after"))),
        "joins": _page(request, "joins", imported.rows.filter(joins=True).exclude(verdict=Verdict.BAD))
        if imported.state == State.READY
        else None,
        "left": _page(request, "left", who_stay_left(imported)) if imported.state == State.READY else None,
        "sharing": _sharing(request, imported) if imported.state == State.READY else None,
        "meanings": shared.MEANINGS.values(),
        "may_enter": imported.state == State.READY and any(v in imported.counts for v in ImportRow.ENTER),
        "has_problems": Verdict.BAD in imported.counts or Verdict.WAITS in imported.counts,
        "uses": uses_of(imported.groups) if imported.state == State.READY else [],
        "may_take_back": imported.state == State.DONE and imported.rows.filter(entered=True).exists(),
        "kept": _page(request, "kept", imported.rows.exclude(kept="")) if imported.state == State.BACK else None,
    }


def _page(request, name, rows):
    """In the order of the file; each of the lists of one page has its own place in the address."""
    return page_in_order(rows.select_related("person"), "pk", request.GET.get(name))


def _sharing(request, imported):
    page = _page(request, "sharing", imported.rows.filter(shares=True))
    if page.rows:
        sharing.name_others(imported, page.rows, reads=shared.may_read(request.user))
    return page


def _first_asked(imported):
    return next((verdict.value for verdict in Verdict if verdict in imported.counts), "")


@requires("people.import")
@never_cache
def progress(request, pk):
    """The live part alone; the whole page once more when the work is done."""
    imported = get_object_or_404(Import, pk=pk)
    if not imported.is_at_work:
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "people/import/_progress.html", {"imported": imported})


@requires("people.import")
@require_POST
def answer(request, pk):
    """What somebody says of a contact who is two, or of a reference that is somebody new: the file is read anew."""
    imported = get_object_or_404(Import, pk=pk)
    apart, new = (read_line(request.POST.get(name))[:40] for name in ("apart", "new"))
    answers = {"apart": [*imported.apart, apart] if apart else imported.apart}
    answers["new"] = [*imported.new, actions.key(new)] if new else imported.new
    return _and_back(request, imported, actions.read, **answers)


@requires("people.import")
@require_POST
def stays(request, pk, row_pk):
    return _and_back(request, get_object_or_404(Import, pk=pk), actions.stays, row_pk=row_pk)


@requires("people.import")
@require_POST
def say_back(request, pk, row_pk=None):
    return _and_back(request, get_object_or_404(Import, pk=pk), actions.say_back, row_pk=row_pk)


@requires("people.import")
@require_POST
def say_left(request, pk, row_pk):
    return _and_back(request, get_object_or_404(Import, pk=pk), actions.say_left, row_pk=row_pk)


@requires("people.import")
@shows_names(gettext_noop("looked at an uploaded file of people"), of="import")
@require_POST
def let_in(request, pk):
    imported = get_object_or_404(Import, pk=pk)
    form = LetInForm(posted(request), imported=imported)
    if not form.is_valid() and imported.state == State.READY:
        context = {"imported": imported, "form": form, "kept_days": KEPT_DAYS}
        return render(request, "people/import/show.html", context | _rows(request, imported))
    said = {"last_day": form.cleaned_data.get("last_day"), "shown": request.POST.get("shown", "")}
    return _and_back(request, imported, actions.let_in, by=request.user, **said)


@requires("people.import")
@require_POST
def take_back(request, pk):
    return _and_back(request, get_object_or_404(Import, pk=pk), actions.take_back, by=request.user)


@requires("people.import")
@require_POST
def forget(request, pk):
    imported = get_object_or_404(Import, pk=pk)
    try:
        actions.forget(imported, by=request.user)
    except NotNow as error:
        messages.error(request, str(error))
        return redirect("import", pk)
    messages.success(request, _("The uploaded file is deleted."))
    return redirect("imports")


@requires("people.import")
@hands_out_names(gettext_noop("downloaded the rows with a problem of a file of people"), of="import")
@one_at_a_time(DOWNLOAD)
def problems(request, pk):
    """The rows that do not go in, as they stand in the file, and why."""
    imported = get_object_or_404(Import, pk=pk)
    return download(request, "problems.csv", [*imported.headings, _("problem")], rows_with_problems(imported))


def _and_back(request, imported, verb, **values):
    try:
        verb(imported, **values)
    except NotNow as error:
        messages.info(request, str(error))
    return redirect("import", imported.pk)
