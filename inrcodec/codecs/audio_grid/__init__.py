"""The latent grid of audio: coefficients of a lapped transform, coded by pretrained networks."""
