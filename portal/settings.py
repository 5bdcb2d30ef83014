"""Settings, read top to bottom, all from the environment; `.env.example` explains every name.

A missing or misspelt value stops the start with a sentence.
"""

import os
import zoneinfo
from pathlib import Path
from urllib.parse import quote, urlsplit

import environ
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured
from environ.fileaware_mapping import FileAwareMapping

from .keys import can_be_guessed, can_be_guessed_of_fernet

BASE_DIR = Path(__file__).resolve().parent.parent


class Files(FileAwareMapping):
    """NAME_FILE=/path: the value stands in that file; the line's end that an editor puts there belongs to no value."""

    def __getitem__(self, key):
        try:
            return super().__getitem__(key).rstrip("\r\n")
        except OSError as error:
            who = f"this process (user {os.getuid()})"
            raise ImproperlyConfigured(f"{key}_FILE: {who} cannot read {error.filename}: {error.strerror}.") from None


env = environ.Env()
env.ENVIRON = Files()
env.read_env(BASE_DIR / ".env")

TENCENT_API = "https://qyapi.weixin.qq.com"


def web_address(name, default=None):
    """The setting `name` as scheme://host[:port] without a slash at the end."""
    value = (env(name, default="") or default or "").rstrip("/")
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path or parts.query:
        raise ImproperlyConfigured(
            f"{name} must be an address such as https://portal.school.example without a path; it is “{value}”."
        )
    return value


def with_password(address, name):
    """The address of a service with the password of the setting `name`, whatever characters it is made of."""
    password, parts = env(name, default=""), urlsplit(address)
    if not password or not parts.hostname:
        return address
    place = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=f"{parts.username or ''}:{quote(password, safe='')}@{place}").geturl()


# --- keys ---
SECRET_KEY = env("SECRET_KEY")
PORTAL_KEYS = env.list("PORTAL_KEYS")
if not SECRET_KEY:
    raise ImproperlyConfigured("SECRET_KEY is empty. `make .env` writes one.")
# Keys of before: what they signed is still believed while a new one takes their place.
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
if can_be_guessed(SECRET_KEY):
    raise ImproperlyConfigured(
        "SECRET_KEY can be guessed: it is short, or no key at all. `make .env` writes a good one."
    )
if any(can_be_guessed(key) for key in SECRET_KEY_FALLBACKS):
    raise ImproperlyConfigured(
        "SECRET_KEY_FALLBACKS holds a key that can be guessed: what it signs must not be believed."
    )
try:
    for key in PORTAL_KEYS:
        Fernet(key)
except ValueError:
    PORTAL_KEYS = []
if not PORTAL_KEYS:
    raise ImproperlyConfigured("PORTAL_KEYS must hold at least one Fernet key. `make .env` writes one.")
if can_be_guessed_of_fernet(PORTAL_KEYS[0]):
    raise ImproperlyConfigured(
        "The first of PORTAL_KEYS can be guessed. `make .env` writes a good one; keep the other behind."
    )

# Seals backups, and nothing else: why it is a key of its own stands in portal/backups/sealed.py.
BACKUP_KEY = env("BACKUP_KEY", default="")
if BACKUP_KEY and can_be_guessed(BACKUP_KEY):
    raise ImproperlyConfigured("BACKUP_KEY can be guessed. `make .env` writes a good one; or leave it empty.")
BACKUP_WITHIN_HOURS = env.int("BACKUP_WITHIN_HOURS", default=36)

# --- named exceptions ---
DEBUG = env.bool("DEBUG", default=False)
ALLOW_SMALL_INSTALL = env.bool("ALLOW_SMALL_INSTALL", default=False)
ALLOW_SIMULATOR = env.bool("ALLOW_SIMULATOR", default=False)
ALLOW_HTTP = env.bool("ALLOW_HTTP", default=False)
VAR_DIR = BASE_DIR / env("VAR_DIR", default="var")

# --- the school ---
SCHOOL_NAME = env("SCHOOL_NAME")
SCHOOL_CONTACT = env("SCHOOL_CONTACT")
# Where a mobile number typed without a country code belongs.
PHONE_REGION = env("PHONE_REGION", default="CN")

