"""The encoder of the `grid` codec; the decoder around it does not need it."""
