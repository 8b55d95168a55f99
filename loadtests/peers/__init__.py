"""Other engines on the same card, side by side: `python -m loadtests.peers`."""
