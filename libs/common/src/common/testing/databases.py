"""Databases for tests, used again: emptying one costs a fraction of copying it.

A test gets a database as its migrations left it. What the test wrote is removed afterwards; a database whose structure
it changed (a partition more, a trigger switched off) is dropped instead.
"""

import asyncpg

_PREPARE = """
CREATE SCHEMA pristine;
DO $$
DECLARE one record; filled boolean;
BEGIN
  FOR one IN SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE n.nspname = 'public' AND c.relkind = 'r' AND c.relname <> 'alembic_version' LOOP
    EXECUTE format('SELECT EXISTS (SELECT FROM public.%I)', one.relname) INTO filled;
    IF filled THEN
      EXECUTE format('CREATE TABLE pristine.%I AS SELECT * FROM public.%I', one.relname, one.relname);
    END IF;
  END LOOP;
END $$
"""
_EMPTY = """
SET session_replication_role = replica;
SET lock_timeout = '2s';
DO $$
DECLARE one record; filled boolean; names text[] := '{}'; columns text;
BEGIN
  FOR one IN SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE n.nspname = 'public' AND c.relkind = 'r' AND c.relname <> 'alembic_version' LOOP
    EXECUTE format('SELECT EXISTS (SELECT FROM public.%I)', one.relname) INTO filled;
    IF filled THEN names := names || format('public.%I', one.relname); END IF;
  END LOOP;
  IF cardinality(names) > 0 THEN
    EXECUTE 'TRUNCATE ' || array_to_string(names, ', ') || ' RESTART IDENTITY CASCADE';
  END IF;
  FOR one IN SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE n.nspname = 'pristine' AND c.relkind = 'r' LOOP
    SELECT string_agg(quote_ident(attname), ', ') INTO columns FROM pg_attribute
      WHERE attrelid = format('public.%I', one.relname)::regclass AND attnum > 0 AND attgenerated = ''
        AND NOT attisdropped;
    EXECUTE format('INSERT INTO public.%I (%s) OVERRIDING SYSTEM VALUE SELECT %s FROM pristine.%I',
                   one.relname, columns, columns, one.relname);
  END LOOP;
  FOR one IN SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE n.nspname = 'public' AND c.relkind = 'S' LOOP
    EXECUTE format('SELECT setval(%L, s.seqstart, false) FROM pg_sequence s WHERE s.seqrelid = %L::regclass',
                   format('public.%I', one.relname), format('public.%I', one.relname));
  END LOOP;
END $$
"""
_STRUCTURE = """
SELECT md5(string_agg(line, E'\\n' ORDER BY line)) FROM (
  SELECT concat_ws(' ', 'class', c.relname, c.relkind, c.relacl, c.relispartition) AS line
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public'
  UNION ALL
  SELECT concat_ws(' ', 'trigger', t.tgrelid::regclass, t.tgname, t.tgenabled)
  FROM pg_trigger t WHERE NOT t.tgisinternal
  UNION ALL
  SELECT concat_ws(' ', 'function', p.proname, md5(p.prosrc))
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = 'public'
  UNION ALL
  SELECT concat_ws(' ', 'constraint', conrelid::regclass, conname) FROM pg_constraint
  UNION ALL
  SELECT concat_ws(' ', 'column', attrelid::regclass, attname, atttypid::regtype, attnotnull) FROM pg_attribute a
  JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = 'public' AND attnum > 0
) AS lines
"""


async def prepare(admin_url: str, database: str) -> str:
    """Remember what migrations wrote into a fresh copy; gives its structure, to be held against later."""
    inside = await asyncpg.connect(admin_url, database=database)
    try:
        await inside.execute(_PREPARE)
        return str(await inside.fetchval(_STRUCTURE))
    finally:
        await inside.close()


async def restore(admin_url: str, database: str, structure: str) -> bool:
    """Make a used copy as good as fresh; False when it cannot be used again."""
    inside = await asyncpg.connect(admin_url, database=database)
    try:
        if await inside.fetchval(_STRUCTURE) != structure:
            return False
        await inside.execute(_EMPTY)
    except asyncpg.PostgresError:  # somebody is still at work in it
        return False
    finally:
        await inside.close()
    return True
