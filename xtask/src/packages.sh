# Installs Debian packages, the arguments, without letting a service start: the tests start their own servers.
# A policy that the machine already had is put back afterwards, also after Ctrl-C.
set -eu
policy=/usr/sbin/policy-rc.d
aside=$policy.before-xtask

trap 'rm -f "$policy"; [ ! -e "$aside" ] || mv "$aside" "$policy"' EXIT
trap 'exit 130' HUP INT TERM
[ ! -e "$policy" ] || [ -e "$aside" ] || mv "$policy" "$aside"
printf '#!/bin/sh\nexit 101\n' >"$policy"
chmod 755 "$policy"

export DEBIAN_FRONTEND=noninteractive
apt() { apt-get --quiet --option Acquire::Retries=3 --option DPkg::Lock::Timeout=120 "$@"; }
apt update
apt install --yes --no-install-recommends "$@"
