#!/bin/sh
# SIGNET_KEY=… sh sign.sh /i/article.png title="Hello world" tags='["a","b"]'
set -eu

escape() {
    printf %s "$1" | od -An -v -tu1 | LC_ALL=C awk '{ for (i = 1; i <= NF; i++) {
        c = sprintf("%c", $i + 0); if (c ~ /[A-Za-z0-9._~-]/) printf "%s", c; else printf "%%%02X", $i } }'
}

text=$1
shift
query=$(for pair; do echo "${pair%%=*}=$(escape "${pair#*=}")"; done | LC_ALL=C sort -t = -k 1,1 | paste -s -d '&' -)
[ -z "$query" ] || text="$text?$query"
key=$(printf %s "signet.url.v1signer$SIGNET_KEY" | openssl dgst -sha256 -r | cut -d ' ' -f 1)
signature=$(printf %s "$text" | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary | openssl base64 -A | tr '+/' '-_' | tr -d '=')
[ -z "$query" ] && echo "$text?_s=$signature" || echo "$text&_s=$signature"
