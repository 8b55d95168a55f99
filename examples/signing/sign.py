# SIGNET_KEY=… python3 sign.py /i/article.png title="Hello world" tags='["a","b"]'
"""Signs image URLs with nothing but Python's own library."""

import base64
import hashlib
import hmac
import os
import sys
from collections.abc import Mapping
from urllib.parse import quote


def sign(path: str, parameters: Mapping[str, str], secret: str) -> str:
    """The signed path and query."""
    query = "&".join(f"{name}={quote(parameters[name], safe='')}" for name in sorted(parameters))
    text = f"{path}?{query}" if query else path
    key = hashlib.sha256(b"signet.url.v1signer" + secret.encode()).digest()
    signature = base64.urlsafe_b64encode(hmac.digest(key, text.encode(), "sha256")).rstrip(b"=").decode()
    return f"{text}{'&' if query else '?'}_s={signature}"


if __name__ == "__main__":
    print(sign(sys.argv[1], dict(pair.split("=", 1) for pair in sys.argv[2:]), os.environ["SIGNET_KEY"]))
