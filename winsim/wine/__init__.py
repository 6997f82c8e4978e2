"""A second back end for winsim's wire: each command line runs in Wine's cmd.exe, with Wine's registry.

winsim's tools were written together with the collection that it tests; Wine's cmd.exe and reg.exe were written by
others, and are tested by them against Windows. What Wine can judge and what it does differently: docs/wine.md.
"""
