"""Stand-ins for what is outside: stateful, over real sockets, held to the real thing by contract tests."""
