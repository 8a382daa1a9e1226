"""The host names of the emulator's own servers, such as a cluster's endpoint, and their loopback addresses.

What listens on an endpoint's host name registers it here. What the emulator runs, functions and containers,
finds the address here, since no DNS server knows the names.
"""

import ipaddress
from collections.abc import Mapping
from pathlib import Path
from threading import Lock

_LOOPBACK = ipaddress.ip_network("127.0.0.0/8")

_lock = Lock()
_addresses: dict[str, str] = {}
_ca_files: list[Path] = []


def register(host_name: str, address: str) -> None:
    """Let functions and containers find the host name at this loopback address.

    Raises ValueError if it is no loopback address: nothing that the emulator runs connects to another one.
    """
    if ipaddress.ip_address(address) not in _LOOPBACK:
        raise ValueError(f"{host_name} must have an address in {_LOOPBACK}, not {address}")
    with _lock:
        _addresses[host_name.lower()] = address


def unregister(host_name: str) -> None:
    """Forget the host name; one that is not registered is ignored."""
    with _lock:
        _addresses.pop(host_name.lower(), None)


def addresses() -> Mapping[str, str]:
    """Host name in lower case → loopback address."""
    with _lock:
        return dict(_addresses)


def address_of(host_name: str) -> str | None:
    """The loopback address of a registered host name."""
    return addresses().get(host_name.lower())


def use_ca(file: Path | None) -> None:
    """Set the file in PEM format with the certificate authority of the registered servers; None without
    one."""
    with _lock:
        _ca_files[:] = [] if file is None else [file]


def ca_file() -> Path | None:
    """The file that `use_ca` set."""
    with _lock:
        return _ca_files[0] if _ca_files else None
