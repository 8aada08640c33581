"""The `.inr` file as bytes: sections, tiles, names and metadata."""
