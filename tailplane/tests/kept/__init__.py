"""The parts of keeping.py. Each has CHECKS: functions that take a `Case`, and say what they saw."""
