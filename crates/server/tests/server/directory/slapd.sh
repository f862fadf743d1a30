# A slapd of its own, in a temporary folder, for as long as standard input stays open; its data is in a folder
# that is there before and after.
# Arguments: the folder with `slapd.conf` and `data`, and the addresses to listen at. Says `ready` once it runs.
set -eu
folder=$1 addresses=$2
PATH=$PATH:/usr/sbin:/sbin
if [ -s "$folder/first.ldif" ] && [ -z "$(ls "$folder/data")" ]; then
    slapadd -q -f "$folder/slapd.conf" -l "$folder/first.ldif" >"$folder/log" 2>&1 || { cat "$folder/log" >&2; exit 1; }
fi
slapd -d 0 -f "$folder/slapd.conf" -h "$addresses" >"$folder/log" 2>&1 &
slapd=$!
trap 'kill $slapd 2>/dev/null; wait $slapd 2>/dev/null || true' EXIT
first=${addresses%% *}
tries=0
until LDAPTLS_REQCERT=never ldapsearch -x -H "$first" -s base -b '' >/dev/null 2>&1; do
    tries=$((tries + 1))
    if ! kill -0 $slapd 2>/dev/null || [ $tries -gt 100 ]; then cat "$folder/log" >&2; exit 1; fi
    sleep 0.1
done
echo ready
read -r _ || true
