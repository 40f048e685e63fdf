"""The cipher suites of both directions: forward secrecy and authenticated encryption only (RFC 9325, 4.2)."""

from twisted.internet.ssl import AcceptableCiphers

CIPHERS = AcceptableCiphers.fromOpenSSLCipherString("ECDHE+AESGCM:ECDHE+CHACHA20:!aNULL")
"""For TLS 1.2; the suites of TLS 1.3 all qualify and are OpenSSL's to choose."""
