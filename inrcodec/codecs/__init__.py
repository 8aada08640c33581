"""How a signal becomes sections and back: codecs behind one interface."""
