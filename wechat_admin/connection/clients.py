"""The two clients of the school's account, over connections kept open by this process."""

from functools import cache

from django.conf import settings

from portal.crypto import Secret

from ..models import EnterpriseAccount
from ..wecom.client import Client
from ..wecom.lean import LeanTransport
from ..wecom.transport import CALL_SECONDS, AnyTransport, Transport
from .tokens import DatabaseTokenStore


@cache
def transport() -> Transport:
    return Transport(
        settings.WECOM_API_BASE,
        proxy=settings.WECOM_PROXY,
        connections=4 + settings.SENDING_CONNECTIONS,
        call_seconds=CALL_SECONDS / settings.SENDING_TIME_SCALE,
    )


@cache
def sending_transport() -> AnyTransport:
    """For messages, by the thousand. A proxy is spoken to by `requests`, which knows how."""
    if settings.WECOM_PROXY:
        return transport()
    return LeanTransport(settings.WECOM_API_BASE, call_seconds=CALL_SECONDS / settings.SENDING_TIME_SCALE)


@cache
def patient_transport() -> Transport:
    """For files of up to 20 MB over a slow line."""
    return Transport(settings.WECOM_API_BASE, proxy=settings.WECOM_PROXY, connections=4, call_seconds=120)


@cache
def hurried_transport() -> Transport:
    """For a web request: somebody sits before the page."""
    return Transport(settings.WECOM_API_BASE, proxy=settings.WECOM_PROXY, connections=8, call_seconds=8)


def hurried_client(corporation_id: str, secret: Secret) -> Client:
    return Client(hurried_transport(), DatabaseTokenStore(), corporation_id, secret.reveal())


def try_secrets_again(account: EnterpriseAccount) -> None:
    """A person asks to: a secret that WeCom refused lately is asked about once more."""
    for secret in (account.application_secret, account.address_book_secret):
        hurried_client(account.corporation_id, secret).try_again()


def application_client(account: EnterpriseAccount) -> Client:
    return Client(transport(), DatabaseTokenStore(), account.corporation_id, account.application_secret.reveal())


def sending_client(account: EnterpriseAccount) -> Client:
    store = DatabaseTokenStore()
    return Client(sending_transport(), store, account.corporation_id, account.application_secret.reveal())


def upload_client(account: EnterpriseAccount) -> Client:
    store = DatabaseTokenStore()
    return Client(patient_transport(), store, account.corporation_id, account.application_secret.reveal())


def address_book_client(account: EnterpriseAccount) -> Client:
    return Client(transport(), DatabaseTokenStore(), account.corporation_id, account.address_book_secret.reveal())
