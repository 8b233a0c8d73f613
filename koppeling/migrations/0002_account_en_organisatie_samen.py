from django.db import migrations

TOGETHER = """
ALTER TABLE koppeling_koppeling ADD CONSTRAINT koppeling_account_bij_organisatie
    FOREIGN KEY (account_id, organisatie_id) REFERENCES accounts_account (id, organisatie_id)
    DEFERRABLE INITIALLY DEFERRED;
"""
UNDO = "ALTER TABLE koppeling_koppeling DROP CONSTRAINT koppeling_account_bij_organisatie;"


class Migration(migrations.Migration):
    """R12: the organisatie copied onto a koppeling is that of its account, so the constraint on (middel, organisatie) holds."""

    dependencies = [("koppeling", "0001_initial")]

    operations = [migrations.RunSQL(TOGETHER, UNDO)]
