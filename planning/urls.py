from django.urls import path

from planning.views import planning

urlpatterns = [
    path("planning/", planning.planning, name="planning"),
    path("planning/planning.txt", planning.planning_tekst, name="planning_tekst"),
    path("planning/planning.ics", planning.planning_agenda, name="planning_agenda"),
]
