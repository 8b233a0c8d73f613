"""Many rows at once, copied from one by the database itself."""

from django.db import connection, models

from koppeling.models import Koppeling

# A number in the form of a gebruikersnaam; those of the factories do not begin with Z.
GEBRUIKERSNAAM = "'MDZ' || translate(lpad(to_hex(n), 7, '0'), '0123456789abcdef', 'ABCDEFGHJKMNPQRS')"


def multiply(koppeling: Koppeling, count: int, **columns: str) -> None:
    """Copy a koppeling, its account and its middel `count` times; `columns` are SQL, with n from 1 to `count`."""
    copies = {
        koppeling.account: {"gebruikersnaam": GEBRUIKERSNAAM, "email": "'gebruiker' || n || '@regenboog.example'"},
        koppeling.middel: {"pseudoniem": "'middel' || n"},
        koppeling: {"account_id": f"{koppeling.account_id} + n", "middel_id": f"{koppeling.middel_id} + n"} | columns,
    }
    for row, changed in copies.items():
        _copy(row, count, changed | {"id": f"{row.pk} + n"})


def _copy(row: models.Model, count: int, changed: dict[str, str]) -> None:
    table = row._meta.db_table
    names = [field.column for field in row._meta.concrete_fields]
    values = ", ".join(changed.get(name, f"t.{name}") for name in names)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({', '.join(names)}) SELECT {values}"  # noqa: S608  # names of our own models
            f" FROM {table} t, generate_series(1, %s) n WHERE t.id = %s",
            [count, row.pk],
        )
        cursor.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [table, row.pk + count])
        # Else its foreign keys may be checked by a plan of when it had a handful of rows: minutes instead of seconds.
        cursor.execute(f"ANALYZE {table}")
