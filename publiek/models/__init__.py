from publiek.models.paginas import Pagina, PaginaVersie

__all__ = ["Pagina", "PaginaVersie"]
