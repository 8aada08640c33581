"""Compiled kernels in C99, their one door from Python, and the same by numpy."""
