from django.urls import path

from planning.views import beheer, planning, token

urlpatterns = [
    path("planning/", planning.planning, name="planning"),
    path("planning/planning.txt", planning.planning_tekst, name="planning_tekst"),
    path("planning/planning.ics", planning.planning_agenda, name="planning_agenda"),
    path("inloggen-met-token/", token.inloggen_token, name="inloggen_token"),
    path("beheer/overstap/", beheer.overstap, name="overstap"),
    path("beheer/overstap/voorbereiding/", beheer.overstap_voorbereiding, name="overstap_voorbereiding"),
    path("beheer/overstap/tokens/", beheer.tokens_inleveren, name="tokens_inleveren"),
]
