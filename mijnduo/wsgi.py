import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mijnduo.settings")
application = get_wsgi_application()

from mijnduo.checks import refuse_unsafe_start  # noqa: E402  # the apps must be there first

refuse_unsafe_start()
