"""Settings, read top to bottom, all from the environment; `.env.example` explains every name.

A missing or misspelt value stops the start with a sentence.
"""

import zoneinfo
from pathlib import Path
from urllib.parse import urlsplit

import environ
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.FileAwareEnv()
env.read_env(BASE_DIR / ".env")

TENCENT_API = "https://qyapi.weixin.qq.com"
SHORTEST_SECRET_KEY = 20


def web_address(name, default=None):
    """The setting `name` as scheme://host[:port] without a slash at the end."""
    value = (env(name, default="") or default or "").rstrip("/")
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path or parts.query:
        raise ImproperlyConfigured(
            f"{name} must be an address such as https://portal.school.example without a path; it is “{value}”."
        )
    return value


# --- keys ---
SECRET_KEY = env("SECRET_KEY")
PORTAL_KEYS = env.list("PORTAL_KEYS")
if not SECRET_KEY:
    raise ImproperlyConfigured("SECRET_KEY is empty. `make .env` writes one.")
if len(SECRET_KEY) < SHORTEST_SECRET_KEY:
    raise ImproperlyConfigured(
        f"SECRET_KEY has fewer than {SHORTEST_SECRET_KEY} characters and can be guessed. `make .env` writes a good one."
    )
# Keys of before: what they signed is still believed while a new one takes their place.
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
try:
    for key in PORTAL_KEYS:
        Fernet(key)
except ValueError:
    PORTAL_KEYS = []
if not PORTAL_KEYS:
    raise ImproperlyConfigured("PORTAL_KEYS must hold at least one Fernet key. `make .env` writes one.")

# --- named exceptions ---
DEBUG = env.bool("DEBUG", default=False)
ALLOW_SMALL_INSTALL = env.bool("ALLOW_SMALL_INSTALL", default=False)
ALLOW_SIMULATOR = env.bool("ALLOW_SIMULATOR", default=False)
VAR_DIR = BASE_DIR / env("VAR_DIR", default="var")

# --- the school ---
SCHOOL_NAME = env("SCHOOL_NAME")
SCHOOL_CONTACT = env("SCHOOL_CONTACT")
# Where a mobile number typed without a country code belongs.
PHONE_REGION = env("PHONE_REGION", default="CN")

# --- addresses ---
PORTAL_URL = web_address("PORTAL_URL")
STAFF_URL = web_address("STAFF_URL", default=PORTAL_URL)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS")
if "*" in ALLOWED_HOSTS:
    raise ImproperlyConfigured(
        "ALLOWED_HOSTS is *: anybody could put their own address into our letters. Name the portal's hosts."
    )
CSRF_TRUSTED_ORIGINS = sorted({PORTAL_URL, STAFF_URL})
if env.bool("BEHIND_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)
if TRUSTED_PROXIES < 0:
    raise ImproperlyConfigured("TRUSTED_PROXIES is how many proxies of your own stand in front: 0 or more.")

# --- WeCom ---
WECOM_API_BASE = web_address("WECOM_API_BASE", default=TENCENT_API)
WECOM_PROXY = env("WECOM_PROXY", default="")
SENDING_CONNECTIONS = env.int("SENDING_CONNECTIONS", default=4)
SENDING_TIME_SCALE = env.float("SENDING_TIME_SCALE", default=1.0)
if SENDING_TIME_SCALE <= 0 or SENDING_CONNECTIONS < 1:
    raise ImproperlyConfigured("SENDING_TIME_SCALE and SENDING_CONNECTIONS must be greater than 0.")
if WECOM_API_BASE == TENCENT_API and SENDING_TIME_SCALE != 1:
    raise ImproperlyConfigured("SENDING_TIME_SCALE must be 1 when WECOM_API_BASE is Tencent's host.")
if WECOM_API_BASE == TENCENT_API and DEBUG:
    raise ImproperlyConfigured(
        "DEBUG shows secrets and people on error pages: it must be False when WECOM_API_BASE is Tencent's host."
    )
if WECOM_API_BASE != TENCENT_API and not (DEBUG or ALLOW_SIMULATOR):
    raise ImproperlyConfigured(
        f"WECOM_API_BASE is {WECOM_API_BASE}, not Tencent's {TENCENT_API}. ALLOW_SIMULATOR=True says that this is meant."
    )

# --- the house ---
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "portal",
    "portal.health",
    "portal.ledger",
    "portal.mail",
    "portal.audit",
    "portal.school",
    "portal.people",
    "portal.access",
    "wechat_admin",
    "registration",
    "messaging",
]
MIDDLEWARE = [
    "portal.middleware.healthz",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
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
    "portal.access.middleware.Impersonation",
    "portal.people.middleware.follow_browser",
    "portal.access.middleware.SignInRequired",
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
            ],
        },
    },
]
FORM_RENDERER = "portal.forms.FieldTemplates"

# --- database ---
DATABASES = {"default": env.db("DATABASE_URL")}
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
    # No connection is waited for longer than this, nor one that went silent kept.
    DATABASES["default"]["OPTIONS"] = {
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

# --- worker ---
CELERY_BROKER_URL = env("CELERY_BROKER_URL")
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

# --- cookies and headers follow the public address, not DEBUG ---
SECURE = PORTAL_URL.startswith("https:") and STAFF_URL.startswith("https:")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = SECURE
SESSION_COOKIE_AGE = 12 * 3600
SESSION_SAVE_EVERY_REQUEST = False
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_SAMESITE = "Lax"
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
vars().update(email)
EMAIL_TIMEOUT = 10
EMAILS_A_MINUTE = env.int("EMAILS_A_MINUTE", default=60)
if EMAILS_A_MINUTE < 1:
    raise ImproperlyConfigured("EMAILS_A_MINUTE must be greater than 0.")
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env("EMAIL_FROM")

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
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "redact": {"()": "portal.logs.Redact"},
        "refusals": {"()": "portal.logs.Refusals"},
        "unavailable": {"()": "portal.logs.Unavailable"},
    },
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["refusals", "redact"]}},
    "root": {"handlers": ["console"], "level": env("LOG_LEVEL", default="INFO")},
    "loggers": {
        "django": {"handlers": [], "propagate": True},
        "django.request": {"filters": ["unavailable"]},
        "django.server": {"handlers": [], "propagate": True},
        "urllib3": {"level": "WARNING"},
        "celery": {"level": "WARNING"},
        "kombu": {"level": "ERROR"},
    },
}
