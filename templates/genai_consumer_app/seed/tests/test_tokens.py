"""Whom the authoriser lets in, and whom it doesn't."""

import json

import pytest
from app.authorizer import policy
from app.tokens import Issuer, TokenError, key_of, subject

from tests import signing

NOW = 1_800_000_000
CLAIMS = {"iss": "https://id.example.com", "aud": "handbook-dev", "sub": "ana", "exp": NOW + 60}
ISSUERS = (Issuer("https://id.example.com", "handbook-dev", {"k1": (signing.N, signing.E)}),)


def test_a_good_token_says_who_calls():
    assert subject(signing.token(CLAIMS), ISSUERS, NOW) == "https://id.example.com#ana"
    assert subject(signing.token({**CLAIMS, "aud": ["x", "handbook-dev"]}), ISSUERS, NOW)


@pytest.mark.parametrize(
    ("claims", "header", "why"),
    [
        ({"exp": NOW - 31}, {}, "expired"),
        ({"exp": "never"}, {}, "no time"),
        ({"nbf": NOW + 31}, {}, "valid yet"),
        ({"aud": "payroll-dev"}, {}, "another application"),
        ({"iss": "https://evil.example.com"}, {}, "issuer"),
        ({"sub": ""}, {}, "no subject"),
        ({}, {"alg": "none"}, "RS256"),
        ({}, {"alg": "HS256"}, "RS256"),
        ({}, {"kid": "k2"}, "signature"),
    ],
)
def test_a_bad_token_is_refused(claims, header, why):
    with pytest.raises(TokenError, match=why):
        subject(signing.token({**CLAIMS, **claims}, **header), ISSUERS, NOW)


@pytest.mark.parametrize("spoilt", ["", "a", "a.b", "a.b.c", "....", "e30.e30.", "bm8.bm8.bm8"])
def test_what_is_no_token_is_refused(spoilt):
    with pytest.raises(TokenError):
        subject(spoilt, ISSUERS, NOW)


def test_a_changed_token_is_refused():
    header, _, signature = signing.token(CLAIMS).split(".")
    forged = signing.encoded(json.dumps({**CLAIMS, "sub": "bo"}).encode())
    with pytest.raises(TokenError, match="signature"):
        subject(f"{header}.{forged}.{signature}", ISSUERS, NOW)


def test_a_signature_of_another_length_is_refused():
    token = signing.token(CLAIMS)
    for other in (token[:-8], token + "AAAA"):
        with pytest.raises(TokenError):
            subject(other, ISSUERS, NOW)


def test_kms_gives_the_key():
    assert key_of(signing.der()) == (signing.N, signing.E)
    with pytest.raises(TokenError):
        key_of(b"\x30\x00")


def test_identity_providers_come_from_a_file(tmp_path):
    number = signing.encoded(signing.N.to_bytes(signing.LENGTH, "big"))
    jwks = {"keys": [{"kid": "k1", "kty": "RSA", "n": number, "e": "AQAB"}]}
    file = tmp_path / "identity.json"
    file.write_text(json.dumps({"issuers": [{"issuer": "https://id.example.com", "jwks": jwks}]}))
    assert Issuer.load("handbook-dev", file) == ISSUERS


def test_a_policy_opens_one_stage_of_one_interface():
    arn = "arn:aws:execute-api:eu-west-1:000000000025:abc/dev/POST/messages"
    (statement,) = policy("ana", arn)["policyDocument"]["Statement"]
    assert statement["Resource"] == "arn:aws:execute-api:eu-west-1:000000000025:abc/dev/*"
