"""Forgetting pictures before their time, in every cache between the origin and the reader.

wanted ← edge_cache, rounds, cdn/ ← purger
"""

from server.purging.cdn import configured_cdns
from server.purging.edge_cache import EdgeCache
from server.purging.purger import DONE, Purged, Purger
from server.purging.wanted import Wanted, read_wanted

__all__ = ["DONE", "EdgeCache", "Purged", "Purger", "Wanted", "configured_cdns", "read_wanted"]
