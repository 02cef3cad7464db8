#!/bin/sh
# Posts INFRAMIND_BODY to INFRAMIND_URL + INFRAMIND_PATH. Prints the answer, then its status on a line of its own; 000
# when there is none. Never fails, follows no redirect, and shows the key to nobody: not even in the list of processes.
set -u
if ! command -v curl >/dev/null 2>&1; then
    printf 'there is no curl on this agent\n000'
    exit 0
fi
printf '%s' "$INFRAMIND_BODY" |
    curl --silent --show-error --proto '=http,https' --connect-timeout 2 --max-time "${INFRAMIND_TIMEOUT:-5}" \
        --max-filesize 1000000 --header 'Content-Type: application/json' --header @/dev/fd/3 --data-binary @- \
        --write-out '\n%{http_code}' "$INFRAMIND_URL$INFRAMIND_PATH" 3<<KEY || :
${INFRAMIND_KEY:+Authorization: Bearer $INFRAMIND_KEY}
KEY
