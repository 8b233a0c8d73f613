from django.db import migrations

REFUSE = """
CREATE FUNCTION logregel_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the log is append-only: % is refused', TG_OP USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER logregel_append_only BEFORE UPDATE OR DELETE ON verantwoording_logregel
    FOR EACH ROW EXECUTE FUNCTION logregel_append_only();
"""
UNDO = "DROP TRIGGER logregel_append_only ON verantwoording_logregel; DROP FUNCTION logregel_append_only();"


class Migration(migrations.Migration):
    """R33: a line of the log is never changed and never removed, by nobody who uses the portal's own database role."""

    dependencies = [("verantwoording", "0001_initial")]

    operations = [migrations.RunSQL(REFUSE, UNDO)]
