"""What can be wrong where WeCom gave no code: what happened, and what a person should look at.

Sentences are marked for translation and translated where they are shown, as those of the codes.
"""

from dataclasses import dataclass
from enum import StrEnum


class Fault(StrEnum):
    NO_CONNECTION = "no connection"
    NO_NAME = "no name"
    PROXY = "proxy"
    CERTIFICATE = "certificate"
    ENCRYPTION = "encryption"
    SILENT = "silent"
    BROKEN_OFF = "broken off"
    SERVER = "server"
    UNREADABLE = "unreadable"
    LIMITED = "limited"
    BUSY = "busy"
    COPY = "copy"


def _(sentence: str) -> str:
    """Marks a sentence for translation."""
    return sentence


@dataclass(frozen=True)
class Explanation:
    sentence: str
    remedy: str


_BETWEEN = _("Does a firewall, a proxy or a sign-in page stand in between? Is the address WECOM_API_BASE right?")
_BY_ITSELF = _("The portal tries again by itself. If it lasts, ask whoever runs the school's network.")

EXPLANATIONS = {
    Fault.NO_CONNECTION: Explanation(
        _("No connection to WeCom."), _("Is the network, the proxy or the address WECOM_API_BASE right?")
    ),
    Fault.NO_NAME: Explanation(
        _("The name of WeCom's host cannot be looked up."),
        _("Does the server's name service (DNS) work? Is the address WECOM_API_BASE right?"),
    ),
    Fault.PROXY: Explanation(
        _("The proxy does not let us through."), _("Is the address in WECOM_PROXY right, and may the server use it?")
    ),
    Fault.CERTIFICATE: Explanation(
        _("Whoever answered in WeCom's place has no certificate that can be trusted."),
        _(
            "Is the server's clock right? Does a firewall open encrypted connections? It must leave those to WeCom "
            "alone. Nothing was sent."
        ),
    ),
    Fault.ENCRYPTION: Explanation(_("No encrypted connection to WeCom came about."), _BETWEEN),
    Fault.SILENT: Explanation(_("WeCom did not answer in time."), _BY_ITSELF),
    Fault.BROKEN_OFF: Explanation(_("The connection to WeCom broke off."), _BY_ITSELF),
    Fault.SERVER: Explanation(_("WeCom, or something on the way to it, reports a fault of its own."), _BY_ITSELF),
    Fault.UNREADABLE: Explanation(_("What came as WeCom's answer cannot be read."), _BETWEEN),
    Fault.LIMITED: Explanation(_("WeCom asks us to call less often for now."), _BY_ITSELF),
    Fault.BUSY: Explanation(
        _("Another process of the portal is asking WeCom at this moment."), _("Try again in a minute.")
    ),
    Fault.COPY: Explanation(
        _("This portal is a copy to try things on: it does not speak to WeCom."),
        _("A System Administrator can release it under “After a restore”."),
    ),
}
