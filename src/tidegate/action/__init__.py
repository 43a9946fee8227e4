"""The GitHub action: inputs become the arguments of the command line, what it said becomes outputs."""
