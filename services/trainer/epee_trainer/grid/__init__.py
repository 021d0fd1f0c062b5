"""The EPEE grid: every config of a folder trained, evaluated and timed, with its record."""
