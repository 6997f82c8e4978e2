"""What all facades share: arguments, check mode, diff, errors, and the driving of operations."""
