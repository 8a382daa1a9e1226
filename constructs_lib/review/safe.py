"""What may be printed: a review is posted to pull requests, so no value that could be a secret is in it.

Values are printed only of the attributes that a rule names, and only if they have the form of a number, a
switch, a port, an address range, a version or an action.
"""

import re
from ipaddress import ip_network

_HASH = re.compile(r"_[0-9A-F]{8}(?=$|\[)")
_ADDRESS = re.compile(r"(?:module\.[\w-]+\.)*(?:data\.)?[a-z]\w*\.[\w-]+")
# A count, or an availability zone.
_INDEX = re.compile(r'\[(?:\d{1,4}|"[a-z]{2}(?:-[a-z]+)+-\d[a-z]?")\]')
_TYPE = re.compile(r"[a-z][a-z0-9_]{0,80}")
_VERSION = re.compile(r"v?\d{1,6}(?:\.\d{1,6}){0,3}")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_ACTION = re.compile(r"\*|[a-z][a-z0-9-]{1,40}:[A-Za-z0-9]{0,60}\*?")
_SERVICE = re.compile(r"[a-z][a-z0-9-]{1,40}(?:\.[a-z0-9-]{1,40})*\.amazonaws\.com")
_INSTANCE_CLASS = re.compile(r"db\.[a-z]{1,3}\d{1,2}[a-z]{0,3}\.(?:micro|small|medium|large|\d{0,2}xlarge)")
_TLS_POLICY = re.compile(r"ELBSecurityPolicy-TLS13(?:-(?:\d|Res|Ext\d?|FIPS|PQ))+-\d{4}-\d{2}")
_DIGITS_SHOWN = 12

HIDDEN = "a value that is not printed"


def address(text: str) -> str:
    """Return the address of a resource without the hash of CDKTF and without index keys that are not safe."""
    bare, _, index = text.partition("[")
    if not _ADDRESS.fullmatch(bare):
        return "a resource whose address is not printed"
    shown = f"[{index}" if _INDEX.fullmatch(f"[{index}") else "[…]" if index else ""
    return f"{_HASH.sub('', bare)}{shown}"


def label(text: str) -> str:
    """Return the name of a resource alone, as the person who reads the code knows it."""
    return address(text).rpartition(".")[2] if _ADDRESS.match(text) else address(text)


def type_name(text: str) -> str:
    """Return the type of a resource, or that it cannot be printed."""
    return text if _TYPE.fullmatch(text) else "a type whose name is not printed"


def check_name(text: str) -> str:
    """Return the name of a check, or that it cannot be printed."""
    return text if re.fullmatch(r"check\.[\w-]+", text) else address(text)


def value(given: object) -> str:
    """Return a value of an attribute that a rule names, or HIDDEN if its form is another one."""
    match given:
        case bool():
            return "on" if given else "off"
        case int() | float():
            return f"{given:g}" if isinstance(given, float) else str(given)
        case None | "":
            return "not set"
        case str() if any(form.fullmatch(given) for form in (_VERSION, _INSTANCE_CLASS, _TLS_POLICY)):
            return given
        case "standard" | "advanced" | "MUTABLE" | "IMMUTABLE" | "Enabled" | "Suspended" | "Disabled":
            return str(given)
    return HIDDEN


def transition(before: object, after: object) -> str:
    """Return what a value was and becomes."""
    if HIDDEN in (value(before), value(after)):
        return "changes"
    return f"{value(before)} → {value(after)}"


def port(given: object) -> str:
    """Return a port number, whichever type it has."""
    return str(given) if re.fullmatch(r"-1|\d{1,5}", str(given)) else "?"


def cidr(given: object) -> str:
    """Return an address range, with a word for the one that is everybody."""
    if given in ("0.0.0.0/0", "::/0"):
        return f"{given} (everyone)"
    try:
        return str(ip_network(str(given), strict=False))
    except ValueError:
        return "a range that is not printed"


def action(given: str) -> str:
    """Return an IAM action, or that it cannot be printed."""
    return given if _ACTION.fullmatch(given) else "an action that is not printed"


def service(given: str) -> str | None:
    """Return the name of an AWS service as a principal, or None if it is none."""
    return given.removesuffix(".amazonaws.com") if _SERVICE.fullmatch(given) else None


def image(given: object) -> str:
    """Return the version or the digest of a container image, without its registry and its name."""
    if not isinstance(given, str):
        return "an image that is not printed"
    _, at, digest = given.rpartition("@")
    if at and _DIGEST.fullmatch(digest):
        return digest[: len("sha256:") + _DIGITS_SHOWN]
    tag = given.rpartition("/")[2].partition(":")[2]
    return f"tag {tag}" if _VERSION.fullmatch(tag) else "a tag that is not printed"
