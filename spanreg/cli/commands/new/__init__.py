"""Write a new config, study, component or plug-in, which passes its checks and tests and runs at once."""

from __future__ import annotations

ACTIONS = {
    "config": ("config", "write a config for the demo or for a file of your own"),
    "study": ("study", "write a study that compares a config with its controls"),
    "component": ("component", "write a component with its test and a config that uses it"),
    "plugin": ("plugin", "write an installable package with a component"),
}
"Action to module of this package and one line of help."
