"""Signs tokens as an identity provider does, with a key that is for tests only: small, fast, and no secret."""

import base64
import hashlib
import json
from typing import Any

N = int(
    "cdcf955466d28c936fb4a057ac57a040214d75fefd9138bf4a9e01dea80b5118650759eacb82d7292402d852d8be96d853fd"
    "015aa35090b752055c878b667bdeede05f4ff6a4c1ab5a87e071846515e59bfd71e820ae6c2524b7ceb29dfb11900f7f299a"
    "e9371ea31e5013eaa6517d819323e521f225c4c66bad3d6a57b4fac9",
    16,
)
D = int(
    "d179c6f3f0f3bc41142134520807e8035de209874f6ecfe3637f0f4820a1e418803bcb393f8a1c94b322722b60901bd87323"
    "c08d104c9ffef66c9e9117416830d92703481167d78c12820e141229ceef1d44655cdbeeb32128d516fc31e52d4688bd4d70"
    "8f2a33ac22d2af426bddcb1c68a7531f9ba55943485765c0b1a4635",
    16,
)
E = 65537
LENGTH = (N.bit_length() + 7) // 8
SHA256 = bytes.fromhex("3031300d060960864801650304020105000420")


def encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def sign(message: bytes) -> bytes:
    """RSASSA-PKCS1-v1_5 with SHA-256."""
    digest = SHA256 + hashlib.sha256(message).digest()
    block = b"\x00\x01" + b"\xff" * (LENGTH - len(digest) - 3) + b"\x00" + digest
    return pow(int.from_bytes(block, "big"), D, N).to_bytes(LENGTH, "big")


def token(claims: dict[str, Any], **header: Any) -> str:
    parts = ({"alg": "RS256", "kid": "k1", **header}, claims)
    signed = ".".join(encoded(json.dumps(part).encode()) for part in parts)
    return f"{signed}.{encoded(sign(signed.encode()))}"


def der() -> bytes:
    """The public key as KMS gives it: SubjectPublicKeyInfo."""

    def element(tag: int, content: bytes) -> bytes:
        size = len(content)
        length = bytes([size]) if size < 0x80 else b"\x82" + size.to_bytes(2, "big")
        return bytes([tag]) + length + content

    def number(value: int) -> bytes:
        return element(0x02, b"\x00" + value.to_bytes((value.bit_length() + 7) // 8, "big"))

    key = element(0x30, number(N) + number(E))
    return element(0x30, bytes.fromhex("300d06092a864886f70d0101010500") + element(0x03, b"\x00" + key))
