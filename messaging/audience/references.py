"""Lists of references that somebody types or uploads."""

import csv
import io

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from portal.people.models import Person

MOST_LISTED = 10_000
LARGEST_LIST = 1024 * 1024  # bytes


def rows_of(upload):
    """The first column of a text or CSV file."""
    if upload.size > LARGEST_LIST:
        raise ValidationError(_("The file must be 1 MB or smaller."))
    try:
        text = upload.read().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValidationError(_("This file is not a text in UTF-8. Save the list as CSV UTF-8.")) from None
    rows = [row[0] if row else "" for row in csv.reader(io.StringIO(text))]
    return rows[1:] if rows and rows[0].strip().lower() == "reference" else rows


def ids_of(rows):
    """The ids of the people with these references. Raises ValidationError naming rows with an unknown one."""
    wanted = [(number, row.strip()) for number, row in enumerate(rows, 1) if row.strip()]
    if len(wanted) > MOST_LISTED:
        raise ValidationError(_("The list must have %(most)s rows or fewer.") % {"most": f"{MOST_LISTED:,}"})
    known: dict[str, int] = {}
    references = [reference for _number, reference in wanted]
    for start in range(0, len(references), 500):
        some = Q()
        for reference in references[start : start + 500]:
            some |= Q(reference__iexact=reference)
        known |= {r.lower(): pk for r, pk in Person.objects.filter(some).values_list("reference", "pk")}
    unknown = [(number, reference) for number, reference in wanted if reference.lower() not in known]
    if unknown:
        shown = "; ".join(f"{number}: {reference[:40]}" for number, reference in unknown[:10])
        sentence = ngettext(
            "%(count)s row has a reference nobody has (row: reference): %(rows)s",
            "%(count)s rows have a reference nobody has (row: reference): %(rows)s",
            len(unknown),
        )
        raise ValidationError(sentence % {"count": len(unknown), "rows": shown})
    return list(dict.fromkeys(known[reference.lower()] for reference in references))
