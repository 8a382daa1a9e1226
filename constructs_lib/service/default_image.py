"""The default image, which answers the health path until an application is deployed."""

from textwrap import dedent

from cdktf import Precondition

from constructs_lib.foundation.terraform import call, interpolated, literal
from constructs_lib.settings.model import ServiceSettings

SERVICE_IMAGE_OUTPUT = "service_image"
"""The output with the image of the last apply that deployed the service."""

# A script for the shell of the image. Without it, nginx answers 404 on the health path, listens on a port
# below 1024 and writes outside /tmp. The certificate is self-signed and exists as long as the task, which is
# enough because a load balancer does not validate the certificates of its targets.
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-target-groups.html
_SCRIPT = """\
set -eu
{certificate}cat > /tmp/nginx.conf <<'CONFIGURATION'
pid /tmp/nginx.pid;
error_log /dev/stderr warn;
events {{}}
http {{
  server_tokens off;
  access_log /dev/stdout;
  default_type text/plain;
  client_body_temp_path /tmp/body;
  proxy_temp_path /tmp/proxy;
  fastcgi_temp_path /tmp/fastcgi;
  uwsgi_temp_path /tmp/uwsgi;
  scgi_temp_path /tmp/scgi;
  server {{
    listen {listen};
    {tls}location = {health_path} {{ return 200 "ok\\n"; }}
    location / {{ return 404 "no application is deployed yet\\n"; }}
  }}
}}
CONFIGURATION
exec nginx -e /dev/stderr -c /tmp/nginx.conf -g 'daemon off;'
"""

_CERTIFICATE = """\
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj /CN=payment-api \\
  -keyout /tmp/tls.key -out /tmp/tls.crt 2>/dev/null
"""

_TLS = dedent("""\
    ssl_certificate /tmp/tls.crt;
        ssl_certificate_key /tmp/tls.key;
        ssl_protocols TLSv1.2 TLSv1.3;
        """)


def kept_unless_set(settings: ServiceSettings, last_image: str) -> list[Precondition]:
    """Return the condition that the default image replaces another image only if it is set explicitly.

    `last_image` is the expression of the image that the last apply deployed. A deployment that was last
    applied without this output has no such image, and nothing is compared. The deployed image cannot take
    the place of the default here: permissions, network rules and the container's command follow from the
    image, and they are decided at synthesis.
    """
    if settings.image_is_set:
        return []
    # Of any version: an update of this project may change the default, and that must not be refused.
    repository = settings.image.rpartition(":")[0]
    deployed = call("try", last_image, literal(settings.image))
    return [
        Precondition(
            condition=interpolated(call("startswith", deployed, literal(f"{repository}:"))),
            error_message=(
                f"service.image is not set, and the last apply deployed {interpolated(deployed)}, which the "
                f"default image would replace. Nothing has been changed. Set PAYMENT_API_SERVICE__IMAGE, or "
                "payment_api.service.image in cdktf.json, to the deployed image to keep it, or to "
                f"{settings.image} to go back to the default image."
            ),
        )
    ]


def default_command(settings: ServiceSettings) -> dict[str, list[str]]:
    """Return entry point and command that answer the health path on the container port, with TLS if set."""
    script = _SCRIPT.format(
        certificate=_CERTIFICATE if settings.tls else "",
        listen=f"{settings.port} ssl" if settings.tls else str(settings.port),
        tls=_TLS if settings.tls else "",
        health_path=settings.health_path,
    )
    return {"entryPoint": ["/bin/sh", "-c"], "command": [script]}


def default_health_command(settings: ServiceSettings) -> str:
    """Return a command that requests the health path inside the container; the certificate is self-signed."""
    scheme = "https" if settings.tls else "http"
    return f"curl --fail --silent --insecure {scheme}://127.0.0.1:{settings.port}{settings.health_path}"
