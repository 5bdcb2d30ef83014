FROM python:3.11.14-slim-trixie

ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1
WORKDIR /app
# pg_dump of the same release as the service db, for `manage.py backup`.
RUN apt-get update && apt-get install -y --no-install-recommends postgresql-client-17 && rm -rf /var/lib/apt/lists/*
COPY requirements.lock .
RUN pip install --disable-pip-version-check --require-hashes -r requirements.lock
COPY . .
# Static files are part of the image; the settings they need are invented for this one command.
RUN export $(printf 'SECRET_KEY=\nPORTAL_KEYS=\n' | python -m portal.keys) && SCHOOL_NAME=x SCHOOL_CONTACT=x \
    TIME_ZONE=UTC PORTAL_URL=https://build.example BEHIND_PROXY=True ALLOWED_HOSTS=build.example DATABASE_URL=postgres://x@x/x \
    CELERY_BROKER_URL=redis://x CACHE_URL=locmemcache:// EMAIL_URL=consolemail:// EMAIL_FROM=x@build.example \
    VAR_DIR=/app/var python manage.py collectstatic --noinput \
    && mkdir -p var/alive && chown -R 10001:10001 var
USER 10001:10001
EXPOSE 8000
CMD ["gunicorn", "portal.wsgi", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", "--workers", "3", "--threads", "4", "--worker-tmp-dir", "/dev/shm", "--no-control-socket"]
