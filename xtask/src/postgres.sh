# A PostgreSQL of its own, in a temporary folder, for as long as standard input stays open. That ends when the
# task closes it or dies, however it dies, so that neither a server nor a folder is ever left behind.
# Arguments: the folder of PostgreSQL's programs, a free port, `durable` or `swift`. Says `ready` once it takes connections.
set -eu
bin=$1 port=$2 kind=$3
folder=$(mktemp -d -t bailiwick-postgres.XXXXXX)
trap 'rm -rf "$folder"' EXIT

settings="-p $port -k $folder -c listen_addresses=127.0.0.1 -c max_connections=200"
# Nothing that tests write is meant to survive a power cut.
if [ "$kind" = swift ]; then
    settings="$settings -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
fi

if ! {
    "$bin/initdb" --pgdata "$folder/data" --username postgres --auth trust \
        --encoding UTF8 --locale C.UTF-8 --no-sync &&
    "$bin/pg_ctl" start --pgdata "$folder/data" --log "$folder/log" --options "$settings" --wait
} >"$folder/log" 2>&1; then
    cat "$folder/log" >&2
    exit 1
fi

echo ready
read -r _ || true
"$bin/pg_ctl" stop --pgdata "$folder/data" --mode immediate --silent
