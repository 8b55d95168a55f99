"""The render store: finished images by render key, in memory over disk, bounded in bytes.

entries ← memory, files ← index ← disk ← tiers
"""

from server.store.disk import DiskStore
from server.store.entries import RenderStore, StoredRender, StoreStats
from server.store.memory import MemoryStore
from server.store.tiers import TieredStore

__all__ = ["DiskStore", "MemoryStore", "RenderStore", "StoreStats", "StoredRender", "TieredStore"]
