#!/bin/sh
# Makes the roles and databases of application and engine, and gives the roles the passwords of today: run again after one
# was changed, it changes that one. Speaks to PostgreSQL as its superuser (PGHOST, PGPORT, PGUSER, PGPASSWORD).
set -eu
tries=0
until psql --dbname=postgres --command='select 1' >/dev/null 2>&1; do
  tries=$((tries + 1))
  [ "$tries" -lt 60 ] || { echo "PostgreSQL does not answer at $PGHOST" >&2; exit 1; }
  sleep 1
done

psql --dbname=postgres --quiet --no-psqlrc --set=ON_ERROR_STOP=1 <<'SQL'
\getenv owner_password OWNER_PASSWORD
\getenv application_password APPLICATION_PASSWORD
\getenv engine_password ENGINE_PASSWORD
select format('create role %I', name) from unnest(array['xiaomen_owner', 'xiaomen_app', 'xiaomen_application', 'temporal']) name
where not exists (select from pg_roles where rolname = name) \gexec
alter role xiaomen_owner login password :'owner_password';
alter role xiaomen_application login password :'application_password';
alter role temporal login password :'engine_password';
grant xiaomen_app to xiaomen_application;
-- The owner's migrations hand the group its rights.
grant xiaomen_app to xiaomen_owner with admin option;
select format('create database %I owner %I', name, owner)
from (values ('xiaomen', 'xiaomen_owner'), ('temporal', 'temporal'), ('temporal_visibility', 'temporal')) wanted (name, owner)
where not exists (select from pg_database where datname = name) \gexec
select format('revoke all on database %I from public', datname) from pg_database where datname in ('xiaomen', 'temporal', 'temporal_visibility') \gexec
grant connect on database xiaomen to xiaomen_app;
SQL
echo 'Roles and databases are there.'
