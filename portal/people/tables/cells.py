"""The cells of a workbook as the text somebody sees there."""

from datetime import date, datetime, time

from django.utils.translation import gettext as _


class UnreadCell(str):
    """A cell nobody can read; `sentence` says why."""

    sentence: str

    @classmethod
    def because(cls, sentence, text=""):
        cell = cls(text)
        cell.sentence = sentence
        return cell


def text_of_cell(value, kind="", formula=None):
    """`value` as text. `kind` is openpyxl's data type, `formula` what is calculated there, where something is."""
    if value is None:
        if formula:
            return UnreadCell.because(
                _("A formula stands here, and the file holds no value of it. Copy the column and paste its values."),
                str(formula),
            )
        return ""
    if kind == "e":
        return UnreadCell.because(_("The spreadsheet shows an error here: %(error)s.") % {"error": value}, str(value))
    if isinstance(value, str):
        return value
    return _number_or_day(value)


def _number_or_day(value):
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
    if isinstance(value, date):
        return value.isoformat()
    return str(value)
