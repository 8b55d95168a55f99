"""Live data of templates: the manifest's tables, the requests they make, and the form of what comes back."""
