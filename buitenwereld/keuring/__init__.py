"""The keuring: tries a running portal from outside, with keys it is given, and says whether nobody gets in."""
