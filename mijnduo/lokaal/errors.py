class LokaalError(Exception):
    """One Dutch sentence for the person at the keyboard: what is wrong and what cures it."""
