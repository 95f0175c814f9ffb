#!/bin/sh
# Makes the engine's two schemas, or brings them forward; run again it changes nothing. The databases are there already.
set -eu
export SQL_PLUGIN=postgres12 SQL_HOST="$ENGINE_DATABASE_HOST" SQL_PORT="${ENGINE_DATABASE_PORT:-5432}"
export SQL_USER=temporal SQL_PASSWORD="$ENGINE_DATABASE_PASSWORD"

bring_forward() {
  temporal-sql-tool --database "$1" setup-schema --version 0.0
  temporal-sql-tool --database "$1" update-schema --schema-name "postgresql/v12/$2"
}
bring_forward temporal temporal
bring_forward temporal_visibility visibility
