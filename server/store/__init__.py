"""The render store: finished images by render key, in memory over disk, bounded in bytes.

entries ← files ← index ← disk ← tiers
entries, journal ← memory ← tiers
"""

from server.store.disk import DiskStore
from server.store.entries import RenderStore, StoredRender, StoreStats
from server.store.journal import JOURNAL_FILE, PurgeJournal
from server.store.memory import MemoryStore
from server.store.tiers import TieredStore

__all__ = [
    "JOURNAL_FILE",
    "DiskStore",
    "MemoryStore",
    "PurgeJournal",
    "RenderStore",
    "StoreStats",
    "StoredRender",
    "TieredStore",
]
