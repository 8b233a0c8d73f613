from django.urls import path

from koppeling.views import codeaanvraag, inloggen, koppelproces, opnieuw, testen

urlpatterns = [
    path("inloggen/", inloggen.inloggen, name="inloggen"),
    path("inloggen/eherkenning/", inloggen.inloggen_eherkenning, name="inloggen_eherkenning"),
    path("inloggen/eherkenning/acs/", inloggen.eherkenning_acs, name="eherkenning_acs"),
    path("inloggen/eherkenning/afronden/", inloggen.eherkenning_afronden, name="eherkenning_afronden"),
    path("inloggen/eherkenning/metadata/", inloggen.eherkenning_metadata, name="eherkenning_metadata"),
    path("inloggen/opnieuw/", opnieuw.inloggen_opnieuw, name="inloggen_opnieuw"),
    path("inloggen/opnieuw/starten/", opnieuw.inloggen_opnieuw_starten, name="inloggen_opnieuw_starten"),
    path("inloggen/testen/", testen.inloggen_testen, name="inloggen_testen"),
    path("inloggen/testen/starten/", testen.inloggen_testen_starten, name="inloggen_testen_starten"),
    path("inloggen/testen/uitslag/", testen.inloggen_testen_uitslag, name="inloggen_testen_uitslag"),
    path("inloggen/testen/<str:token>/", testen.inloggen_testen_persoonlijk, name="inloggen_testen_persoonlijk"),
    path("inloggen/code-vragen/", codeaanvraag.code_vragen, name="code_vragen"),
    path("inloggen/code-gevraagd/", codeaanvraag.code_gevraagd, name="code_gevraagd"),
    path("inloggen/<slug:sector>/", inloggen.inloggen_sector, name="inloggen_sector"),
    path("kies-account/", inloggen.kies_account, name="kies_account"),
    path("koppelen/", koppelproces.koppelen, name="koppelen"),
    path("koppelen/eerder/", koppelproces.koppelen_eerder, name="koppelen_eerder"),
    path("koppelen/starten/", koppelproces.koppelen_starten, name="koppelen_starten"),
    path("koppelen/privacy/", koppelproces.koppelen_privacy, name="koppelen_privacy"),
    path("koppelen/voorwaarden/", koppelproces.koppelen_voorwaarden, name="koppelen_voorwaarden"),
    path("koppelen/gegevens/", koppelproces.koppelen_gegevens, name="koppelen_gegevens"),
    path("koppelen/gelukt/", koppelproces.koppelen_gelukt, name="koppelen_gelukt"),
    path("koppelen/afbreken/", koppelproces.koppelen_afbreken, name="koppelen_afbreken"),
    path("uitloggen/", inloggen.uitloggen, name="uitloggen"),
    path("uitgelogd/", inloggen.uitgelogd, name="uitgelogd"),
    path("sessie/verlengen/", inloggen.sessie_verlengen, name="sessie_verlengen"),
]
