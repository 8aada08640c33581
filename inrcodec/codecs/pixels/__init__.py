"""The `pixels` codec: samples coded one by one, lossless or near-lossless."""
