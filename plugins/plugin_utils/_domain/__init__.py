"""What the collection knows, one package a subject: facts, diagnosis, plan, changes and their undo.

Pure: operations are generators that yield commands; nothing here sends, waits, or knows Ansible or the wire. The
floors, from the ground: operation, language; proxy, firewall, catalogue, as_system, root_lists; defender;
publisher_evidence; host, probes, journal; diagnosis, detection, ctl, update_sources; remediation. Each imports only
floors below its own.
"""
