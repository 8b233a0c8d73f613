"""The table of contents: every address of the portal, bar those of health, which HealthMiddleware answers.

Of allauth only the pages named here exist: nothing signs up, resets a password or connects a login (R08, R32).
"""

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as herstelcodes
from allauth.mfa.totp import views as totp
from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path

from mijnduo import views
from mijnduo.views import second_factor_page, staf_entrance, staf_page

beheer_login = [
    path("inloggen/", staf_entrance(account.login), name="account_login"),
    path("inloggen/code/", staf_entrance(mfa.authenticate), name="mfa_authenticate"),
    path("inloggen/niet-actief/", login_not_required(account.account_inactive), name="account_inactive"),
    path("inloggen/bevestigen/", staf_page(account.reauthenticate), name="account_reauthenticate"),
    path("inloggen/bevestigen/code/", staf_page(mfa.reauthenticate), name="mfa_reauthenticate"),
    path("uitloggen/", views.account_logout, name="account_logout"),
    path("tweede-factor/", second_factor_page(mfa.index), name="mfa_index"),
    path("tweede-factor/app/", second_factor_page(views.ActivateApp.as_view()), name="mfa_activate_totp"),
    path("tweede-factor/app/verwijderen/", second_factor_page(totp.deactivate_totp), name="mfa_deactivate_totp"),
    path(
        "tweede-factor/herstelcodes/",
        second_factor_page(herstelcodes.view_recovery_codes),
        name="mfa_view_recovery_codes",
    ),
    path(
        "tweede-factor/herstelcodes/nieuw/",
        second_factor_page(herstelcodes.generate_recovery_codes),
        name="mfa_generate_recovery_codes",
    ),
    path(
        "tweede-factor/herstelcodes/downloaden/",
        second_factor_page(herstelcodes.download_recovery_codes),
        name="mfa_download_recovery_codes",
    ),
]

urlpatterns = [
    path("zoeken/", views.zoeken, name="zoeken"),
    path("", include("publiek.urls")),
    path("", include("koppeling.urls")),
    path("", include("autorisatie.urls")),
    path("", include("beheer.urls")),
    path("", include("planning.urls")),
    path("duo-beheer/", include(beheer_login)),
    path("duo-beheer/", admin.site.urls),
]

handler400 = views.bad_request
