from .departments import AudienceDepartment
from .invitations import Invitation, InvitationRun
from .registration import (
    ASK_AGAIN_AFTER,
    CONSENT_VERSION,
    DISPUTED,
    GOES_ON_ASKING_FOR,
    Opened,
    Problem,
    Registration,
    userid_for,
)
from .years import GuardianConsent, YearRule

__all__ = [
    "ASK_AGAIN_AFTER",
    "CONSENT_VERSION",
    "DISPUTED",
    "GOES_ON_ASKING_FOR",
    "AudienceDepartment",
    "GuardianConsent",
    "Invitation",
    "InvitationRun",
    "Opened",
    "Problem",
    "Registration",
    "YearRule",
    "userid_for",
]
