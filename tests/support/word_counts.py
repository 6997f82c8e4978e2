"""File -> words of `words.HABITS` that are left in it. `words.py` says how to write this file."""

COUNTS = {
    "playbooks/assess.yml": 1,
    "playbooks/remediate.yml": 2,
    "plugins/callback/fleet_progress.py": 1,
    "plugins/filter/remediation_report.yml": 1,
    "plugins/filter/step_depends.yml": 3,
    "plugins/filter/swept_open.yml": 1,
    "plugins/modules/ctl_sync.yml": 1,
    "plugins/modules/ctl_task.yml": 2,
    "plugins/modules/defender_info.yml": 1,
    "plugins/modules/detection_test.yml": 3,
    "plugins/modules/endpoint_info.yml": 1,
    "plugins/modules/firewall_info.yml": 2,
    "plugins/modules/host_memory.yml": 1,
    "plugins/modules/rollback.yml": 3,
    "plugins/plugin_utils": 16,
    "roles/assess/tasks/probe.yml": 1,
    "roles/ctl_distribution_point/tasks/clients.yml": 1,
    "roles/detection_test/README.md": 1,
    "roles/remediate/README.md": 4,
    "roles/remediate/tasks/prove.yml": 1,
}
