#!/bin/sh
# Makes the secrets of compose.yaml, in `secrets` beside this file, or in another folder. Those that are there stay.
set -eu
umask 077
folder=${1:-$(dirname "$0")/secrets}
if [ -e "$folder/settings.toml" ]; then
    echo "the secrets are there: $folder" >&2
    exit 0
fi
mkdir -p "$folder"
cd "$folder"
# Letters and digits: they stand in URLs.
random() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }
postgres=$(random) redis=$(random) token=$(random)
printf %s "$postgres" >postgres-password
printf %s "$token" >admin-token
printf 'requirepass %s\n' "$redis" >redis.conf
random >grafana-password
# Last: by it one sees that all are there.
cat >settings.new <<END
database_url = "postgres://api:$postgres@postgres/api"
redis_url = "redis://:$redis@redis"
queue_url = "redis://:$redis@redis"
admin_token = "$token"
END
# Each container reads them as a user of its own; the folder is closed to everybody else.
chmod 0444 postgres-password admin-token redis.conf grafana-password settings.new
mv settings.new settings.toml
