"""The `grid` codec: latents of a wavelet, coded by context networks."""