# --- addresses ---
PORTAL_URL = web_address("PORTAL_URL")
STAFF_URL = web_address("STAFF_URL", default=PORTAL_URL)
# Those of the two addresses, unless others are named, and what a monitor beside us says when it asks /readyz.
ALLOWED_HOSTS = [host.strip() for host in env.list("ALLOWED_HOSTS", default=[])]
ALLOWED_HOSTS = ALLOWED_HOSTS or [*(urlsplit(address).hostname for address in (PORTAL_URL, STAFF_URL)), "127.0.0.1"]
if any(host.strip(".*") == "" for host in ALLOWED_HOSTS):
    raise ImproperlyConfigured(
        "ALLOWED_HOSTS is * or empty: anybody could put their own address into our letters. Name the portal's hosts."
    )
CSRF_TRUSTED_ORIGINS = sorted({PORTAL_URL, STAFF_URL})
if env.bool("BEHIND_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)
if TRUSTED_PROXIES < 0:
    raise ImproperlyConfigured("TRUSTED_PROXIES is how many proxies of your own stand in front: 0 or more.")

# --- the audit trail ---
AUDIT_YEARS = env.int("AUDIT_YEARS", default=6)
if AUDIT_YEARS < 1:
    raise ImproperlyConfigured("AUDIT_YEARS is for how many years the audit trail is kept: 1 or more.")

# --- WeCom ---
WECOM_API_BASE = web_address("WECOM_API_BASE", default=TENCENT_API)
WECOM_PROXY = env("WECOM_PROXY", default="")
SENDING_CONNECTIONS = env.int("SENDING_CONNECTIONS", default=4)
SENDING_TIME_SCALE = env.float("SENDING_TIME_SCALE", default=1.0)
if SENDING_TIME_SCALE <= 0 or SENDING_CONNECTIONS < 1:
    raise ImproperlyConfigured("SENDING_TIME_SCALE and SENDING_CONNECTIONS must be greater than 0.")
# However it is written; what is sent there is meant.
WITH_TENCENT = urlsplit(WECOM_API_BASE).hostname.rstrip(".") == urlsplit(TENCENT_API).hostname
if WITH_TENCENT and not WECOM_API_BASE.startswith("https:"):
    raise ImproperlyConfigured(
        "WECOM_API_BASE must begin with https: secrets are never sent to Tencent over plain http."
    )
if WITH_TENCENT and SENDING_TIME_SCALE != 1:
    raise ImproperlyConfigured("SENDING_TIME_SCALE must be 1 when WECOM_API_BASE is Tencent's host.")
if WITH_TENCENT and DEBUG:
    raise ImproperlyConfigured(
        "DEBUG shows secrets and people on error pages: it must be False when WECOM_API_BASE is Tencent's host."
    )
if not WITH_TENCENT and not (DEBUG or ALLOW_SIMULATOR):
    raise ImproperlyConfigured(
        f"WECOM_API_BASE is {WECOM_API_BASE}, not Tencent's {TENCENT_API}. ALLOW_SIMULATOR=True says that this is meant."
    )

# --- https: redirect, HSTS and cookies follow from the public addresses alone, not from DEBUG ---
SECURE = PORTAL_URL.startswith("https:") and STAFF_URL.startswith("https:")
if WITH_TENCENT and not SECURE and not ALLOW_HTTP:
    raise ImproperlyConfigured(
        "PORTAL_URL or STAFF_URL begins with http: passwords and children's names could be read on the way. Use https, or "
        "say ALLOW_HTTP=True."
    )
if PORTAL_URL.startswith("https:") != STAFF_URL.startswith("https:"):
    raise ImproperlyConfigured(
        "Of PORTAL_URL and STAFF_URL one begins with https and the other with http: cookies of the one would travel unsealed "
        "for the other's sake. Use https for both, or http for both."
    )

# --- the house ---
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth.account",
    "allauth.mfa",
    "portal",
    "portal.health",
    "portal.facts",
    "portal.ledger",
    "portal.backups",
    "portal.mail",
    "portal.audit",
    "portal.school",
    "portal.people",
    "portal.access",
    "portal.notices",
    "wechat_admin",
    "registration",
    "messaging",
]
MIDDLEWARE = [
    "portal.middleware.healthz",
    "portal.middleware.https_only",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "portal.one_request.one_line_each",
    "portal.middleware.content_security_policy",
    "portal.middleware.permissions_policy",
    "portal.middleware.answers_to_posts_can_be_gone_back_to",
    "portal.middleware.keeps_no_page_of_somebody_signed_in",
    "portal.middleware.TwoSites",
    "portal.request_sizes.RequestSizes",
    "portal.middleware.refuse_nul",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "portal.access.narrow.NarrowSessions",
    "portal.access.devices.IdleSessions",
    "portal.access.middleware.Impersonation",
    "portal.people.middleware.follow_browser",
    "portal.access.middleware.SignInRequired",
    "portal.access.factors.needed.FactorNeeded",
    "portal.access.factors.proof.ProofAsked",
    "portal.heavy.HeavyWork",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "portal.context_processors.frame",
                "portal.school.context_processors.school",
                "portal.notices.context_processors.notices",
            ],
        },
    },
]
FORM_RENDERER = "portal.forms.FieldTemplates"

