"""Which machines a request may go to, by what stands in an address.

Pure. A name is not looked up here: what it stands for is decided where it is asked, perhaps by a
proxy.
"""

from __future__ import annotations

import ipaddress
import socket  # noqa: TID251 - only to read the old forms of an address; nobody is asked
from urllib.parse import urlsplit

_BLOCKED_NETWORKS = tuple(
    ipaddress.ip_network(network)
    for network in ("169.254.0.0/16", "fe80::/10", "fd00:ec2::254/128")
)


def is_blocked(host: str) -> bool:
    """Whether it is a machine's own service, which tells its credentials to whoever asks."""
    address = _literal(host)
    return address is not None and any(
        address in network for network in _BLOCKED_NETWORKS if network.version == address.version
    )


def is_loopback(host: str) -> bool:
    """Whether it is the machine that this runs on."""
    address = _literal(host)
    return host == "localhost" or (address is not None and address.is_loopback)


def may_read(url: str, *, is_local: bool) -> bool:
    """Whether a stranger's address is one that a file may be read from, without any credentials.

    It is https, and no machine's own: but where the API itself is this machine's (`is_local`), so
    may the files be. Raises ValueError for what is no address.
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".")
    is_whole = bool(host) and parts.netloc.isascii() and parts.port != 0
    if not is_whole or "@" in parts.netloc or is_blocked(host):
        return False
    if is_loopback(host):
        return is_local and parts.scheme in {"http", "https"}
    address = _literal(host)
    return parts.scheme == "https" and not (address is not None and address.is_unspecified)


def _literal(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address that a host is written as, in any of the forms that a system's library reads."""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        try:
            return ipaddress.IPv4Address(socket.inet_aton(host))
        except OSError:
            return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped
    return address
