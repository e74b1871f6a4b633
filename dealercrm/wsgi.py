import os
from threading import Thread

from django.core.wsgi import get_wsgi_application

from core import names

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dealercrm.settings")

application = get_wsgi_application()

# While the first pages are served: whoever writes the first name does not wait for the dictionaries.
Thread(target=names.library, name="dictionaries", daemon=True).start()
