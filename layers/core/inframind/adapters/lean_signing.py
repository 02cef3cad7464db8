"""AWS Signature Version 4 for a POST to `/` (docs.aws.amazon.com, "Create a signed AWS API request")."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

ALGORITHM = "AWS4-HMAC-SHA256"


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a request is signed with."""

    key: str
    secret: str
    token: str | None = None


def signed(headers: Mapping[str, str], body: bytes, scope: tuple[str, str], credentials: Credentials) -> dict[str, str]:
    """`headers` (lower-case names, `host` and `x-amz-date` among them) with the signature over them and `body`.

    `scope` is (service, region).
    """
    service, region = scope
    own = {"x-amz-security-token": credentials.token} if credentials.token else {}
    to_sign = dict(sorted((dict(headers) | own).items()))
    names = ";".join(to_sign)
    lines = "".join(f"{name}:{value}\n" for name, value in to_sign.items())
    request = f"POST\n/\n\n{lines}\n{names}\n{hashlib.sha256(body).hexdigest()}"
    moment = headers["x-amz-date"]
    day_scope = f"{moment[:8]}/{region}/{service}/aws4_request"
    text = f"{ALGORITHM}\n{moment}\n{day_scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    signature = hmac.new(_key(credentials.secret, day_scope), text.encode(), hashlib.sha256).hexdigest()
    proof = f"{ALGORITHM} Credential={credentials.key}/{day_scope}, SignedHeaders={names}, Signature={signature}"
    return to_sign | {"authorization": proof}


@lru_cache(8)
def _key(secret: str, day_scope: str) -> bytes:
    """The key of a day, derived step by step from the secret."""
    key = f"AWS4{secret}".encode()
    for part in day_scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key
