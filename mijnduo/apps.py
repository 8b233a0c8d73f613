from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps


class MijnduoConfig(AppConfig):
    name = "mijnduo"

    def ready(self) -> None:
        from mijnduo import celery, checks  # noqa: F401  # the app that shared tasks need; the system checks
        from verantwoording.haken import register_logzinnen

        register_logzinnen(
            {
                "staf_ingelogd": "Medewerker van DUO heeft ingelogd.",
                "tweede_factor_gewijzigd": "Tweede factor van een medewerker gewijzigd.",
                "wachtwoord_gewijzigd": "Medewerker van DUO heeft het eigen wachtwoord gewijzigd.",
            }
        )


class BeheersiteConfig(admin_apps.AdminConfig):
    """Django's admin with our site: a second factor is enforced, not only offered (R32)."""

    default_site = "mijnduo.beheersite.Beheersite"
