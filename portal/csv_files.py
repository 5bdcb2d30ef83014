"""Tables to download as CSV, for spreadsheets: a byte order mark for Excel, and no cell that a spreadsheet would run."""

import csv
from itertools import chain, islice

from django.http import StreamingHttpResponse

from . import fresh_proof

MOST_WITHOUT_PROOF = 50  # rows


class _Echo:
    def write(self, value):
        return value


def _harmless(cell):
    text = "" if cell is None else str(cell)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def download(request, name, header, rows):
    """`rows` is an iterable of sequences, read while it is sent: memory does not grow with it.

    A long list goes to whoever proved lately that it is they. Raises fresh_proof.ProofNeeded.
    """
    writer, rows = csv.writer(_Echo()), iter(rows)
    first = list(islice(rows, MOST_WITHOUT_PROOF + 1))
    if len(first) > MOST_WITHOUT_PROOF:
        fresh_proof.check(request, is_file=True)

    def lines():
        yield "\ufeff" + writer.writerow(header)
        for row in chain(first, rows):
            yield writer.writerow([_harmless(cell) for cell in row])

    disposition = f'attachment; filename="{name}"'
    return StreamingHttpResponse(
        lines(), content_type="text/csv; charset=utf-8", headers={"Content-Disposition": disposition}
    )
