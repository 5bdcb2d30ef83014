from .codes import PersonalCode
from .departments import AudienceDepartment
from .figures import Figures
from .invitations import Invitation, InvitationRun
from .opened import Opened
from .problems import DISPUTED, ON_RECORD, Problem, RemovalDoubt, Switch
from .registration import (
    ASK_AGAIN_AFTER,
    CONSENT_VERSION,
    GOES_ON_ASKING_FOR,
    Registration,
    is_reachable,
    is_undoubted,
    with_registrations,
)
from .userids import userid_for
from .years import GUARDIANS_TEXT, GuardianConsent, YearRule

__all__ = [
    "ASK_AGAIN_AFTER",
    "CONSENT_VERSION",
    "DISPUTED",
    "GOES_ON_ASKING_FOR",
    "GUARDIANS_TEXT",
    "ON_RECORD",
    "AudienceDepartment",
    "Figures",
    "GuardianConsent",
    "Invitation",
    "InvitationRun",
    "Opened",
    "PersonalCode",
    "Problem",
    "Registration",
    "RemovalDoubt",
    "Switch",
    "YearRule",
    "is_reachable",
    "is_undoubted",
    "userid_for",
    "with_registrations",
]
