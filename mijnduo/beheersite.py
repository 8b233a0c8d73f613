from django.contrib.admin import AdminSite


class Beheersite(AdminSite):
    """The admin of DUO staff."""
