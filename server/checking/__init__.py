"""Checks of a template folder: does it compile, does its example render, and what would a reader miss?

`trials` says with which values, variants and locales a template is tried, `longest` and `letters` make such values,
`check` lays each trial out and collects what is found. Nothing is imported here: the server needs only `samples`.
"""
