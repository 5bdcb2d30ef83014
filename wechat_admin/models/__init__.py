from .account import EnterpriseAccount, account_key
from .callback import AutoReply, CallbackEvent
from .check import Check
from .gate import SendingGate
from .lock import Lock
from .looking_up import LookingUp
from .token import Token

__all__ = [
    "AutoReply",
    "CallbackEvent",
    "Check",
    "EnterpriseAccount",
    "Lock",
    "LookingUp",
    "SendingGate",
    "Token",
    "account_key",
]
