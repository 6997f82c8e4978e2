"""The only layer that does I/O: hosts that run command lines. Imports no other layer."""
