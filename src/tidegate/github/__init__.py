"""GitHub: a typed client, which event may do what, and checks as pure payloads with a budget."""
