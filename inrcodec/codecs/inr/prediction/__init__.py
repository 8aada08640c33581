"""A prediction of how well a SIREN will encode an image, before it is trained.

After "Predicting the Encoding Error of SIRENs". `features` says what a prediction is made from, and
`predictor` makes it, by a Gaussian process that `training/siren_predictor.py` has fitted.
"""
