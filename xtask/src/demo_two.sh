#!/bin/sh
# Two servers on this machine that know nothing of each other yet, as docs/guide/sharing-a-process.md begins with
# them: $1 is the guide, $2 the binary, $3 the folder. What is in it is gone on with; remove it to begin anew.
set -eu
guide=$1 bailiwick=$2 folder=$3
mkdir -p "$folder"
cd "$folder"
umask 077

# What a pair that runs from here writes is left to it.
exec 9> .running
if command -v flock > /dev/null && ! flock -n 9; then
    echo "a pair runs from $folder already: end that first" >&2
    exit 1
fi

# The files that the guide has typed in.
awk '
    /^    \$ cat > [a-z]+\.(toml|yaml) <</ { file = $4; next }
    file != "" && /^      END$/ { close(file); file = ""; next }
    file != "" { print substr($0, 7) > file }
' "$guide"

trap 'kill $running 2> /dev/null || true; wait' EXIT
trap 'exit 130' INT TERM
running=
for server in provider consumer; do
    if [ -d $server-data ]; then
        echo "The $server goes on with $folder/$server-data."
    else
        "$bailiwick" import --data $server-data $server.yaml --yes > /dev/null
    fi
    # What an earlier start has left there is not this one's.
    rm -f $server.out
    "$bailiwick" serve --config $server.toml > $server.out 2> $server.log 9>&- &
    running="$running $!"
    pids="${pids:-} ${server}_pid=$!"
    # As long as nobody has a password, each server prints a link with which its administrator sets one.
    until grep -qs "Listening on" $server.out; do
        kill -0 $! 2> /dev/null || { echo "the $server has not started; $folder/$server.log says why:" >&2; tail -3 $server.log >&2; exit 1; }
        sleep 0.2
    done
    sleep 0.3
    echo "The $server:"
    sed 's/^/  /' $server.out
done
cat <<END

Open each link that is told above in a browser, one of them in a private window (a browser does not tell apart servers of
one address by their ports), and choose the passwords; where none is told, there is a password already. Then, in another terminal, from this folder on:
  cd '$folder'
  PATH="$(dirname "$bailiwick"):\$PATH"$pids
and go on with docs/guide/sharing-a-process.md where it makes tokens, after \`cat consumer.out\`. Ctrl-C here ends both servers.
END
wait
