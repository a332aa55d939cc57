"""The parts of doctor.py. Each has CHECKS: functions that take the binary's path, and say what they saw."""
