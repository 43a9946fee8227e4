"""The command line: argv to use cases, their values to words and exit codes."""