# --- database ---
DATABASES = {"default": env.db("DATABASE_URL")}
DATABASES["default"]["PASSWORD"] = env("DATABASE_PASSWORD", default="") or DATABASES["default"]["PASSWORD"]
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DATABASES["default"]["CONN_MAX_AGE"] = 600
SMALL_DATABASE = DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3"
if SMALL_DATABASE:
    name = DATABASES["default"]["NAME"]
    if name != ":memory:" and not Path(name).is_absolute():
        DATABASES["default"]["NAME"] = str(BASE_DIR / name)
    # FULL: a power cut must not undo a claim, or a batch could be sent twice.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
    }
else:
    # No connection is waited for longer than this, nor one that went silent kept. Our statements have many parts and
    # few rows: compiling one took 15 of its 16 seconds. In 4 MB a set of a quarter of a million people has no room, and
    # is read anew for each person then. What is kept in memory or on a disc that does not turn is found by an index as
    # quickly as read through: told otherwise, it reads ten thousand batches to change a hundred. Who stands still within a transaction, frozen or out of reach, keeps its locks no
    # longer than that: behind those of a claim every worker waits.
    DATABASES["default"]["OPTIONS"] = {
        "options": "-c jit=off -c work_mem=64MB -c random_page_cost=1.1 -c idle_in_transaction_session_timeout=60s",
        "connect_timeout": 5,
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 20_000,
        **DATABASES["default"].get("OPTIONS", {}),
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {"default": env.cache("CACHE_URL", default="dbcache://portal_cache")}
if CACHES["default"]["BACKEND"] == "django.core.cache.backends.redis.RedisCache":
    CACHES["default"]["BACKEND"] = "portal.cache.OptionalRedisCache"
    CACHES["default"]["LOCATION"] = with_password(CACHES["default"]["LOCATION"], "REDIS_PASSWORD")

# --- worker ---
CELERY_BROKER_URL = with_password(env("CELERY_BROKER_URL"), "REDIS_PASSWORD")
# By these names too: of CELERY_BROKER_URL Celery believes the environment, and there it has no password.
CELERY_BROKER_READ_URL = CELERY_BROKER_WRITE_URL = CELERY_BROKER_URL
SMALL_BROKER = CELERY_BROKER_URL.startswith("filesystem:")
if SMALL_BROKER:
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(VAR_DIR / "broker"),
        "data_folder_out": str(VAR_DIR / "broker"),
        "control_folder": str(VAR_DIR / "broker-control"),
        "polling_interval": 0.05,
    }
else:
    # Without these a worker stays deaf after a network black hole.
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "socket_timeout": 10,
        "socket_connect_timeout": 5,
        "socket_keepalive": True,
        "health_check_interval": 10,
    }
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# However long the broker is away: after a hundred tries, some fifty minutes, a worker would end.
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_DEFAULT_QUEUE = env("CELERY_QUEUE", default="portal")
# Else Celery closes the database connection after every task: twice the time. One that died is closed by `begin_round`.
CELERY_DB_REUSE_MAX = 1000
if (SMALL_DATABASE or SMALL_BROKER) and not (DEBUG or ALLOW_SMALL_INSTALL):
    raise ImproperlyConfigured(
        "SQLite and the filesystem broker are for small installations: set DATABASE_URL and CELERY_BROKER_URL to "
        "PostgreSQL and Redis, or say ALLOW_SMALL_INSTALL=True."
    )

