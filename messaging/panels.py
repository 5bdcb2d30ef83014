from portal import panels
from wechat_admin.models import EnterpriseAccount

from .models import Message


@panels.panel(panels.DASHBOARD)
def messages_of_mine(request):
    if not request.user.has_perm("messaging.write"):
        return None
    mine = Message.objects.listed().visible_to(request.user)
    context = {
        "account": EnterpriseAccount.objects.the(),
        "stuck": mine.filter(status=Message.Status.PAUSED, cancel_requested_at=None).order_by("-id")[:5],
        "recent": mine.exclude(status=Message.Status.DRAFT).order_by("-id")[:5],
    }
    return "messaging/dashboard_panel.html", context
