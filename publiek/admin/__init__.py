from publiek.admin import nieuwsbrieven, paginas

__all__ = ["nieuwsbrieven", "paginas"]
