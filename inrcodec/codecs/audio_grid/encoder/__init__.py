"""Audio signals to streams."""
