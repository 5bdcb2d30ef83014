import os

from django.core.wsgi import get_wsgi_application

from .database import be_impatient

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
be_impatient()
application = get_wsgi_application()
