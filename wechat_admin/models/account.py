import hashlib
from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Self

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal import once
from portal.crypto import EncryptedField

from ..account.qr import leads_to_wechat
from .gate import SendingGate


class EnterpriseAccountQuerySet(models.QuerySet["EnterpriseAccount"]):
    def the(self) -> "EnterpriseAccount":
        """The school's account; before the first save an empty one, not saved."""
        return once.kept("the account", self._ask_for_the_one, EnterpriseAccount, SendingGate)

    def _ask_for_the_one(self) -> "EnterpriseAccount":
        return self.select_related("gate").first() or SendingGate(account=EnterpriseAccount()).account

    def sending_allowed(self) -> Self:
        """The account, if nothing stops its sending."""
        return self.filter(Exists(SendingGate.objects.open().filter(account=OuterRef("pk"))))

    def writing_proven(self) -> None:
        self.update(writing_proven_at=Now(), writing_refused_code=None)

    def writing_refused(self, code: int | None) -> None:
        self.update(writing_refused_code=code)


class EnterpriseAccount(models.Model):
    """The school's Enterprise Account at WeCom: the guide's five values and the switches."""

    corporation_id = models.CharField(_("Corporation id"), max_length=64, blank=True)
    application_secret = EncryptedField(_("Application secret"))
    application_agent_id = models.PositiveBigIntegerField(_("Application agent id"), null=True, blank=True)
    address_book_secret = EncryptedField(_("Address book sync secret"))
    qr_target = models.TextField(blank=True)  # what the QR code says
    qr_png = models.BinaryField(default=bytes)  # redrawn by us from qr_target
    qr_target_meant = models.TextField(
        blank=True, db_default=""
    )  # leads elsewhere than to WeChat, and somebody said so
    qr_picture = models.BinaryField(default=bytes)  # what was uploaded, re-encoded by us: a small grey JPEG
    registration_visible = models.BooleanField(_("Make registration visible"), default=False)

    # Who typed a secret and when, for "Saved 3 May by A. Jones"; the secret itself never goes back to a browser.
    application_secret_set_by = models.CharField(max_length=200, blank=True)
    application_secret_set_at = models.DateTimeField(null=True)
    address_book_secret_set_by = models.CharField(max_length=200, blank=True)
    address_book_secret_set_at = models.DateTimeField(null=True)
    qr_set_at = models.DateTimeField(null=True)
    qr_tried_at = models.DateTimeField(null=True)  # when an administrator scanned it and said that it still works

    version = models.PositiveIntegerField(default=0)
    saved_by = models.CharField(max_length=200, blank=True)
    saved_at = models.DateTimeField(null=True)

    # When WeCom last let us write a member, and the code with which it last refused to.
    writing_proven_at = models.DateTimeField(null=True)
    writing_refused_code = models.IntegerField(null=True)

    # Members see each other's names in the WeCom app unless the console hides them; we cannot check it.
    address_book_hidden_by = models.CharField(max_length=200, blank=True)
    address_book_hidden_at = models.DateTimeField(null=True)

    # The callback's own pair, made by us and copied into the console.
    callback_token = EncryptedField()
    callback_aes_key = EncryptedField()
    callback_verified_at = models.DateTimeField(null=True)  # when WeCom last asked whether the address is ours

    objects = EnterpriseAccountQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        permissions = [
            ("view_account", _("Weixin / WeChat Administration: view")),
            ("change_account", _("Weixin / WeChat Administration: change")),
            ("switch_registration", _("Weixin / WeChat Administration: make registration visible")),
        ]
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="the_school_has_one_enterprise_account")]

    def __str__(self) -> str:
        return self.corporation_id or gettext("not linked")

    def save(self, *args: Any, **kwargs: Any) -> None:
        super().save(*args, **kwargs)
        SendingGate.objects.begin(self)

    def forget_proofs(self, changed: Iterable[str]) -> None:
        """What another company, secret or code was shown to do says nothing of this one; `changed` are names of fields."""
        for name in changed:
            for proof, unproven in _PROOFS.get(name, {}).items():
                setattr(self, proof, unproven)

    @property
    def missing(self) -> list[Promise]:
        """The labels of the guide's five values that are not there yet, in its order."""
        values = [
            (self.corporation_id, _("Corporation id")),
            (self.application_secret.is_stored, _("Application secret")),
            (self.application_agent_id is not None, _("Application agent id")),
            (self.address_book_secret.is_stored, _("Address book sync secret")),
            (self.qr_target, _("QR code")),
        ]
        return [label for value, label in values if not value]

    @property
    def unreadable(self) -> list[str | Promise]:
        """The labels of the secrets that must be typed again: the key they were written with is lost, or they are damaged."""
        names = ("application_secret", "address_book_secret")
        fields = [field for field in self._meta.fields if field.name in names]
        return [field.verbose_name for field in fields if getattr(self, field.name).is_unreadable]

    @property
    def is_callback_unreadable(self) -> bool:
        return self.callback_token.is_unreadable or self.callback_aes_key.is_unreadable

    @property
    def is_linked(self) -> bool:
        return not self.missing and not self.unreadable

    @property
    def agent_id(self) -> int:
        """The application's number, of an account that is linked."""
        if self.application_agent_id is None:
            raise TypeError("The account is not linked.")
        return self.application_agent_id

    @property
    def why_not_linked(self) -> str:
        """Why nothing can be sent, in a sentence; "" where the account is linked."""
        if self.missing:
            return gettext("The school's Enterprise Account is not linked, so nothing can be sent.")
        if self.unreadable:
            labels = ", ".join(str(label) for label in self.unreadable)
            return gettext(
                "Sending is held: what is stored of the Enterprise Account cannot be read any more (%(labels)s). A System "
                "Administrator must type it again."
            ) % {"labels": labels}
        return ""

    @property
    def is_registration_open(self) -> bool:
        """Also while a secret cannot be read: who registers then is entered as soon as it can."""
        return self.registration_visible and not self.missing and not self.qr_awaits_word

    @property
    def qr_should_be_tried(self) -> bool:
        """Nobody knows how long a code lives: six days after the upload, then monthly, somebody scans it once.

        A code that leads elsewhere than to WeChat is tried at once.
        """
        if not self.qr_target:
            return False
        if self.qr_tried_at:
            return self.qr_tried_at < timezone.now() - timedelta(days=30)
        is_old = self.qr_set_at is not None and self.qr_set_at < timezone.now() - timedelta(days=6)
        return is_old or not leads_to_wechat(self.qr_target)

    @property
    def qr_leads_elsewhere(self) -> bool:
        return bool(self.qr_target) and not leads_to_wechat(self.qr_target)

    @property
    def qr_awaits_word(self) -> bool:
        """Whoever scans it may be led anywhere, and nobody has said that this very address is meant."""
        return self.qr_leads_elsewhere and self.qr_target != self.qr_target_meant

    @property
    def invitation_address(self) -> str:
        """The web address that the QR code leads to, or "" where it holds something else."""
        return self.qr_target if self.qr_target.startswith(("http://", "https://")) else ""

    @property
    def account_key(self) -> str:
        """Names this company and application; registrations and messages of another do not count."""
        return account_key(self.corporation_id, self.application_agent_id)


_WRITING = {"writing_proven_at": None, "writing_refused_code": None}
# {field: what was proven of its value, and what stands there before it is}
_PROOFS: dict[str, dict] = {
    "address_book_secret": _WRITING,
    "corporation_id": _WRITING
    | {"callback_verified_at": None, "address_book_hidden_by": "", "address_book_hidden_at": None, "qr_tried_at": None},
}


def account_key(corporation_id: str, agent_id: int | None) -> str:
    return hashlib.sha256(f"{corporation_id}\0{agent_id}".encode()).hexdigest()
