from portal import panels

from .context_processors import may_have_notices


@panels.panel(panels.MY_DETAILS)
def what_i_am_told(request, person):
    """For those of whom something can be told."""
    return ("notices/my_details_panel.html", {}) if may_have_notices(request) else None
