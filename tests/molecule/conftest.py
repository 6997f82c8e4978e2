"""The example is a project of its own: its tests run inside Molecule."""

collect_ignore = ["corp_defender"]
