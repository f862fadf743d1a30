#!/bin/sh
# Two servers on this machine that know nothing of each other yet, as docs/guide/sharing-a-process.md begins with
# them: $1 is the guide, $2 the binary, $3 the folder, which is made anew.
set -eu
guide=$1 bailiwick=$2 folder=$3
rm -rf "$folder"
mkdir -p "$folder"
cd "$folder"
umask 077

# The files that the guide has typed in.
awk '
    /^    \$ cat > [a-z]+\.(toml|yaml) <</ { file = $4; next }
    file != "" && /^      END$/ { close(file); file = ""; next }
    file != "" { print substr($0, 7) > file }
' "$guide"

for server in provider consumer; do
    "$bailiwick" import --data $server-data $server.yaml --yes > /dev/null
    # Between demonstrations no administrator has a password: each server prints a link with which to set one.
    "$bailiwick" serve --config $server.toml 2> $server.log &
    running="${running:-} $!"
done
trap 'kill $running 2> /dev/null || true; wait' EXIT INT TERM
echo "The provider is at http://127.0.0.1:8080, the consumer at http://127.0.0.1:8081; logs and data are in $folder."
echo "Set the passwords by the links below, then go on with docs/guide/sharing-a-process.md. Ctrl-C ends both."
wait
