import base64
import re

from django import forms
from django.core.exceptions import ValidationError
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from portal.forms import offer, show_again
from portal.seals import seal, unseal

from ..models import EnterpriseAccount
from . import typed_secrets
from .changes import ANOTHER_APPLICATION, ANOTHER_COMPANY
from .qr import ACCEPT, host_of, leads_to_wechat, makes_people_join, read_qrs

_PENDING_QR = "a QR code that waits for the rest of the form"


class SecretField(forms.CharField):
    """Write-only: never filled from what is stored; empty keeps the stored value."""

    def __init__(self, **kwargs):
        widget = forms.PasswordInput(
            attrs={"autocomplete": "new-password", "spellcheck": "false", "autocapitalize": "off"}
        )
        super().__init__(required=False, widget=widget, max_length=200, **kwargs)

    def clean(self, value):
        secret = super().clean(value)
        if re.search(r"\s", secret):
            raise ValidationError(_("A secret holds no spaces. Copy it again."))
        return secret


class TargetsField(forms.MultipleChoiceField):
    """Addresses somebody has ticked; one of a picture that was replaced meanwhile says nothing of another."""

    widget = forms.CheckboxSelectMultiple

    def valid_value(self, value):
        return True


class AccountForm(forms.Form):
    """The guide's form, in its order."""

    corporation_id = forms.CharField(
        label=_("Corporation id"), max_length=64, required=False, help_text=_("Starts with ww or wx.")
    )
    application_secret = SecretField(label=_("Application secret"))
    application_agent_id = forms.IntegerField(
        label=_("Application agent id"),
        required=False,
        min_value=0,
        max_value=2**31 - 1,
        help_text=_("A number, as 1000002."),
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )
    address_book_secret = SecretField(label=_("Address book sync secret"))
    registration_visible = forms.BooleanField(label=_("Make registration visible"), required=False)
    qr_code = forms.FileField(
        label=_("Upload your QR code"),
        required=False,
        help_text=_("PNG, JPEG or WebP, up to 15 MB. A photograph is fine."),
        widget=forms.FileInput(attrs={"accept": ACCEPT}),
    )
    # Of several codes in one picture, the school's; and that the code to join is meant.
    qr_choice = forms.ChoiceField(
        label=_("Which of the codes?"), required=False, widget=forms.RadioSelect, choices=list
    )
    qr_join_meant = forms.BooleanField(label=_("Use this code all the same"), required=False)
    # The very addresses that are meant although WeChat's own host is another.
    qr_host_meant = TargetsField(
        label=_("The QR code leads to another host than WeChat's. Is this address the school's?"), required=False
    )
    # The codes read from a picture whose form could not be saved: nothing is uploaded twice.
    pending_qr = forms.CharField(required=False, widget=forms.HiddenInput)
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    # Shown only when another company or application would concern somebody.
    confirmed = forms.BooleanField(label=_("Change it all the same"), required=False)

    INFORMATION = {
        "corporation_id": _(
            "The number of the school's company at WeCom. In the WeCom console: 我的企业 → 企业信息 → 企业ID, at the very bottom."
        ),
        "application_secret": _(
            "Lets the portal send in the application's name. In the WeCom console: 应用管理 → your application → Secret; "
            "the console sends it to your WeCom app."
        ),
        "application_agent_id": _(
            "The number of the application. In the WeCom console: 应用管理 → your application → AgentId."
        ),
        "address_book_secret": _(
            "Lets the portal enter those who register in the address book. In the WeCom console: "
            "管理工具 → 通讯录同步 → Secret, with the right to edit."
        ),
    }

    def __init__(self, *args, account: EnterpriseAccount, user, **kwargs):
        self.account = account
        kwargs["initial"] = {
            "corporation_id": account.corporation_id,
            "application_agent_id": account.application_agent_id,
            "registration_visible": account.registration_visible,
            "version": account.version,
            "qr_host_meant": [account.qr_target_meant] if account.qr_target_meant else [],
        }
        super().__init__(*args, **kwargs)
        for name, text in self.INFORMATION.items():
            vars(self.fields[name]).update(information=text)
        for name in typed_secrets.FIELDS:
            if getattr(account, name).is_stored:
                self.fields[name].help_text = _what_is_stored(account, name)
        offer(self, "qr_choice", [(target, target) for target in self._pending_targets()])
        self._ask_about_host(self._pending_targets() or [account.qr_target])
        # A disabled field keeps its stored value whatever the browser sends.
        for name, field in self.fields.items():
            needed = "switch_registration" if name == "registration_visible" else "change_account"
            field.disabled = name not in ("version", "confirmed") and not user.has_perm(f"wechat_admin.{needed}")

    def clean_corporation_id(self):
        value = self.cleaned_data["corporation_id"].strip()
        # Whether it is the right one is for WeCom to say; this catches what was copied wrong.
        if value and not re.fullmatch(r"[0-9A-Za-z_-]+", value):
            raise ValidationError(_("A corporation id holds letters and digits only. Copy it again."))
        return value

    def _pending(self):
        """(where the codes lead, the picture as base64) of what was uploaded before with this form."""
        return unseal(self.data.get("pending_qr", ""), _PENDING_QR) or ([], "")

    def _ask_about_host(self, targets):
        self._unknown = [target for target in targets if target and not self._is_known(target)]
        offer(self, "qr_host_meant", [(target, target) for target in self._unknown])

    def _is_known(self, target):
        return leads_to_wechat(target) or target == self.account.qr_target_meant

    def _pending_targets(self):
        return self._pending()[0]

    def clean_qr_code(self):
        upload = self.cleaned_data["qr_code"]
        if not upload:
            return self._pending()
        targets, picture = read_qrs(upload)
        return targets, base64.b64encode(picture).decode()

    def _clean_qr_target(self, cleaned):
        """Where the code leads that is to be stored, with what has to be asked about it first."""
        targets, picture = cleaned.get("qr_code") or self._pending()
        if not targets:
            return self.account.qr_target
        cleaned["qr_picture"] = base64.b64decode(picture)
        show_again(self, "pending_qr", seal([targets, picture], _PENDING_QR))
        offer(self, "qr_choice", [(target, target) for target in targets])
        target = cleaned.get("qr_choice") if cleaned.get("qr_choice") in targets else ""
        if len(targets) == 1:
            target = targets[0]
        elif not target:
            self.add_error("qr_code", _("This picture contains several QR codes. Choose the school's."))
        if makes_people_join(target) and not cleaned.get("qr_join_meant"):
            self.add_error(
                "qr_code",
                _(
                    "This looks like the code that makes people join the company, not the follow code from "
                    "我的企业 → 微信插件 (such codes can stop after 7 days)."
                ),
            )
        self._ask_about_host([target])
        if target and not self._is_meant(target, cleaned):
            self.add_error("qr_code", self._leads_elsewhere(target))
        return target

    def _is_meant(self, target, cleaned):
        return self._is_known(target) or target in cleaned.get("qr_host_meant", ())

    def _leads_elsewhere(self, target):
        return _(
            "The code leads to %(host)s, and not to WeChat: whoever scans it may be led anywhere. "
            "Read the address below, and tick it if it is meant."
        ) % {"host": host_of(target)}

    def clean(self):
        cleaned = super().clean() or {}
        cleaned["qr_target"] = self._clean_qr_target(cleaned)
        complete = all(
            [
                cleaned.get("corporation_id"),
                cleaned.get("application_agent_id") is not None,
                cleaned.get("application_secret") or self.account.application_secret.is_stored,
                cleaned.get("address_book_secret") or self.account.address_book_secret.is_stored,
                cleaned["qr_target"],
            ]
        )
        if cleaned.get("registration_visible") and not complete:
            self.add_error("registration_visible", _("Registration can be made visible once all five are in place."))
        elif cleaned.get("registration_visible") and not self._is_meant(cleaned["qr_target"], cleaned):
            self.add_error("registration_visible", self._not_before_the_code_is_meant(cleaned["qr_target"]))
        return cleaned

    def _not_before_the_code_is_meant(self, target):
        if not self.fields["qr_host_meant"].disabled:
            return self._leads_elsewhere(target)
        return _(
            "The QR code leads to %(host)s, and not to WeChat. Registration can be made visible once somebody who may "
            "change the account has said that this is meant."
        ) % {"host": host_of(target)}

    @property
    def typed_secrets(self):
        """{field: what was typed and is not to blame}, to be kept where the form cannot be saved."""
        return {name: self.data.get(name, "") for name in typed_secrets.FIELDS if name not in self.errors}

    def say_what_is_kept(self):
        """What was typed into a secret's field does not go back to the browser; the server keeps what was not wrong."""
        for name, typed in self.typed_secrets.items():
            if typed:
                self[name].help_text = _("What you typed is kept, though not shown. Leave empty to use it.")

    @property
    def change(self):
        """ANOTHER_COMPANY, ANOTHER_APPLICATION or "", against what is stored and was complete."""
        if not self.account.corporation_id or self.account.application_agent_id is None:
            return ""
        if self.cleaned_data["corporation_id"] != self.account.corporation_id:
            return ANOTHER_COMPANY
        is_another = self.cleaned_data["application_agent_id"] != self.account.application_agent_id
        return ANOTHER_APPLICATION if is_another else ""

    @property
    def pending_target(self):
        """Where the one code leads that was uploaded with this form, while the form is not saved."""
        targets = self._pending_targets() if self.is_bound else []
        return targets[0] if len(targets) == 1 else ""

    @property
    def asks_about_host(self):
        return bool(self._unknown) and not self.fields["qr_host_meant"].disabled

    @property
    def asks_about_joining(self):
        return self.is_bound and any(makes_people_join(target) for target in self._pending_targets())


def _what_is_stored(account, name):
    if getattr(account, name).is_unreadable:
        return _("What is stored here cannot be read any more. Type it again.")
    return _("Saved %(date)s by %(name)s. Leave empty to keep it.") % {
        "date": date_format(localtime(getattr(account, f"{name}_set_at")), "DATE_FORMAT"),
        "name": getattr(account, f"{name}_set_by"),
    }
