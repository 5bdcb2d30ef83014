"""The settings of a test run, set before Django reads any; `TEST_DATABASE_URL` and `TEST_REDIS_URL` point at real services."""

import os
import tempfile

from cryptography.fernet import Fernet

_redis = os.environ.get("TEST_REDIS_URL", "").rstrip("/")
_worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
_var = os.environ.setdefault("TEST_VAR_DIR", tempfile.mkdtemp(prefix="portal-tests-"))

os.environ.update(
    {
        "SECRET_KEY": "only-for-tests-" + "0123456789abcdefghij" * 3,
        "BACKUP_KEY": "",
        "PORTAL_KEYS": Fernet.generate_key().decode(),
        "SCHOOL_NAME": "Harbour Bridge School",
        "SCHOOL_CONTACT": "School office, office@harbourbridge.example",
        "TIME_ZONE": "Asia/Shanghai",
        "PHONE_REGION": "CN",
        "PORTAL_URL": "http://testserver",
        "STAFF_URL": "",
        "ALLOWED_HOSTS": "testserver,families.example,staff.example",
        "BEHIND_PROXY": "False",
        "TRUSTED_PROXIES": "0",
        "VAR_DIR": _var,
        "DATABASE_URL": os.environ.get("TEST_DATABASE_URL") or f"sqlite:///{_var}/{_worker}.sqlite3",
        "CELERY_BROKER_URL": f"{_redis}/7" if _redis else "filesystem://",
        "CELERY_QUEUE": f"test-{_worker}",
        "CACHE_URL": f"{_redis.replace('redis://', 'rediscache://')}/8" if _redis else "dbcache://portal_cache",
        "EMAIL_URL": "memorymail://",
        "EMAIL_FROM": "portal@harbourbridge.example",
        "EMAILS_A_MINUTE": "60000",
        "WECOM_API_BASE": "http://127.0.0.1:1",
        "WECOM_PROXY": "",
        "SENDING_CONNECTIONS": "4",
        "SENDING_TIME_SCALE": os.environ.get("SENDING_TIME_SCALE", "1"),
        "DEBUG": "False",
        "ALLOW_SMALL_INSTALL": "True",
        "ALLOW_SIMULATOR": "True",
        "ALLOW_HTTP": "False",
    }
)
