#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Sends a message to a room exactly once: for cron jobs, builds, alarms.
#
#     CHAT_USER=cron CHAT_PASSWORD='a long password' sh notify.sh ROOM TEXT...
#
# Without TEXT it reads standard input. The server is CHAT_URL, by default http://localhost:5000. The exit status is 0 once
# the message is on the server's disk. Needs curl and jq.
set -u

url=${CHAT_URL:-http://localhost:5000}
export CHAT_USER CHAT_PASSWORD
token=
tries=8
newline='
'

# call PATH BODY: sets $status (000 if there is no answer) and $answer.
call()
{
    answer=$(printf '%s' "$2" | curl -s -m 30 "$url$1" -H 'Content-Type: application/json' \
        ${token:+-H "Authorization: Bearer $token"} --data-binary @- -w '\n%{http_code}') || :
    status=${answer##*"$newline"}
    answer=${answer%"$newline"*}
}

# Retries while the server is down, busy or full, after a growing delay.
patiently()
{
    number=1
    wait=1
    until "$@"; do
        if [ "$status" = 000 ]; then
            echo "The server does not answer." >&2
        else
            printf '%s' "$answer" | jq -r '.error // "?"' >&2
        fi
        case $status in 000 | 429 | 5*) ;; *) exit 1 ;; esac
        if [ "$number" -ge "$tries" ]; then
            echo "The message was not sent." >&2
            exit 1
        fi
        sleep "$wait"
        number=$((number + 1))
        wait=$((wait * 2))
    done
}

# Sets $token; registers this user if the name is free.
log_in()
{
    call /login "$person"
    if [ "$status" = 401 ]; then
        call /register "$person"
        [ "$status" = 201 ] || return 1
        call /login "$person"
    fi
    [ "$status" = 200 ] || return 1
    token=$(printf '%s' "$answer" | jq -r .token)
}

send()
{
    call /chat/send/ "$message"
    [ "$status" = 200 ]
}

if [ $# -lt 1 ]; then
    echo "Usage: sh notify.sh ROOM TEXT..." >&2
    exit 2
fi
if [ -z "${CHAT_USER-}" ] || [ -z "${CHAT_PASSWORD-}" ]; then
    echo "CHAT_USER and CHAT_PASSWORD must be set: the name and the password to log in with." >&2
    exit 2
fi
room=$1
shift
text=$*
[ -n "$text" ] || text=$(cat)
# The same client_id in every attempt: the message is stored once, however often it is sent.
client_id=$(cat /proc/sys/kernel/random/uuid 2>/dev/null || uuidgen)
message=$(jq -n --arg room "$room" --arg message "$text" --arg client_id "$client_id" '$ARGS.named')
person=$(jq -n '{username: env.CHAT_USER, password: env.CHAT_PASSWORD}')
patiently log_in
patiently send
call /api/v1/logout '{}' # or the session expires eventually
