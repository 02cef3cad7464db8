"""Where calls that a person configured may go: nowhere inside, unless a setting allows it.

A name is resolved once, every address it has is judged, and the caller connects to the address that was judged: what
the name says a moment later (DNS rebinding) changes nothing.
"""

import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

from inframind.errors import Rejected, Unavailable

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Resolve = Callable[[str, int], Sequence[str]]
NAT64 = ip_network("64:ff9b::/96")


@dataclass(frozen=True, slots=True)
class Target:
    """An address that was judged, the name to ask it for, and the path, which may be secret."""

    host: str
    address: str
    port: int
    is_tls: bool
    path: str

    def __repr__(self) -> str:
        return f"Target({self.host})"


def networks(text: str) -> tuple[Network, ...]:
    """The networks that a setting allows, separated by commas.

    >>> [str(one) for one in networks("127.0.0.0/8, ::1/128")]
    ['127.0.0.0/8', '::1/128']
    """
    return tuple(ip_network(piece.strip()) for piece in text.split(",") if piece.strip())


def resolved(host: str, port: int) -> Sequence[str]:
    """Every address of a host, as the system's resolver gives them."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def target(url: str, allowed: Sequence[Network], resolve: Resolve = resolved, *, plain: bool = False) -> Target:
    """Where to connect for `url`. Raises `Rejected` for what is not allowed, `Unavailable` for an unknown name.

    Without TLS it may only lead to this machine, or with `plain` to any network that is allowed.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise Rejected("The address cannot be read.") from error
    if parts.scheme not in {"https", "http"} or not host or parts.username is not None:
        raise Rejected("The address must be https://host/path, without a user name.")
    is_tls = parts.scheme == "https"
    port = port or (443 if is_tls else 80)
    address = _judged(host, _addresses(host, port, resolve), allowed, is_tls=is_tls, plain=plain)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(host, address, port, is_tls, path)


def is_public(address: Address) -> bool:
    """Whether the address, and any address it embeds, is one of the open Internet.

    >>> [is_public(ip_address(one)) for one in ("8.8.8.8", "10.0.0.1", "169.254.169.254", "::ffff:127.0.0.1")]
    [True, False, False, False]
    """
    inner = _embedded(address)
    if inner is not None:
        return is_public(inner)
    inside = isinstance(address, IPv6Address) and address.is_site_local  # fec0::/10, which Python takes for global
    return address.is_global and not (inside or address.is_multicast or address.is_reserved)


def _embedded(address: Address) -> IPv4Address | None:
    if isinstance(address, IPv4Address):
        return None
    if address in NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    tunnelled = address.teredo[1] if address.teredo else None
    return address.ipv4_mapped or address.sixtofour or tunnelled


def _addresses(host: str, port: int, resolve: Resolve) -> list[Address]:
    try:
        found = [ip_address(text.partition("%")[0]) for text in resolve(host, port)]
    except (OSError, UnicodeError) as error:
        raise Unavailable(f"{host} could not be resolved.") from error
    if not found:
        raise Unavailable(f"{host} has no address.")
    return found


def _judged(host: str, found: Sequence[Address], allowed: Sequence[Network], *, is_tls: bool, plain: bool) -> str:
    for address in found:
        bare = address.ipv4_mapped or address if isinstance(address, IPv6Address) else address
        is_allowed = any(bare.version == network.version and bare in network for network in allowed)
        if not is_public(address) and not is_allowed:
            raise Rejected(
                f"{host} leads to an address that is not of the open Internet; OutboundAllowed names exceptions."
            )
        if not is_tls and not (is_allowed and (plain or bare.is_loopback)):
            raise Rejected(f"{host} must be called over https.")
    return str(found[0])
