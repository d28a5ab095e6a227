#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# An echo bot: it repeats what somebody writes after "!echo " in a room. Polls every two seconds and misses nothing.
#
#     CHAT_USER=echo CHAT_PASSWORD='a long password' sh echobot.sh [ROOM]
#
# The server is CHAT_URL, by default http://localhost:5000. Needs curl and jq.
set -u

url=${CHAT_URL:-http://localhost:5000}
room_name=${1:-lobby}
room=$(printf '%s' "$room_name" | jq -sRr @uri)
export CHAT_USER CHAT_PASSWORD
token=
epoch=
seq=0
newline='
'

# call METHOD PATH [BODY]: sets $status (000 if there is no answer) and $answer.
call()
{
    answer=$(printf '%s' "${3-}" | curl -s -m 30 -X "$1" "$url$2" -H 'Content-Type: application/json' \
        ${token:+-H "Authorization: Bearer $token"} ${3+--data-binary @-} -w '\n%{http_code}') || :
    status=${answer##*"$newline"}
    answer=${answer%"$newline"*}
}

say() { printf '%s\n' "$*" >&2; }
# Reports the error, and exits if a retry would fail in the same way.
failed()
{
    if [ "$status" = 000 ]; then
        say "The server does not answer."
    else
        say "$(printf '%s' "$answer" | jq -r '.error // "?"')"
    fi
    case $status in 000 | 401 | 429 | 5*) ;; *) exit 1 ;; esac
}

# Registers the bot if it has no account yet.
log_in()
{
    token=
    person=$(jq -n '{username: env.CHAT_USER, password: env.CHAT_PASSWORD}')
    call POST /login "$person"
    if [ "$status" = 401 ]; then
        call POST /register "$person"
        [ "$status" = 201 ] || return 1
        call POST /login "$person"
    fi
    [ "$status" = 200 ] || return 1
    token=$(printf '%s' "$answer" | jq -r .token)
    me=$(printf '%s' "$answer" | jq -r .user.id)
}

# Answers new messages. False if something was refused; unanswered messages are read again then.
look()
{
    if [ -z "$epoch" ]; then
        # The room may have to be created first; earlier messages are not answered.
        call POST /api/v1/rooms "{\"name\": $(printf '%s' "$room_name" | jq -sR .)}"
        call GET "/api/v1/rooms/$room/events?limit=1"
        [ "$status" = 200 ] || return 1
        epoch=$(printf '%s' "$answer" | jq -r .epoch)
        seq=$(printf '%s' "$answer" | jq -r .last_seq)
        echo "In $room_name."
        return 0
    fi
    call GET "/api/v1/rooms/$room/events?after=$seq&limit=200"
    [ "$status" = 200 ] || return 1
    page=$answer
    if [ "$(printf '%s' "$page" | jq -r .epoch)" != "$epoch" ]; then
        epoch= # a different history: restored from a backup
        return 0
    fi
    # The client_id is the id of the answered message, so the reply is stored once, however often it is sent.
    todo=$(printf '%s' "$page" | jq -c --arg me "$me" '.events[]
        | select(.sender.id != $me and (.text | startswith("!echo ") and (.[6:] | test("\\S"))))
        | {seq, body: {text: .text[6:], client_id: .id}}')
    while [ -n "$todo" ]; do
        next=${todo%%"$newline"*}
        call POST "/api/v1/rooms/$room/messages" "$(printf '%s' "$next" | jq -c .body)"
        case $status in
        200 | 201)
            seq=$(printf '%s' "$next" | jq .seq)
            case $todo in *"$newline"*) todo=${todo#*"$newline"} ;; *) todo= ;; esac
            ;;
        429) sleep 1 ;;
        *) return 1 ;;
        esac
    done
    seq=$(printf '%s' "$page" | jq "if .events == [] then $seq else .events[-1].seq end")
}

if [ -z "${CHAT_USER-}" ] || [ -z "${CHAT_PASSWORD-}" ]; then
    say "CHAT_USER and CHAT_PASSWORD must be set: the name and the password to log in with."
    exit 2
fi
delay=2
while :; do
    if { [ -n "$token" ] || log_in; } && look; then
        delay=2
    else
        failed
        [ "$status" != 401 ] || token=
        delay=$((delay < 60 ? delay * 2 : 60))
    fi
    sleep "$delay"
done
