"""Images that show signals beside each other: what differs, where it differs most, spectrograms.

Pillow draws them: a pixel of an image stays a pixel, which no plotting library promises.
"""
