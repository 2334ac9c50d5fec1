"""The certificate that a PostgreSQL server shows, checked by no authority.

Source: PostgreSQL's documentation, "Message Flow", SSL Session Encryption.
"""

from __future__ import annotations

import hashlib
import socket
import ssl
import struct

__all__ = ["fingerprint", "server_certificate"]

_SSL_REQUEST = struct.pack("!ii", 8, 80877103)


def server_certificate(host: str, port: int, seconds: float) -> bytes | None:
    """In DER; None from a server without TLS. OSError if it does not answer."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection((host, port), seconds) as plain:
        plain.sendall(_SSL_REQUEST)
        if plain.recv(1) != b"S":
            return None
        with context.wrap_socket(plain, server_hostname=host) as secured:
            return secured.getpeercert(binary_form=True)


def fingerprint(certificate: bytes) -> str:
    return hashlib.sha256(certificate).hexdigest()
