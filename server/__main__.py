"""`python -m server` is the `signet` command."""

from server.cli import main

if __name__ == "__main__":  # --reload starts processes that import this module again
    main(prog_name="signet")
