#!/bin/sh
# Posts INFRAMIND_BODY to INFRAMIND_URL + INFRAMIND_PATH. Prints the answer, then its status on a line of its own; 000
# when there is none. Never fails, follows no redirect, and shows the key to nobody: not even in the list of processes.
#
# An event (INFRAMIND_EVENT) that the platform does not take now is kept on this agent, in the form and the folder of
# `inframind ci`: `later` keeps it at once, `now` when there is no answer, and `last`, once taken, sends what was kept.
set -u
spool=${INFRAMIND_SPOOL:-${XDG_STATE_HOME:-${HOME:-/tmp}/.local/state}/inframind/builds}

post() {
    printf '%s' "$2" |
        curl --silent --show-error --proto '=http,https' --connect-timeout 2 --max-time "${INFRAMIND_TIMEOUT:-5}" \
            --max-filesize 1000000 --header 'Content-Type: application/json' --header @/dev/fd/3 --data-binary @- \
            --write-out '\n%{http_code}' "$INFRAMIND_URL$1" 3<<KEY || :
${INFRAMIND_KEY:+Authorization: Bearer $INFRAMIND_KEY}
KEY
}

keep() {
    at=$(date +%s%N)
    case $at in *[!0-9]* | ??????????) at=$(date +%s)000000000 ;; esac # not every date knows %N
    file=$(printf '%s/%020d-%s.json' "$spool" "$at" "$$")
    (umask 077 && mkdir -p "$spool") 2>/dev/null &&
        printf '{"url": "%s", "path": "%s", "body": %s}\n' "$INFRAMIND_URL" "$INFRAMIND_PATH" "$INFRAMIND_BODY" \
            2>/dev/null >"${file%.json}.part" && mv "${file%.json}.part" "$file" || return 1
    set -- "$spool"/*.json
    while [ "$#" -gt 2000 ]; do rm -f "$1"; shift; done # the oldest go
}

catch_up() {
    now=$(date +%s) told=0
    for file in "$spool"/*.json; do
        [ "$(date +%s)" -lt "$((now + 10))" ] || break
        [ -f "$file" ] || continue
        at=${file##*/} path=$(sed -n 's|^{"url": "[^"]*", "path": "\(/api/v1/builds/[a-z]*\)", "body": .*|\1|p' "$file")
        at=${at%%?????????-*}
        if [ -z "$path" ] || ! [ "$at" -gt "$((now - 604800))" ]; then rm -f "$file"; continue; fi
        case $(cat "$file") in '{"url": "'"$INFRAMIND_URL"'", '*) ;; *) continue ;; esac
        code=$(post "$path" "$(sed 's|^{"url": "[^"]*", "path": "[^"]*", "body": \(.*\)}$|\1|' "$file")" | tail -n 1)
        case ${code:-000} in 000 | 401 | 403 | 408 | 429 | 5??) break ;; 409) continue ;; esac # 409: another key's build
        rm -f "$file"
        told=$((told + 1))
    done
    [ "$told" = 0 ] || echo "InfraMind: told of earlier builds as well ($told events)" >&2
}

if [ "${INFRAMIND_EVENT:-}" = later ]; then
    printed='000'
elif command -v curl >/dev/null 2>&1; then
    printed=$(post "$INFRAMIND_PATH" "$INFRAMIND_BODY")
else
    printed='there is no curl on this agent
000'
fi
printf '%s' "$printed"
[ -n "${INFRAMIND_EVENT:-}" ] || exit 0
case $printed in
    *000 | *408 | *429 | *5[0-9][0-9])
        if ! keep; then
            echo 'InfraMind: there is no place on this agent to keep the event' >&2
        elif [ "$INFRAMIND_EVENT" = last ]; then
            echo 'InfraMind: this agent keeps it for a later build to report' >&2
        fi
        ;;
    *2[0-9][0-9]) [ "$INFRAMIND_EVENT" != last ] || catch_up ;;
esac
exit 0
