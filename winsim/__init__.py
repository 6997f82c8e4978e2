"""winsim: Windows endpoints, simulated, behind real WS-Management.

It shares no code with the collection's plugins: a shared codec would hide its own faults.
"""
