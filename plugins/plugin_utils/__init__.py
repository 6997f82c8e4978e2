"""The code behind the plugins, private to this collection: nothing here is for others to import.

`_ansible`   knows Ansible: arguments, check mode, errors, the driving of operations, the sweep
`_report`    the report of a fleet, from results as data
`_domain`    what is known about Defender's connection: facts, diagnosis, changes, undo; one package a subject
`_windows`   command lines and outputs of Windows, one module a tool or storage format
`_remote`    hosts that run command lines, the only layer that does I/O

Each layer imports those below it; `_remote` imports none and only `_ansible` imports it. Other packages import a
package by its facade, its `__init__`, which loads a module when a name of it is first used (see `_facade`).
tests/unit/test_layers.py holds the table.
"""
