from .account import EnterpriseAccount, account_key
from .callback import AutoReply, CallbackEvent
from .check import Check
from .lock import Lock
from .token import Token, refused_secret

__all__ = [
    "AutoReply",
    "CallbackEvent",
    "Check",
    "EnterpriseAccount",
    "Lock",
    "Token",
    "account_key",
    "refused_secret",
]
