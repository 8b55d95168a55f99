"""The cache tier: nginx's configuration filled in, and nginx run with it.

configuration ← program
"""

from server.edge.configuration import EdgeSettings, Gate, http_configuration, write_configuration
from server.edge.program import (
    become_nginx,
    find_nginx,
    find_njs,
    free_loopback_address,
    nginx_command,
    supervise_nginx,
)

__all__ = [
    "EdgeSettings",
    "Gate",
    "become_nginx",
    "find_nginx",
    "find_njs",
    "free_loopback_address",
    "http_configuration",
    "nginx_command",
    "supervise_nginx",
    "write_configuration",
]
