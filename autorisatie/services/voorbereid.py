"""Queries of every visit, of which the plan takes longer to make than to carry out."""

from collections.abc import Mapping
from typing import Any
from weakref import WeakSet

from django.db import connection


class Voorbereid:
    """A query that each connection plans once (PREPARE); with a pgbouncer that shares connections it would break.

    waarden: the names that stand in it as `%(name)s`, and the type of each in PostgreSQL.
    """

    def __init__(self, naam: str, query: str, waarden: Mapping[str, str]) -> None:
        places = {name: f"${number}" for number, name in enumerate(waarden, start=1)}
        self._prepare = f"PREPARE {naam} ({', '.join(waarden.values())}) AS {query % places}"
        self._execute = f"EXECUTE {naam} ({', '.join(f'%({name})s' for name in waarden)})"
        self._known: WeakSet[Any] = WeakSet()  # connections of psycopg2, not Django's wrappers, which outlive them

    def statement(self) -> str:
        """What asks it on this connection, which has planned it by then; `%(name)s` stand in it as in the query."""
        with connection.cursor() as cursor:
            if connection.connection not in self._known:
                cursor.execute(self._prepare)
                self._known.add(connection.connection)
        return self._execute
