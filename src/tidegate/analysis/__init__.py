"""Pure statistics: small functions over counts, held to SciPy by tests."""
