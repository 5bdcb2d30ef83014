"""What keeps a registration from going on."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Problem(models.TextChoices):
    """What keeps a registration from going on; the words are for the person it belongs to."""

    WECOM_UNAVAILABLE = "unavailable", _("WeChat does not answer at the moment. We go on by ourselves.")
    CONFIGURATION = "configuration", _("The school must put something right first. We go on by ourselves then.")
    NUMBER_TAKEN = (
        "number taken",
        _(
            "This number already belongs to someone in the school's WeChat. "
            "Give another one of your own, or your e-mail address, or ask the office."
        ),
    )
    EMAIL_TAKEN = (
        "e-mail taken",
        _(
            "This e-mail address already belongs to someone in the school's WeChat. "
            "Give another one, or a mobile number of your own, or ask the office."
        ),
    )
    NUMBER_ON_RECORD = (
        "number on record",
        _(
            "This number is on our record for somebody else. If you mistyped it, give your own. "
            "If it is yours, there is nothing to do: the office has been asked and decides."
        ),
    )
    EMAIL_ON_RECORD = (
        "e-mail on record",
        _(
            "This e-mail address is on our record for somebody else. If you mistyped it, give your own. "
            "If it is yours, there is nothing to do: the office has been asked and decides."
        ),
    )
    BAD_NUMBER = "bad number", _("WeChat does not accept this number. Check it.")
    BAD_EMAIL = "bad e-mail", _("WeChat does not accept this e-mail address. Check it.")
    NUMBER_REFUSED = (
        "number refused",
        _("The school says that this number or e-mail address is not yours. Give another one, or ask the office."),
    )
    NUMBER_KEPT = (
        "number kept",
        _("WeChat still knows you by your earlier number. The school has been told. We go on by ourselves then."),
    )
    FULL = "full", _("The school's WeChat account is full. The school has been told.")
    UNREACHED = (
        "unreached",
        _("WeChat may not know you any more. We are asking it, and nothing is sent to you meanwhile."),
    )
    REGISTER_AGAIN = (
        "register again",
        _(
            "WeChat no longer knows you by your number, so no messages reach you. Register again: give your number here."
        ),
    )
    OUT_OF_RANGE = "out of range", _("The school must let the messages reach you first. It has been told.")
    CANNOT_TELL = "cannot tell", _("WeChat does not say whether you follow the school. The school has been told.")
    REFUSED = "refused", _("WeChat refused to enter you. The school has been told.")


# Only another number helps: the page offers to change it and says nothing of going on by itself.
ON_RECORD = {Problem.NUMBER_ON_RECORD, Problem.EMAIL_ON_RECORD}
DISPUTED = {Problem.NUMBER_TAKEN, Problem.EMAIL_TAKEN} | ON_RECORD
THEIRS_TO_PUT_RIGHT = {Problem.BAD_NUMBER, Problem.BAD_EMAIL, Problem.NUMBER_REFUSED}
NEEDS_ANOTHER_NUMBER = DISPUTED | THEIRS_TO_PUT_RIGHT
# An administrator must look; listed on the Registrations page.
NEEDS_AN_ADMINISTRATOR = set(Problem) - {Problem.WECOM_UNAVAILABLE} - THEIRS_TO_PUT_RIGHT


class Switch(models.TextChoices):
    """What keeps messages from somebody registered and stands on their telephone; they say which they have looked at."""

    WECOM_ONLY = "wecom_only", _("“Messages only in WeCom” is off")
    MESSAGES_OFF = "messages_off", _("“Receive application messages” is on")
    STOPPED = "stopped", _("The school's application is not under “Stopped applications”")


class RemovalDoubt(models.TextChoices):
    """Why a member was not deleted at WeCom although somebody said so: nothing proves that they are this person's."""

    ANOTHERS = "another's", _("not removed: at WeCom the number does not lead to this member, who may be somebody else")
    UNSEEN = "unseen", _("not removed: WeCom does not show the member, so nothing proves whose they are")
