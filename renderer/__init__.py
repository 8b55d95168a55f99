"""Signet's renderer: template, values and assets in, image bytes out. Pure: no sockets, no environment, no clock."""
