"""The URL grammar of images: `parse` and `build` are inverses on canonical URLs.

    /i/{template}.{ext}?{variable}={value}&…&_s={signature}      names    which parameter names exist
    /t/{token}.{ext}                                             query    the query string, canonical spelling
                                                                 options  reserved parameters
                                                                 tokens   the token's payload
                                                                 request  ImageRequest, split, parse, build
                                                                 public   absolute URLs and their dangers

Signatures are made and checked in `server.signing`.
"""

from server.urls.names import FORMATS, read_format
from server.urls.options import Options
from server.urls.public import url_warnings, with_public_url, without_public_url
from server.urls.request import DEFAULT_MAX_URL_LENGTH, ImageRequest, QueryUrl, TokenUrl, build, parse, split

__all__ = [
    "DEFAULT_MAX_URL_LENGTH",
    "FORMATS",
    "ImageRequest",
    "Options",
    "QueryUrl",
    "TokenUrl",
    "build",
    "parse",
    "read_format",
    "split",
    "url_warnings",
    "with_public_url",
    "without_public_url",
]
