#!/bin/sh
# Runs once, when the cluster is made: gives the administrator the password of the mounted secret and lets nobody in
# over the network without one. Until then the server listens on its socket only.
set -eu
password=$(cat /run/secrets/postgres-password)
psql -v ON_ERROR_STOP=1 -v password="$password" -d postgres <<'SQL'
ALTER ROLE CURRENT_USER PASSWORD :'password';
SQL
cat >"$PGDATA/pg_hba.conf" <<'HBA'
local all all trust
host  all all all scram-sha-256
HBA
