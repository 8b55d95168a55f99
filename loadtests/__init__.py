"""Benchmarks and end-to-end runs. `python -m loadtests` lists them."""
