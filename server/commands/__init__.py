"""One module a command. Each imports the heavy rooms only when it runs, so that `--help` is instant."""
