"""Encoding images of which some parts are samples: only encodes import it."""
