"""The state of a simulated machine. Imports nothing of winsim but itself."""
