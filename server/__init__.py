"""The edge-cacheable image server: URLs, signatures, caching, render processes, HTTP."""
