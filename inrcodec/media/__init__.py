"""Image and audio files: to signals and back."""
