"""What autogenerate does not see of the audit log and of consents: partitions, triggers, grants."""

from typing import Any

_MAINTAIN_AUDIT = """
CREATE FUNCTION maintain_audit() RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public AS $$
DECLARE
  first_day date;
  partition text;
BEGIN
  FOR first_day IN
    SELECT generate_series(month - interval '1 month', month + interval '3 months', interval '1 month')::date
    FROM date_trunc('month', now() AT TIME ZONE 'UTC') AS month
  LOOP
    partition := 'audit_events_' || to_char(first_day, 'YYYYMM');
    CONTINUE WHEN to_regclass('public.' || partition) IS NOT NULL;
    BEGIN
      EXECUTE format('CREATE TABLE public.%I PARTITION OF public.audit_events FOR VALUES FROM (%L) TO (%L)',
        partition, first_day || ' 00:00:00+00', (first_day + interval '1 month')::date || ' 00:00:00+00');
      PERFORM public.close_partition(partition);
    EXCEPTION WHEN check_violation THEN
      RAISE WARNING 'entries of % are in the default partition already', partition;
    END;
  END LOOP;
END $$
"""

_RETIRE_AUDIT = """
CREATE FUNCTION retire_audit() RETURNS SETOF text LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public AS $$
DECLARE
  old text;
BEGIN
  FOR old IN
    SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'public.audit_events'::regclass AND c.relname ~ '_[0-9]{6}$'
      AND to_date(right(c.relname, 6), 'YYYYMM') + interval '1 month'
          <= (now() AT TIME ZONE 'UTC') - interval '5 years'
    ORDER BY c.relname
  LOOP
    EXECUTE format('
      INSERT INTO public.audit_retired (first_position, last_position, hash_before, hash_after, partition)
      SELECT min(position), max(position), (array_agg(previous_hash ORDER BY position))[1],
        (array_agg(hash ORDER BY position DESC))[1], %L
      FROM (SELECT position, previous_hash, hash, position - row_number() OVER (ORDER BY position) AS run
            FROM public.%I) AS entries
      GROUP BY run', old, old);
    EXECUTE format('ALTER TABLE public.audit_events DETACH PARTITION public.%I', old);
    RETURN NEXT old;
  END LOOP;
END $$
"""

_CLOSE_PARTITION = """
CREATE FUNCTION close_partition(partition text) RETURNS void LANGUAGE plpgsql
SET search_path = pg_catalog, public AS $$
DECLARE
  holder regrole;
BEGIN
  FOR holder IN
    SELECT DISTINCT entry.grantee::regrole FROM pg_class c, aclexplode(c.relacl) AS entry
    WHERE c.oid = ('public.' || quote_ident(partition))::regclass AND entry.grantee NOT IN (0, c.relowner)
  LOOP
    EXECUTE format('REVOKE ALL ON public.%I FROM %s', partition, holder);
  END LOOP;
END $$
"""

_APPEND_ONLY = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$
"""

_WITHDRAWN_ONCE = """
CREATE FUNCTION refuse_change_of_consent() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' OR OLD.withdrawn_at IS NOT NULL
     OR to_jsonb(NEW) - 'withdrawn_at' IS DISTINCT FROM to_jsonb(OLD) - 'withdrawn_at' THEN
    RAISE EXCEPTION 'a consent is only withdrawn, once' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$
"""

_LIMIT_RUNTIME = """
DO $$
DECLARE
  holder regrole;
BEGIN
  FOR holder IN
    SELECT DISTINCT entry.grantee::regrole FROM pg_class c, aclexplode(c.relacl) AS entry
    WHERE c.oid = 'public.audit_events'::regclass AND entry.grantee NOT IN (0, c.relowner)
  LOOP
    EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON public.audit_events FROM %s', holder);
    EXECUTE format('REVOKE INSERT, DELETE, TRUNCATE ON public.audit_chain FROM %s', holder);
    EXECUTE format('REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON public.audit_retired FROM %s', holder);
    EXECUTE format('REVOKE DELETE, TRUNCATE ON public.consents FROM %s', holder);
  END LOOP;
END $$
"""


def install_audit_log(op: Any) -> None:
    """Make the log append-only for all but superusers, with partitions reached through their parent alone; consents
    too. The end of the first migration, given `alembic.op`."""
    for statement in (_CLOSE_PARTITION, _MAINTAIN_AUDIT, _RETIRE_AUDIT, _APPEND_ONLY, _WITHDRAWN_ONCE, _LIMIT_RUNTIME):
        op.execute(statement)
    op.execute("CREATE TABLE audit_events_default PARTITION OF audit_events DEFAULT")
    op.execute("SELECT close_partition('audit_events_default'), maintain_audit()")
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit_events "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER never_emptied BEFORE TRUNCATE ON audit_events "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER withdrawn_once BEFORE UPDATE OR DELETE ON consents "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change_of_consent()"
    )
    op.execute("INSERT INTO audit_chain (id, position, hash) VALUES (1, 0, decode(repeat('00', 32), 'hex'))")
