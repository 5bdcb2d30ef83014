import base64
import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from portal.seals import seal, unseal

from ..models import EnterpriseAccount
from . import typed_secrets
from .changes import ANOTHER_APPLICATION, ANOTHER_COMPANY
from .qr import ACCEPT, makes_people_join, read_qrs

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
        }
        super().__init__(*args, **kwargs)
        for name, text in self.INFORMATION.items():
            self.fields[name].information = text
        if account.application_secret:
            self.fields["application_secret"].help_text = _saved(
                account.application_secret_set_by, account.application_secret_set_at
            )
        if account.address_book_secret:
            self.fields["address_book_secret"].help_text = _saved(
                account.address_book_secret_set_by, account.address_book_secret_set_at
            )
        self.fields["qr_choice"].choices = [(target, target) for target in self._pending_targets()]
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
        self.put("pending_qr", seal([targets, picture], _PENDING_QR))
        self.fields["qr_choice"].choices = [(target, target) for target in targets]
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
        return target

    def clean(self):
        cleaned = super().clean() or {}
        cleaned["qr_target"] = self._clean_qr_target(cleaned)
        complete = all(
            [
                cleaned.get("corporation_id"),
                cleaned.get("application_agent_id") is not None,
                cleaned.get("application_secret") or self.account.application_secret,
                cleaned.get("address_book_secret") or self.account.address_book_secret,
                cleaned["qr_target"],
            ]
        )
        if cleaned.get("registration_visible") and not complete:
            self.add_error("registration_visible", _("Registration can be made visible once all five are in place."))
        return cleaned

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

    def put(self, name, value):
        """Change what the form shows again in a hidden field."""
        data: Any = self.data.copy()
        data[name] = value
        self.data = data

    @property
    def pending_target(self):
        """Where the one code leads that was uploaded with this form, while the form is not saved."""
        targets = self._pending_targets() if self.is_bound else []
        return targets[0] if len(targets) == 1 else ""

    @property
    def asks_about_joining(self):
        return self.is_bound and any(makes_people_join(target) for target in self._pending_targets())


def _saved(by, at):
    return _("Saved %(date)s by %(name)s. Leave empty to keep it.") % {
        "date": date_format(localtime(at), "DATE_FORMAT"),
        "name": by,
    }
