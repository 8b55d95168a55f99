"""Batches of real servers whose processes are killed. `make crash` runs more rounds of it; see `rounds.py`."""
