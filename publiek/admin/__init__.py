from publiek.admin import paginas

__all__ = ["paginas"]
