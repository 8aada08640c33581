"""The `mixed` codec: of each part of an image a latent grid or samples, whichever costs less."""
