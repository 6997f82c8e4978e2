"""What Windows knows: one file a native tool or a storage format.

Everything here is pure. Functions build command lines (see :mod:`.cmdline`) or read bytes that a host answered; nothing
sends, waits or logs, and neither Ansible nor the wire is known. What cannot be understood raises an error with position
and reason; nothing is guessed, and no translated word is ever compared.

Confidence words in the docstrings: *sure* (Microsoft's own page or specification, or several independent captures),
*likely* (one real capture, or Wine agrees), *recalled* (common knowledge, no source looked up), *guess* (reasoned).
The sources stand in docs/evidence.md.
"""
