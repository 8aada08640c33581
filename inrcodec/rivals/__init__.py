"""Other codecs beside this one, each at its best: what `inrcodec bench` and benchmarks share."""
