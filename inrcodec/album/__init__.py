"""Albums: several images, audio signals or both in one file."""
