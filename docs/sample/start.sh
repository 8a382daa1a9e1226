#!/bin/sh
# Serves over TLS. The load balancer accepts any certificate, so one that lives as long as the task is enough.
set -eu
umask 077
folder=$(mktemp -d)
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj /CN=payment-api \
  -keyout "$folder/tls.key" -out "$folder/tls.crt" 2>/dev/null
# exec, so that SIGTERM reaches uvicorn, which then finishes the open requests.
exec uvicorn payments:app --no-access-log --timeout-graceful-shutdown 50 \
  --ssl-keyfile "$folder/tls.key" --ssl-certfile "$folder/tls.crt" "$@"
