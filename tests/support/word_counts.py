"""File -> words of `words.HABITS` that are left in it. `words.py` says how to write this file."""

COUNTS = {
    "roles/ctl_distribution_point/tasks/clients.yml": 1,
}
