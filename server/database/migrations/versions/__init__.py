"""One module a change, each naming the one before it in `down_revision`."""
