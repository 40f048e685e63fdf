"""Who the caller is: Basic credentials, signatures and source addresses, in both directions."""

from __future__ import annotations

from collections.abc import Callable
from hmac import compare_digest
from ipaddress import IPv6Address, ip_address, ip_network

from cicsms.model.wire import Headers, HttpRequest, basic_credentials, read_basic
from cicsms.profile.conditions import condition
from cicsms.profile.node import Node
from cicsms.profile.shapes import Shape
from cicsms.profile.signatures import SCHEMES, called_url
from cicsms.profile.templates import Scope, template
from cicsms.profile.values import Unverified

Check = Callable[[HttpRequest, Scope, str], None]


class Basic:
    """Basic credentials (RFC 7617) made of two templates; where both are empty there are none."""

    def __init__(self, node: Node) -> None:
        self._login, self._password = template(node.get("login")), template(node.get("password"))
        self._realm = node.get("realm", "sms")
        self._test = condition(node.attributes.get("when"), node.attributes.get("unless"))

    def lines(self, scope: Scope) -> Headers:
        """Return the Authorization line, if there is anything to say."""
        if self._test and not self._test(scope):
            return ()
        login, password = self._login(scope), self._password(scope)
        if not login and not password:
            return ()
        return ((b"Authorization", basic_credentials(login or "", password or "")),)

    def holds(self, request: HttpRequest, scope: Scope) -> bool:
        """Tell whether the request carries the credentials, or none are wanted."""
        wanted = self.lines(scope)
        if not wanted:
            return True
        given = read_basic(request.header(b"authorization"))
        return given is not None and compare_digest(basic_credentials(*given), wanted[0][1])

    def check(self, request: HttpRequest, scope: Scope, url: str) -> None:
        """Refuse a request without the credentials, with a challenge."""
        if not self.holds(request, scope):
            challenge = f'Basic realm="{self._realm}", charset="UTF-8"'.encode()
            raise Unverified("The user name or password is missing or wrong.", 401, ((b"WWW-Authenticate", challenge),))


KEYS = ("key", "shared", "private", "id", "digest", "nonce")
"""What a signature scheme takes from account and moment, as templates."""

SETTINGS = ("header", "algorithm", "encoding", "prefix", "of", "time-header", "nonce-header", "window", "issuer")
"""What a signature scheme is told by the definition, besides its keys."""


class Signed:
    """A signature scheme with the keys it takes from the registration."""

    def __init__(self, node: Node) -> None:
        self._scheme = SCHEMES[node.get("by")]
        self._keys = {name: template(node.get(name)) for name in KEYS if node.has(name)}
        self._fixed = {name: node.get(name) for name in SETTINGS if node.has(name)}
        self._optional = node.get("optional") == "yes"
        self._test = condition(node.attributes.get("when"), node.attributes.get("unless"))

    def _filled(self, scope: Scope) -> dict[str, str]:
        """Return what the scheme works with: keys that are set, its settings, and the moment where it is known."""
        keys = self._fixed | {name: value for name, fill in self._keys.items() if (value := fill(scope))}
        if "now" in scope:
            keys |= {"now": f"{scope['now'].timestamp():.6f}", "reference": str(scope.get("reference", ""))}
        return keys

    def off(self, scope: Scope) -> bool:
        """Tell whether no key is there, or nothing is signed under these circumstances."""
        return bool(self._test and not self._test(scope)) or "key" not in self._filled(scope)

    def sign(self, request: HttpRequest, scope: Scope, url: str) -> Headers:
        """Return the lines that sign the request; none without a key."""
        return () if self.off(scope) else self._scheme.sign(request, self._filled(scope), called_url(url, request))

    def seal(self, request: HttpRequest, scope: Scope, url: str) -> HttpRequest:
        """Return the request with a signature among its parameters, where that is the scheme's place for it."""
        seal = self._scheme.seal
        return request if seal is None or self.off(scope) else seal(request, self._filled(scope), called_url(url, request))

    def holds(self, request: HttpRequest, scope: Scope) -> bool:
        """Tell whether a request to the broker is signed with the keys, or there is no key."""
        return self.off(scope) or self._scheme.verify(request, self._filled(scope), request.url)

    def check(self, request: HttpRequest, scope: Scope, url: str) -> None:
        """Refuse a request with a wrong signature, and any request where a needed key is not configured."""
        if self._test and not self._test(scope):
            return
        keys = self._filled(scope)
        if "key" not in keys:
            if self._optional:
                return
            raise Unverified("No key is configured to verify signatures with.")
        if not self._scheme.verify(request, keys, called_url(url, request)):
            raise Unverified("The signature is missing or wrong.")


class Peers:
    """The addresses that may call, as a list of networks; an empty list lets everybody."""

    def __init__(self, node: Node) -> None:
        self._listed = template(node.get("from"))

    def check(self, request: HttpRequest, scope: Scope, url: str) -> None:
        """Refuse a caller from elsewhere."""
        listed = self._listed(scope)
        if not listed:
            return
        try:
            address = ip_address(request.peer)
            if isinstance(address, IPv6Address) and address.ipv4_mapped:
                address = address.ipv4_mapped
            known = any(address in ip_network(entry, strict=False) for entry in listed.replace(",", " ").split())
        except ValueError:
            known = False
        if not known:
            raise Unverified("The address of the caller is not one of the broker's.")


class Verification:
    """Every check of one webhook: those of its ``verify`` element, then the secret places of its shape."""

    def __init__(self, node: Node, shape: Shape) -> None:
        listed = node.first("verify") or Node("verify")
        self.basic = tuple(map(Basic, listed.all("basic")))
        self.signed = tuple(map(Signed, listed.all("signed")))
        self._optional = all(child.get("optional") == "yes" for child in listed.all("signed"))
        self._shape = shape
        checks: list[Check] = [Peers(child).check for child in listed.all("peers")]
        self._checks: tuple[Check, ...] = (*checks, *(one.check for one in self.basic), *(one.check for one in self.signed))

    def check(self, request: HttpRequest, scope: Scope, url: str) -> None:
        """Raise ``Unverified`` unless every check is content."""
        for check in self._checks:
            check(request, scope, url)
        if self._shape.proofs and not self._shape.proven(request, scope):
            raise Unverified("The secret in the request is missing or wrong.", 401)

    def sign(self, request: HttpRequest, scope: Scope, url: str) -> Headers:
        """Return the lines with which the broker proves itself."""
        lines = tuple(line for one in self.basic for line in one.lines(scope))
        return lines + tuple(line for one in self.signed for line in one.sign(request, scope, url))

    def seal(self, request: HttpRequest, scope: Scope, url: str) -> HttpRequest:
        """Return the request with whatever proof stands among its parameters."""
        for one in self.signed:
            request = one.seal(request, scope, url)
        return request

    def unkeyed(self, scope: Scope) -> bool:
        """Tell whether a key is missing without which every request is refused."""
        return not self._optional and any(one.off(scope) for one in self.signed)

    def unsigned(self, scope: Scope) -> bool:
        """Tell whether the broker could sign, but no key is set, so that requests are believed without a signature."""
        return self._optional and bool(self.signed) and all(one.off(scope) for one in self.signed)
