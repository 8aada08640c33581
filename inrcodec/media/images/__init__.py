"""Image files, through Pillow: to signals and back."""
