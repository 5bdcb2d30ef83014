import gc
import os

from django.core.wsgi import get_wsgi_application

from .database import be_impatient

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
be_impatient()
application = get_wsgi_application()
# What has been loaded stays: to look through it for garbage would stop a page now and then for as long as it takes.
gc.collect()
gc.freeze()
