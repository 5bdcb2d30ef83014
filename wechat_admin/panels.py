from portal import menu, panels
from portal.ledger import mark


@panels.panel(panels.DASHBOARD)
def held_after_a_restore(request):
    """For everybody who has work to do here."""
    if not menu.sections_for(request.user) or not mark.is_held():
        return None
    return "wechat_admin/_held_after_restore.html", {}
