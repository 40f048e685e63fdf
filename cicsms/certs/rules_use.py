"""Rules about what certificates may be used for: extensions of the server certificate and of the CAs above it (RFC 5280)."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID

from cicsms.certs.chain import Case, Path, Profile
from cicsms.certs.verdict import CertFinding, Severity

_SERVER = ExtendedKeyUsageOID.SERVER_AUTH
_ANY = ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE
_NEVER_CRITICAL = (
    ExtensionOID.SUBJECT_KEY_IDENTIFIER,
    ExtensionOID.AUTHORITY_KEY_IDENTIFIER,
    ExtensionOID.AUTHORITY_INFORMATION_ACCESS,
)
_AGAIN = "Have it issued again with the right profile for a server."
_CA_AGAIN = "Have this CA issued again with the right profile, and what it signed as well."


def leaf_is_for_servers(case: Case, path: Path) -> Iterator[CertFinding]:
    """The server certificate may be used by a server."""
    leaf, named = case.leaf, case.leaf.named
    purposes = leaf.get(x509.ExtendedKeyUsage)
    if purposes is None:
        if not leaf.malformed:
            yield CertFinding(
                "EKU-MISSING", Severity.WARNING, "It has no extended key usage; strict peers want serverAuth.", _AGAIN, named
            )
    elif _SERVER not in purposes and _ANY in purposes:
        yield CertFinding(
            "EKU-ANY", Severity.WARNING, "It is for any purpose instead of serverAuth; strict peers refuse it.", _AGAIN, named
        )
    elif _SERVER not in purposes:
        listed = ", ".join(one._name for one in purposes)
        said = "The certificate is not for servers: its extended key usage lacks serverAuth."
        yield CertFinding("EKU-NO-SERVERAUTH", Severity.ERROR, said, _AGAIN, named, f"extended key usage: {listed}")
    elif case.profile is Profile.PUBLIC and ExtendedKeyUsageOID.CLIENT_AUTH in purposes:
        said = "It is for clients as well, which public CAs no longer issue."
        yield CertFinding("EKU-CLIENTAUTH-PUBLIC", Severity.WARNING, said, "Use a private CA for mutual TLS.", named)


def leaf_may_sign_handshakes(case: Case, path: Path) -> Iterator[CertFinding]:
    """The server's key may make digital signatures, which every handshake with forward secrecy needs."""
    usage = case.leaf.get(x509.KeyUsage)
    if usage is not None and not usage.digital_signature:
        said = "Its key usage lacks digitalSignature, which every TLS handshake with forward secrecy needs."
        yield CertFinding("KU-NO-DIGSIG", Severity.ERROR, said, _AGAIN, case.leaf.named)


def leaf_is_no_authority(case: Case, path: Path) -> Iterator[CertFinding]:
    """The server certificate is not a CA, and may not sign as one."""
    basic, usage = case.leaf.get(x509.BasicConstraints), case.leaf.get(x509.KeyUsage)
    if (basic is not None and basic.ca) or (usage is not None and usage.key_cert_sign):
        said = "It is marked as a CA, or as one that may sign; strict peers refuse it, and its key can make certificates."
        yield CertFinding("LEAF-IS-CA", Severity.WARNING, said, _AGAIN, case.leaf.named)


def leaf_wants_no_staple(case: Case, path: Path) -> Iterator[CertFinding]:
    """The server certificate does not demand OCSP stapling, which this server can't do."""
    feature = case.leaf.get(x509.TLSFeature)
    if feature is not None and x509.TLSFeatureType.status_request in feature:
        said = "The certificate demands a stapled OCSP answer, which this server does not send."
        yield CertFinding("MUST-STAPLE", Severity.ERROR, said, "Have it issued again without must-staple.", case.leaf.named)


def authorities_may_sign(case: Case, path: Path) -> Iterator[CertFinding]:
    """Every CA of the path is one, and may sign certificates for servers."""
    for one in path.authorities:
        basic, usage, purposes = one.get(x509.BasicConstraints), one.get(x509.KeyUsage), one.get(x509.ExtendedKeyUsage)
        if one.malformed:
            continue
        if basic is None or not basic.ca:
            said = "It signed a certificate and is not marked as a CA."
            yield CertFinding("CA-NOT-CA", Severity.ERROR, said, _CA_AGAIN, one.named)
        if usage is None:
            said = "This CA has no key usage, which RFC 5280 demands; strict peers refuse it."
            yield CertFinding("CA-NO-KEYCERTSIGN", Severity.WARNING, said, _CA_AGAIN, one.named)
        elif not usage.key_cert_sign:
            said = "It signed a certificate, and its key usage does not allow that (keyCertSign)."
            yield CertFinding("CA-NO-KEYCERTSIGN", Severity.ERROR, said, _CA_AGAIN, one.named)
        if purposes is not None and not {_SERVER, _ANY} & set(purposes) and not (path.anchored and one is path.last):
            said = "Its extended key usage excludes servers, so nothing below it can be one."
            yield CertFinding("CA-EKU-EXCLUDES", Severity.ERROR, said, _CA_AGAIN, one.named)


