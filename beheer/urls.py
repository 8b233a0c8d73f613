from django.urls import path

from beheer.views.aanmeldlijst import (
    aanmeldlijst,
    aanmeldlijst_nieuw,
    aanmeldlijst_ongedaan,
    aanmeldlijst_verwijderen,
    aanmeldlijst_voorbeeld,
)
from beheer.views.aanvragen import (
    beheerder_aanvragen,
    beheerder_aanvragen_afdrukken,
    beheerder_aanvragen_bevestigen,
    beheerder_aanvragen_ontvangen,
    beheerder_aanvragen_status,
)
from beheer.views.brieven import brieven, gebruiker_brief, gebruiker_overhandigd
from beheer.views.codes import codes, gebruiker_code, gebruiker_code_annuleren, gebruiker_code_weigeren
from beheer.views.downloads import gebruikersbestand, logboek_downloaden
from beheer.views.foutreferentie import foutreferentie
from beheer.views.gebruikers import (
    gebruiker,
    gebruiker_aanmelden,
    gebruiker_bevestiging,
    gebruiker_wijzigen,
    gebruikers,
)
from beheer.views.hercertificering import hercertificering, hercertificering_verklaring
from beheer.views.inlogmiddel import gebruiker_beeindigen, gebruiker_ontkoppelen
from beheer.views.leven import (
    gebruiker_blokkeren,
    gebruiker_herstellen,
    gebruiker_middel_vrijgeven,
    gebruiker_vrijgeven,
)
from beheer.views.logboek import logboek
from beheer.views.machtigingen import (
    gebruiker_namens,
    gebruiker_namens_intrekken,
    machtiging,
    machtiging_bevestigen,
    machtiging_maken,
    machtiging_stoppen,
    machtigingen,
)
from beheer.views.massa import gebruiker_overnemen, rol_geven, rol_intrekken
from beheer.views.matrix import gebruiker_matrix, rol, rollen
from beheer.views.organisatie import (
    organisatie,
    organisatie_contactpersoon,
    organisatie_contactpersoon_toevoegen,
    organisatie_contactpersoon_verwijderen,
    organisatie_contract,
    organisatie_contract_toevoegen,
    organisatie_contract_verwijderen,
    organisatie_gezag_vragen,
)
from beheer.views.rollen import gebruiker_rol, gebruiker_rol_intrekken, gebruiker_rollen
from beheer.views.signalen import signaal, signaal_beantwoorden, signaal_stoppen, signalen
from beheer.views.trechter import trechter, trechter_downloaden
from beheer.views.uit_dienst import uit_dienst, uit_dienst_beeindigen
from beheer.views.voorleggen import rolvoorstel, rolvoorstellen
from beheer.views.waarom import gebruiker_waarom, kenmerk_wie, kenmerken

GEBRUIKER = "beheer/gebruikers/<int:pk>/"
ORGANISATIE = "beheer/organisatie/"
CONTACT = f"{ORGANISATIE}contactpersonen/"
CONTRACT = f"{ORGANISATIE}contracten/"
AANVRAGEN = "beheerder-aanvragen/"

MACHTIGING = "beheer/machtigingen/<int:pk>/"
NAMENS = f"{GEBRUIKER}namens/<int:aanbod>/<slug:sleutel>/"

