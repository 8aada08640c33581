"""Codecs behind one interface: a signal becomes sections, and back."""
