"""The portal's own settings, with two empty views beside its pages to compare them with."""

from mijnduo.settings import *  # noqa: F403  # a settings module is a namespace
from mijnduo.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "bench"]
ROOT_URLCONF = "bench.urls"
