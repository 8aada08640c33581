"""The `inr` codec: coordinate networks that are fitted to a signal."""
