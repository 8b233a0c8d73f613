from publiek.models.feedback import Feedback
from publiek.models.nieuwsbrieven import Abonnement, Editie, Nieuwsbrief
from publiek.models.paginas import Pagina, PaginaVersie

__all__ = ["Abonnement", "Editie", "Feedback", "Nieuwsbrief", "Pagina", "PaginaVersie"]
