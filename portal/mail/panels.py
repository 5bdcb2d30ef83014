from portal import menu, panels

from .models import Letter, MailServer


@panels.panel(panels.DASHBOARD)
def mail_server_is_away(request):
    """For everybody who has work to do here."""
    server = MailServer.objects.filter(failures__gt=0).first()
    if server is None or not menu.sections_for(request.user):
        return None
    return "mail/away.html", {"server": server, "waiting": Letter.objects.due().count()}
