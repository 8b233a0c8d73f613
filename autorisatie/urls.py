from django.urls import path

from autorisatie import views

urlpatterns = [
    path("overzicht/", views.overzicht, name="overzicht"),
    path("taken/<slug:sleutel>/", views.taak, name="taak"),
    path("overzicht/organisatie/", views.kies_namens, name="kies_namens"),
    path("mededelingen/<int:pk>/gelezen/", views.mededeling_gelezen, name="mededeling_gelezen"),
    path("portalen/", views.portalen, name="portalen"),
    path("portalen/<slug:sleutel>/", views.portaal, name="portaal"),
    path("handleidingen/<int:pk>/", views.handleiding, name="handleiding"),
    path("mijn-gegevens/", views.mijn_gegevens, name="mijn_gegevens"),
    path("mijn-gegevens/wijzigen/", views.mijn_gegevens_wijzigen, name="mijn_gegevens_wijzigen"),
    path("mijn-gegevens/e-mail/<str:token>/", views.email_bevestigen, name="email_bevestigen"),
    path("mijn-gegevens/waarom/", views.mijn_waarom, name="mijn_waarom"),
    path("mijn-gegevens/middel/", views.mijn_middel_melden, name="mijn_middel_melden"),
    path("mijn-gegevens/middel/gemeld/", views.mijn_middel_gemeld, name="mijn_middel_gemeld"),
    path("mijn-gegevens/logboek/", views.mijn_logboek, name="mijn_logboek"),
]
