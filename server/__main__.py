"""`python -m server` is the `signet` command."""

from server.cli import main

main(prog_name="signet")
