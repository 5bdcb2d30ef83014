"""`agent/get` (doc 90227): the application as its own secret sees it."""

from . import account
from .refusal import Refusal
from .request import is_number, number_in


def check_agent(agent):
    if not is_number(agent) or agent not in {account.APPLICATION_AGENT_ID, *account.OTHER_AGENT_IDS}:
        raise Refusal(40056, "invalid agentid")
    if agent != account.APPLICATION_AGENT_ID:
        raise Refusal(301002, "not allow operate another agent with this accesstoken")


def agent_get(request):
    request.only(account.APPLICATION)
    asked = request.query.get("agentid", "")
    if not asked:
        raise Refusal(41011, "missing agentid")
    check_agent(number_in(asked))
    settings = request.settings
    return {
        "agentid": account.APPLICATION_AGENT_ID,
        "name": account.APPLICATION_NAME,
        "square_logo_url": "",
        "description": "Messages of the school",
        "allow_userinfos": {"user": [{"userid": userid} for userid in settings["visible_users"]]},
        "allow_partys": {"partyid": settings["visible_departments"]},
        "allow_tags": {"tagid": settings["visible_tags"]},
        "close": 0,
        "redirect_domain": "",
        "report_location_flag": 0,
        "isreportenter": 0,
        "home_url": "",
        "customized_publish_status": 1,
    }
