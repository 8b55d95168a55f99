"""CDNs that can be told to forget: one module each, with the requests that their documentation asks for.

errors ← sending ← cloudflare, fastly, cloudfront (with sigv4), bunny ← configured
"""

from server.purging.cdn.configured import configured_cdns
from server.purging.cdn.sending import Cdn, CdnPurge

__all__ = ["Cdn", "CdnPurge", "configured_cdns"]