# --- people ---
AUTHENTICATION_BACKENDS = ["portal.access.backends.OfTheSchool"]
AUTH_USER_MODEL = "people.User"
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "home"
CSRF_FAILURE_VIEW = "portal.views.form_expired"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
PASSWORD_RESET_TIMEOUT = 3 * 24 * 3600
# Second factors are kept and checked by django-allauth's mfa (portal/access/factors); none of its pages is mounted.
MFA_ADAPTER = "portal.access.factors.adapter.Adapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_TOLERANCE = 1  # half a minute that a telephone's clock may be wrong

# --- cookies and headers ---
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = SECURE
SESSION_COOKIE_AGE = 12 * 3600
SESSION_SAVE_EVERY_REQUEST = False
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if SECURE else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_CSP = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
# In the words of the header Permissions-Policy.
FORBIDDEN_FEATURES = ["camera", "display-capture", "geolocation", "microphone", "payment", "usb"]
SILENCED_SYSTEM_CHECKS = ["security.W004", "security.W008", "security.W012", "security.W016"]

# --- e-mail ---
email = env.email("EMAIL_URL")
if email["EMAIL_BACKEND"].endswith("filebased.EmailBackend"):
    email["EMAIL_FILE_PATH"] = str(VAR_DIR / "mail")
elif email["EMAIL_BACKEND"].endswith("smtp.EmailBackend"):
    email["EMAIL_BACKEND"] = "portal.mail.smtp.EmailBackend"
email["EMAIL_HOST_PASSWORD"] = env("EMAIL_PASSWORD", default="") or email.get("EMAIL_HOST_PASSWORD", "")
vars().update(email)
EMAIL_TIMEOUT = 10
EMAILS_A_MINUTE = env.int("EMAILS_A_MINUTE", default=60)
if EMAILS_A_MINUTE < 1:
    raise ImproperlyConfigured("EMAILS_A_MINUTE must be greater than 0.")
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env("EMAIL_FROM")
EMAIL_BOUNCES = env("EMAIL_BOUNCES", default="")

# --- whoever watches the server ---
METRICS_TOKEN = env("METRICS_TOKEN", default="")
OPERATOR_EMAIL = env("OPERATOR_EMAIL", default="")

# --- language and time ---
USE_TZ = True
TIME_ZONE = env("TIME_ZONE")
if TIME_ZONE not in zoneinfo.available_timezones():
    raise ImproperlyConfigured(f"TIME_ZONE “{TIME_ZONE}” is not a time zone such as Asia/Shanghai.")
LANGUAGE_CODE = "en"
# The one list of them, each by its own name; sentences stand in locale/.
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文"), ("zh-hant", "繁體中文")]
LANGUAGE_NAMES = dict(LANGUAGES)
FORMAT_MODULE_PATH = ["portal.formats"]
LOCALE_PATHS = [BASE_DIR / "locale"]

# --- static files ---
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = VAR_DIR / "static"
STORAGES = {"staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}}

# --- logs: never an address with its query, which may carry a token ---
LOG_FORMATS = {"line": "portal.logs.Lines", "json": "portal.logs.JsonLines"}
LOG_FORMAT = env("LOG_FORMAT", default="line")
if LOG_FORMAT not in LOG_FORMATS:
    raise ImproperlyConfigured(f"LOG_FORMAT is “{LOG_FORMAT}”: it must be line or json.")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "redact": {"()": "portal.logs.Redact"},
        "refusals": {"()": "portal.logs.Refusals"},
        "unavailable": {"()": "portal.logs.Unavailable"},
        "request": {"()": "portal.one_request.NamesItsLines"},
        "away": {"()": "portal.database.AwayIsOneLine"},
    },
    "formatters": {"chosen": {"()": LOG_FORMATS[LOG_FORMAT]}},
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "chosen",
            "filters": ["refusals", "redact", "request"],
        }
    },
    "root": {"handlers": ["console"], "level": env("LOG_LEVEL", default="INFO")},
    "loggers": {
        "django": {"handlers": [], "propagate": True},
        # What was refused is a line of `one_request` already, and there without the address.
        "django.request": {"filters": ["unavailable"], "level": "ERROR"},
        "django.server": {"handlers": [], "propagate": True},
        "urllib3": {"level": "WARNING"},
        "celery": {"level": "WARNING"},
        "celery.app.trace": {"filters": ["away"]},
        "kombu": {"level": "ERROR"},
    },
}
