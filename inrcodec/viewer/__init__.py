"""Files looked at in a browser: a server on the loopback address, and the page that it serves."""