urlpatterns = [
    path("beheer/machtigingen/", machtigingen, name="machtigingen"),
    path("beheer/machtigingen/maken/", machtiging_maken, name="machtiging_maken"),
    path("beheer/machtigingen/bevestigen/<str:token>/", machtiging_bevestigen, name="machtiging_bevestigen"),
    path(MACHTIGING, machtiging, name="machtiging"),
    path(f"{MACHTIGING}stoppen/", machtiging_stoppen, name="machtiging_stoppen"),
    path(NAMENS, gebruiker_namens, name="gebruiker_namens"),
    path(f"{NAMENS}intrekken/", gebruiker_namens_intrekken, name="gebruiker_namens_intrekken"),
    path("beheer/gebruikers/", gebruikers, name="gebruikers"),
    path("beheer/gebruikers/aanmelden/", gebruiker_aanmelden, name="gebruiker_aanmelden"),
    path("beheer/gebruikers/bestand/", aanmeldlijst_nieuw, name="aanmeldlijst_nieuw"),
    path("beheer/gebruikers/bestand/voorbeeld/<slug:soort>/", aanmeldlijst_voorbeeld, name="aanmeldlijst_voorbeeld"),
    path("beheer/gebruikers/bestand/<int:lijst>/", aanmeldlijst, name="aanmeldlijst"),
    path("beheer/gebruikers/bestand/<int:lijst>/ongedaan/", aanmeldlijst_ongedaan, name="aanmeldlijst_ongedaan"),
    path(
        "beheer/gebruikers/bestand/<int:lijst>/verwijderen/", aanmeldlijst_verwijderen, name="aanmeldlijst_verwijderen"
    ),
    path("beheer/gebruikers/downloaden/", gebruikersbestand, name="gebruikersbestand"),
    path("beheer/gebruikers/uit-dienst/", uit_dienst, name="uit_dienst"),
    path("beheer/gebruikers/uit-dienst/beeindigen/", uit_dienst_beeindigen, name="uit_dienst_beeindigen"),
    path(GEBRUIKER, gebruiker, name="gebruiker"),
    path(f"{GEBRUIKER}wijzigen/", gebruiker_wijzigen, name="gebruiker_wijzigen"),
    path(f"{GEBRUIKER}rollen/", gebruiker_rollen, name="gebruiker_rollen"),
    path(f"{GEBRUIKER}rollen/<slug:sleutel>/", gebruiker_rol, name="gebruiker_rol"),
    path(f"{GEBRUIKER}rollen/<slug:sleutel>/intrekken/", gebruiker_rol_intrekken, name="gebruiker_rol_intrekken"),
    path(f"{GEBRUIKER}matrix/", gebruiker_matrix, name="gebruiker_matrix"),
    path(f"{GEBRUIKER}overnemen/", gebruiker_overnemen, name="gebruiker_overnemen"),
    path(f"{GEBRUIKER}waarom/", gebruiker_waarom, name="gebruiker_waarom"),
    path(f"{GEBRUIKER}bevestiging/", gebruiker_bevestiging, name="gebruiker_bevestiging"),
    path(f"{GEBRUIKER}brief/", gebruiker_brief, name="gebruiker_brief"),
    path(f"{GEBRUIKER}overhandigd/", gebruiker_overhandigd, name="gebruiker_overhandigd"),
    path(f"{GEBRUIKER}code/", gebruiker_code, name="gebruiker_code"),
    path(f"{GEBRUIKER}code/weigeren/", gebruiker_code_weigeren, name="gebruiker_code_weigeren"),
    path(f"{GEBRUIKER}code/annuleren/", gebruiker_code_annuleren, name="gebruiker_code_annuleren"),
    path(f"{GEBRUIKER}ontkoppelen/", gebruiker_ontkoppelen, name="gebruiker_ontkoppelen"),
    path(f"{GEBRUIKER}beeindigen/", gebruiker_beeindigen, name="gebruiker_beeindigen"),
    path("beheer/rollen/", rollen, name="rollen"),
    path("beheer/rollen/<slug:sleutel>/", rol, name="rol"),
    path("beheer/rollen/<slug:sleutel>/geven/", rol_geven, name="rol_geven"),
    path("beheer/rollen/<slug:sleutel>/intrekken/", rol_intrekken, name="rol_intrekken"),
    path("beheer/hercertificering/", hercertificering, name="hercertificering"),
    path(
        "beheer/hercertificering/<int:pk>/verklaring/", hercertificering_verklaring, name="hercertificering_verklaring"
    ),
    path("beheer/rolvoorstellen/", rolvoorstellen, name="rolvoorstellen"),
    path("beheer/rolvoorstellen/<int:pk>/", rolvoorstel, name="rolvoorstel"),
    path("beheer/kenmerken/", kenmerken, name="kenmerken"),
    path("beheer/kenmerken/<int:pk>/wie/", kenmerk_wie, name="kenmerk_wie"),
    path("beheer/codes/", codes, name="codes"),
    path("beheer/trechter/", trechter, name="trechter"),
    path("beheer/trechter/downloaden/", trechter_downloaden, name="trechter_downloaden"),
    path("beheer/brieven/", brieven, name="brieven"),
    path(f"{GEBRUIKER}blokkeren/", gebruiker_blokkeren, name="gebruiker_blokkeren"),
    path(f"{GEBRUIKER}vrijgeven/", gebruiker_vrijgeven, name="gebruiker_vrijgeven"),
    path(f"{GEBRUIKER}herstellen/", gebruiker_herstellen, name="gebruiker_herstellen"),
    path(f"{GEBRUIKER}middel-vrijgeven/", gebruiker_middel_vrijgeven, name="gebruiker_middel_vrijgeven"),
    path("beheer/logboek/", logboek, name="logboek"),
    path("beheer/logboek/downloaden/", logboek_downloaden, name="logboek_downloaden"),
    path("beheer/signalen/", signalen, name="signalen"),
    path("beheer/signalen/beantwoorden/<str:token>/", signaal_beantwoorden, name="signaal_beantwoorden"),
    path("beheer/signalen/<int:pk>/", signaal, name="signaal"),
    path("beheer/signalen/<int:pk>/stoppen/", signaal_stoppen, name="signaal_stoppen"),
    path("beheer/foutreferentie/", foutreferentie, name="foutreferentie"),
    path(AANVRAGEN, beheerder_aanvragen, name="beheerder_aanvragen"),
    path(f"{AANVRAGEN}ontvangen/", beheerder_aanvragen_ontvangen, name="beheerder_aanvragen_ontvangen"),
    path(f"{AANVRAGEN}status/", beheerder_aanvragen_status, name="beheerder_aanvragen_status"),
    path(f"{AANVRAGEN}bevestigen/<str:token>/", beheerder_aanvragen_bevestigen, name="beheerder_aanvragen_bevestigen"),
    path(f"{AANVRAGEN}afdrukken/<str:token>/", beheerder_aanvragen_afdrukken, name="beheerder_aanvragen_afdrukken"),
    path(ORGANISATIE, organisatie, name="organisatie"),
    path(f"{ORGANISATIE}bevoegd-gezag/", organisatie_gezag_vragen, name="organisatie_gezag_vragen"),
    path(f"{CONTACT}toevoegen/", organisatie_contactpersoon_toevoegen, name="organisatie_contactpersoon_toevoegen"),
    path(f"{CONTACT}<int:contactpersoon>/", organisatie_contactpersoon, name="organisatie_contactpersoon"),
    path(
        f"{CONTACT}<int:contactpersoon>/verwijderen/",
        organisatie_contactpersoon_verwijderen,
        name="organisatie_contactpersoon_verwijderen",
    ),
    path(f"{CONTRACT}toevoegen/", organisatie_contract_toevoegen, name="organisatie_contract_toevoegen"),
    path(f"{CONTRACT}<int:contract>/", organisatie_contract, name="organisatie_contract"),
    path(
        f"{CONTRACT}<int:contract>/verwijderen/",
        organisatie_contract_verwijderen,
        name="organisatie_contract_verwijderen",
    ),
]
