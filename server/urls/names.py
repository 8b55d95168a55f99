"""Which names may stand in an image URL, and which are somebody else's.

Four kinds of parameter names arrive: variables of the template, Signet's own reserved names (they start with `_`),
tracking parameters that mail programs and advertisers append, and everything else, which is refused.
"""

from __future__ import annotations

import re
from enum import Enum
from functools import lru_cache
from html.entities import html5
from typing import Final
from urllib.parse import unquote

SIGNATURE: Final = "_s"
RESERVED: Final = frozenset({"_v", "_e", "_d", "_q", "_l", "_variant", "_w", "_h", "_k"})
"""Reserved names a request may carry beside its signature."""

FORMATS: Final = ("png", "jpg", "webp", "avif", "gif", "pdf")
FORMAT_ALIASES: Final = {"jpeg": "jpg"}

CLOUDFRONT_RESERVED: Final = frozenset({"Expires", "Policy", "Signature", "Key-Pair-Id"})
"""CloudFront takes these from the query of any URL it serves and never passes them on. Its names are case-sensitive,
so `expires` or `signature` in lower case are free for variables."""

TRACKING_PREFIXES: Final = ("utm_", "mtm_", "hsa_")
"""Google Analytics, Matomo and HubSpot Ads append whole families."""

TRACKING_BY_ORIGIN: Final = {
    "Google": "gclid gclsrc dclid gbraid wbraid gad_source gad_campaignid srsltid _ga _gl",
    "Meta": "fbclid fb_action_ids fb_action_types fb_ref fb_source igshid igsh mibextid",
    "Microsoft, X, TikTok, LinkedIn": "msclkid twclid ttclid li_fat_id",
    "Pinterest, Reddit, Snapchat": "epik rdt_cid sccid",
    "Yandex, OpenStat, Outbrain, Taboola, Adobe": "yclid ysclid _openstat dicbo tblci s_kwcid",
    "Branch, Impact, CJ, Wicked Reports, Rockerbox": "_branch_match_id irclickid cjevent wickedid rb_clickid",
    "Matomo": "pk_campaign pk_kwd pk_keyword pk_source pk_medium pk_content pk_cid",
    "Mailchimp": "mc_cid mc_eid mc_tc",
    "HubSpot": "_hsenc _hsmi __hssc __hstc __hsfp hsctatracking",
    "Marketo, Klaviyo, Vero, Kit": "mkt_tok _kx _ke vero_id vero_conv ck_subscriber_id",
    "MailerLite, Drip, beehiiv, Bronto": "ml_subscriber ml_subscriber_hash __s _bhlid _bta_tid _bta_c",
    "Omeda, Eloqua, Dotdigital": "oly_enc_id oly_anon_id elqtrack elqtrackid dm_i",
}
TRACKING_NAMES: Final = frozenset(" ".join(TRACKING_BY_ORIGIN.values()).split())
"""Parameters that are ignored wherever they appear; compared without regard to case."""

_TEMPLATE = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_VARIABLE = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
# `&copy` needs no semicolon in HTML, but only where `=`, a letter or a digit doesn't follow: `&copy_x` is eaten.
_HTML_EATS = re.compile(f"(?:{'|'.join(sorted(name for name in html5 if not name.endswith(';')))})_")


class Kind(Enum):
    """What a parameter's name makes of it."""

    VARIABLE = "variable"
    RESERVED = "reserved"
    SIGNATURE = "signature"
    TRACKING = "tracking"
    REFUSED = "refused"


def is_template_name(name: str) -> bool:
    """Whether `name` can name a template: 1 to 64 lower-case letters, digits and hyphens, no leading hyphen."""
    return _TEMPLATE.fullmatch(name) is not None


def read_format(extension: str) -> str | None:
    """The format an extension stands for (`jpeg` is read as `jpg`), or None if Signet has no such format."""
    extension = FORMAT_ALIASES.get(extension, extension)
    return extension if extension in FORMATS else None


def is_tracking(name: str) -> bool:
    """Whether mail programs or advertisers append parameters of this name to other people's URLs."""
    name = name.lower()
    return name in TRACKING_NAMES or name.startswith(TRACKING_PREFIXES)


def why_not_a_variable(name: str) -> str:
    """Why a request can't be signed with a variable of this name, as a sentence; empty if it can."""
    if name in CLOUDFRONT_RESERVED:
        return "CloudFront keeps this name for its own signed URLs and would strip it; rename the variable."
    if is_tracking(name):
        return "this is the name of a tracking parameter, which Signet ignores in URLs; rename the variable."
    if name.startswith("_"):
        return "names that start with an underscore are reserved for Signet's options."
    if _VARIABLE.fullmatch(name) is None:
        return "a variable's name is a letter followed by at most 63 letters, digits and underscores."
    return ""


def eaten_by_html(name: str) -> bool:
    """Whether `&name=` left unescaped in an HTML attribute loses its start to a character reference (`&times_sold`).

    Source: HTML Living Standard 13.2.5.73, named character references without a semicolon.
    """
    return _HTML_EATS.match(name) is not None


@lru_cache(maxsize=2048)
def classify(raw: str) -> tuple[Kind, str]:
    """Kind and real name of a parameter as it stands in the query.

    The name may be percent-encoded though it need not be, and may start with `amp;` where `&amp;` was copied from
    HTML without decoding it (more than once where it was escaped twice). No name contains `;`, so that is no guess.
    """
    name = unquote(raw) if "%" in raw else raw
    while name.startswith("amp;"):
        name = name[4:]
    if name == SIGNATURE:
        return Kind.SIGNATURE, name
    if name in RESERVED:
        return Kind.RESERVED, name
    if is_tracking(name):
        return Kind.TRACKING, name
    return (Kind.REFUSED if why_not_a_variable(name) else Kind.VARIABLE), name
