"""The uploaded file, in pieces in the database: workers need not see the disk of the web server."""

import tempfile
from contextlib import contextmanager

from portal.people.models import ImportPiece

from .columns import Columns
from .reading import open_table, rows_in

PIECE = 256 * 1024


def keep(imported, upload):
    upload.seek(0)
    pieces = iter(lambda: upload.read(PIECE), b"")
    for number, data in enumerate(pieces):
        ImportPiece.objects.create(of=imported, number=number, data=data)


@contextmanager
def opened(imported):
    """The Table of the file."""
    with tempfile.TemporaryFile() as file:
        for data in imported.pieces.order_by("number").values_list("data", flat=True).iterator(chunk_size=4):
            file.write(data)
        yield open_table(file)


def columns_of(imported):
    return Columns(imported.table, imported.heading_row, imported.headings, imported.columns)


def rows_of(imported, table):
    return rows_in(table, columns_of(imported), imported.apart)
