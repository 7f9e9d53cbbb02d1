"""JSON Web Tokens, signed with RS256 (RFC 7519, RFC 7518 3.3), verified with the standard library alone."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

IDENTITY = Path(__file__).parent / "identity.json"
LEEWAY = 30
"""Seconds by which clocks may differ."""
SHA256 = bytes.fromhex("3031300d060960864801650304020105000420")
"""What stands before the digest in a PKCS #1 1.5 signature."""
RSA = bytes.fromhex("300d06092a864886f70d0101010500")
"""What a public key's info says of itself: RSA."""

Key = tuple[int, int]
"""Modulus and exponent."""


class TokenError(ValueError):
    """A token that is not accepted, and why: for the log, not for the caller."""


@dataclass(frozen=True)
class Issuer:
    """Who signs tokens, for whom, with which keys by their ids."""

    name: str
    audience: str
    keys: Mapping[str, Key]

    @classmethod
    def load(cls, audience: str, file: Path = IDENTITY) -> "tuple[Issuer, ...]":
        """The company's identity providers in identity.json: issuer and JWKS of each. Their audience is ours."""
        content = json.loads(file.read_text(encoding="utf-8"))
        return tuple(
            cls(
                one["issuer"],
                one.get("audience", audience),
                {key["kid"]: (_number(key["n"]), _number(key["e"])) for key in one["jwks"]["keys"]},
            )
            for one in content["issuers"]
        )


def subject(token: str, issuers: Sequence[Issuer], now: float) -> str:
    """Who the token is about.

    Args:
        now: seconds since the epoch.

    Raises:
        TokenError: it is malformed, unsigned, forged, expired, not yet valid, or meant for another application.
    """
    try:
        signed, _, signature = token.rpartition(".")
        header, claims = (json.loads(_bytes(part)) for part in signed.split("."))
        issuer = next((one for one in issuers if one.name == claims.get("iss")), None)
    except (ValueError, AttributeError) as error:
        raise TokenError("it can't be read") from error
    if issuer is None:
        raise TokenError("nobody knows its issuer")
    if header.get("alg") != "RS256":
        raise TokenError(f"it is signed by {header.get('alg')!r}, not by RS256")
    key = issuer.keys.get(str(header.get("kid")))
    if key is None or not verified(signed.encode(), _bytes(signature), key):
        raise TokenError("its signature is not the issuer's")
    audience = claims.get("aud")
    if issuer.audience not in (audience if isinstance(audience, list) else [audience]):
        raise TokenError("it is meant for another application")
    if not _time(claims, "nbf", now) <= now + LEEWAY:
        raise TokenError("it isn't valid yet")
    if not now - LEEWAY < _time(claims, "exp", 0):
        raise TokenError("it has expired")
    who = claims.get("sub")
    if not isinstance(who, str) or not who:
        raise TokenError("it has no subject")
    return f"{issuer.name}#{who}"


def verified(message: bytes, signature: bytes, key: Key) -> bool:
    """Whether the signature is the key's: RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017, 8.2.2)."""
    modulus, exponent = key
    length = (modulus.bit_length() + 7) // 8
    digest = SHA256 + hashlib.sha256(message).digest()
    expected = b"\x00\x01" + b"\xff" * (length - len(digest) - 3) + b"\x00" + digest
    found = pow(int.from_bytes(signature, "big"), exponent, modulus).to_bytes(length, "big")
    return len(signature) == length and hmac.compare_digest(found, expected)


def key_of(der: bytes) -> Key:
    """The RSA key in a public key's info, as KMS gives it (RFC 5280, 4.1.2.7).

    Raises:
        TokenError: it is none.
    """
    content = _value(der, 0x30)
    if not content.startswith(RSA):
        raise TokenError("the key is no RSA key")
    numbers = _value(_value(content[len(RSA) :], 0x03)[1:], 0x30)
    modulus = _value(numbers, 0x02)
    return int.from_bytes(modulus, "big"), int.from_bytes(_value(_rest(numbers), 0x02), "big")


def _value(der: bytes, tag: int) -> bytes:
    """The content of the first element."""
    if not der or der[0] != tag:
        raise TokenError("the key can't be read")
    start, length = _extent(der)
    return der[start : start + length]


def _rest(der: bytes) -> bytes:
    """What follows the first element."""
    start, length = _extent(der)
    return der[start + length :]


def _extent(der: bytes) -> tuple[int, int]:
    """Where an element's content begins, and its length."""
    if der[1] < 0x80:
        return 2, der[1]
    size = der[1] & 0x7F
    return 2 + size, int.from_bytes(der[2 : 2 + size], "big")


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _number(text: str) -> int:
    return int.from_bytes(_bytes(text), "big")


def _time(claims: Mapping[str, Any], name: str, default: float) -> float:
    value = claims.get(name, default)
    if not isinstance(value, int | float):
        raise TokenError(f"its {name} is no time")
    return value
