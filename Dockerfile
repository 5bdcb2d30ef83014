FROM python:3.11-slim-bookworm

ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1
WORKDIR /app
COPY requirements.txt .
RUN pip install --disable-pip-version-check -r requirements.txt
COPY . .
# Static files are part of the image; the settings they need are invented for this one command.
RUN SECRET_KEY=only-for-collecting-files PORTAL_KEYS=MDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDA= SCHOOL_NAME=x SCHOOL_CONTACT=x \
    TIME_ZONE=UTC PORTAL_URL=https://build.example ALLOWED_HOSTS=build.example DATABASE_URL=postgres://x@x/x \
    CELERY_BROKER_URL=redis://x CACHE_URL=locmemcache:// EMAIL_URL=consolemail:// EMAIL_FROM=x@build.example \
    VAR_DIR=/app/var python manage.py collectstatic --noinput \
    && mkdir -p var/alive && chown -R 10001:10001 var
USER 10001:10001
EXPOSE 8000
CMD ["gunicorn", "portal.wsgi", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", "--workers", "3", "--threads", "4", "--worker-tmp-dir", "/dev/shm"]
