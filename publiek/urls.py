from django.urls import path

from publiek.views import bezoekers, paginas, wegwijzer

urlpatterns = [
    path("", paginas.begin, name="begin"),
    path("informatie/<slug:pagina>/", paginas.pagina, name="pagina"),
    path("problemen-met-inloggen/", paginas.problemen_met_inloggen, name="problemen_met_inloggen"),
    path("contact/", paginas.contact, name="contact"),
    path("privacy/", paginas.privacy, name="privacy"),
    path("privacy/bewaartermijnen/", paginas.bewaartermijnen, name="bewaartermijnen"),
    path("gebruikersvoorwaarden/", paginas.gebruikersvoorwaarden, name="gebruikersvoorwaarden"),
    path("wat-heb-ik-nodig/", wegwijzer.wat_heb_ik_nodig, name="wat_heb_ik_nodig"),
    path("nieuwsbrieven/", bezoekers.nieuwsbrieven, name="nieuwsbrieven"),
    path("nieuwsbrieven/gevraagd/", bezoekers.nieuwsbrieven_gevraagd, name="nieuwsbrieven_gevraagd"),
    path("nieuwsbrieven/bevestigen/<str:token>/", bezoekers.nieuwsbrief_bevestigen, name="nieuwsbrief_bevestigen"),
    path("nieuwsbrieven/afmelden/<str:token>/", bezoekers.nieuwsbrief_afmelden, name="nieuwsbrief_afmelden"),
    path("feedback/", bezoekers.feedback, name="feedback"),
    path("feedback/bedankt/", bezoekers.feedback_bedankt, name="feedback_bedankt"),
    path(".well-known/security.txt", paginas.security_txt, name="security_txt"),
    path("robots.txt", paginas.robots_txt, name="robots_txt"),
    path("sitemap.xml", paginas.sitemap, name="sitemap"),
]
