"""The parts of deploy.py. Each has CHECKS: functions that take the binary's path or None, and say what they saw."""