def within_path_lengths(case: Case, path: Path) -> Iterator[CertFinding]:
    """No more CAs stand below a CA than it allows; self-issued ones do not count."""
    for place, one in enumerate(path.authorities):
        basic = one.get(x509.BasicConstraints)
        below = sum(not member.self_issued for member in path.authorities[:place])
        if basic is not None and basic.ca and basic.path_length is not None and below > basic.path_length:
            said = f"It allows {basic.path_length} CAs below it, and there are {below}."
            yield CertFinding(
                "CA-PATHLEN", Severity.ERROR, said, "Have the server certificate issued higher up, or this CA again.", one.named
            )


def within_name_constraints(case: Case, path: Path) -> Iterator[CertFinding]:
    """Every name of the server certificate is one that the CAs above may sign for."""
    names = case.leaf.get(x509.SubjectAlternativeName) or ()
    for one in path.authorities:
        rules = one.get(x509.NameConstraints)
        if rules is None:
            continue
        if not one.extensions[x509.NameConstraints.oid].critical:
            said = "Its name constraints are not marked critical; some peers ignore them."
            yield CertFinding("NC-NOT-CRITICAL", Severity.WARNING, said, _CA_AGAIN, one.named)
        forbidden = [str(name.value) for name in names if not _allowed(name, rules)]
        if forbidden:
            said = f"This CA may not sign for {', '.join(forbidden[:5])}: its name constraints forbid it."
            yield CertFinding(
                "NC-VIOLATION", Severity.ERROR, said, "Use another CA for these names, or leave them out.", one.named
            )


def extensions_are_known(case: Case, path: Path) -> Iterator[CertFinding]:
    """Every extension can be read, and no critical one is unknown: peers must refuse it."""
    for one in path.members:
        if one.malformed:
            said = "Its extensions can't be read; peers must refuse it."
            yield CertFinding("EXT-MALFORMED", Severity.ERROR, said, "Have it issued again.", one.named, one.malformed[:200])
        for oid, extension in one.extensions.items():
            if extension.critical and isinstance(extension.value, x509.UnrecognizedExtension):
                said = f"It has a critical extension that nobody knows ({oid.dotted_string}); peers must refuse it."
                yield CertFinding("EXT-UNKNOWN-CRITICAL", Severity.ERROR, said, "Have it issued again without it.", one.named)


def extensions_are_marked_rightly(case: Case, path: Path) -> Iterator[CertFinding]:
    """Extensions are critical or not as RFC 5280 demands, for those where peers look."""
    for one in path.members:
        wrong = [oid._name for oid in _NEVER_CRITICAL if oid in one.extensions and one.extensions[oid].critical]
        basic = one.extensions.get(ExtensionOID.BASIC_CONSTRAINTS)
        if one is not case.leaf and basic is not None and not basic.critical:
            wrong.append("basicConstraints")
        names = one.extensions.get(ExtensionOID.SUBJECT_ALTERNATIVE_NAME)
        if one is case.leaf and names is not None and names.critical and one.named.subject != "no name":
            wrong.append("subjectAltName")
        if wrong:
            said = f"Marked critical where it must not be, or the reverse: {', '.join(wrong)}; strict peers refuse it."
            yield CertFinding("EXT-CRITICALITY", Severity.WARNING, said, "Have it issued again.", one.named)


def identifiers_are_there(case: Case, path: Path) -> Iterator[CertFinding]:
    """Key identifiers are there: Python 3.13 and later refuse chains without them."""
    for one in path.members:
        if one.malformed:
            continue
        if not one.self_issued and ExtensionOID.AUTHORITY_KEY_IDENTIFIER not in one.extensions:
            said = "It has no authority key identifier; strict peers (Python 3.13 and later) refuse it."
            yield CertFinding("ID-NO-AKI", Severity.WARNING, said, "Have it issued again with one.", one.named)
        if one is not case.leaf and ExtensionOID.SUBJECT_KEY_IDENTIFIER not in one.extensions:
            said = "This CA has no subject key identifier; strict peers (Python 3.13 and later) refuse it."
            yield CertFinding("ID-NO-SKI", Severity.WARNING, said, "Have it issued again with one.", one.named)


def _allowed(name: x509.GeneralName, rules: x509.NameConstraints) -> bool:
    """Tell whether name constraints allow a name: none excluded fits, and one permitted does where any is of its kind."""
    kind = [rule for rule in rules.permitted_subtrees or () if type(rule) is type(name)]
    excluded = any(_within(name, rule) for rule in rules.excluded_subtrees or ())
    return not excluded and (not kind or any(_within(name, rule) for rule in kind))


def _within(name: x509.GeneralName, rule: x509.GeneralName) -> bool:
    """Tell whether a DNS name or an address lies within a constraint of its kind."""
    value, limit = name.value, rule.value
    if isinstance(name, x509.DNSName) and isinstance(rule, x509.DNSName):
        host, domain = name.value.lower().removeprefix("*."), rule.value.lower().removeprefix(".")
        return not domain or host == domain or host.endswith("." + domain)
    if isinstance(value, IPv4Address) and isinstance(limit, IPv4Network):
        return value in limit
    return isinstance(value, IPv6Address) and isinstance(limit, IPv6Network) and value in limit


RULES = (
    leaf_is_for_servers,
    leaf_may_sign_handshakes,
    leaf_is_no_authority,
    leaf_wants_no_staple,
    authorities_may_sign,
    within_path_lengths,
    within_name_constraints,
    extensions_are_known,
    extensions_are_marked_rightly,
    identifiers_are_there,
)
