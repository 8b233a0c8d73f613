from django.urls import path

from planning.views import planning, token

urlpatterns = [
    path("planning/", planning.planning, name="planning"),
    path("planning/planning.txt", planning.planning_tekst, name="planning_tekst"),
    path("planning/planning.ics", planning.planning_agenda, name="planning_agenda"),
    path("inloggen-met-token/", token.inloggen_token, name="inloggen_token"),
]
