"""Entries cannot be changed or deleted; only a redacted fact's payload and salt may be erased."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

COLUMNS = (
    'pos id node zone seq kind version subject incident act happened_at recorded_at actor clock "after" digest prev '
    "hash received_at"
).split()

SAME = " AND ".join(f"NEW.{c} IS NOT DISTINCT FROM OLD.{c}" for c in COLUMNS)
LAWFUL = (
    "NEW.payload IS NULL AND NEW.salt IS NULL AND EXISTS "
    "(SELECT 1 FROM journal_redaction r WHERE r.target = OLD.id AND r.subject = OLD.subject)"
)

SQLITE = [
    f"""CREATE TRIGGER journal_entry_no_update BEFORE UPDATE ON journal_entry
    WHEN NOT ({SAME.replace("IS NOT DISTINCT FROM", "IS")} AND {LAWFUL})
    BEGIN SELECT RAISE(ABORT, 'journal entries cannot be changed'); END""",
    """CREATE TRIGGER journal_entry_no_delete BEFORE DELETE ON journal_entry
    BEGIN SELECT RAISE(ABORT, 'journal entries cannot be deleted'); END""",
]

POSTGRES = [
    f"""CREATE FUNCTION journal_entry_keep() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'UPDATE' AND {SAME} AND {LAWFUL} THEN
            RETURN NEW;
        END IF;
        RAISE EXCEPTION 'journal entries cannot be changed or deleted';
    END $$""",
    """CREATE TRIGGER journal_entry_keep BEFORE UPDATE OR DELETE ON journal_entry
    FOR EACH ROW EXECUTE FUNCTION journal_entry_keep()""",
    """CREATE TRIGGER journal_entry_no_truncate BEFORE TRUNCATE ON journal_entry
    FOR EACH STATEMENT EXECUTE FUNCTION journal_entry_keep()""",
]


def create(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for statement in SQLITE if schema_editor.connection.vendor == "sqlite" else POSTGRES:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("journal", "0001_initial")]

    operations = [migrations.RunPython(create, migrations.RunPython.noop)]
