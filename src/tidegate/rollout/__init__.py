"""Pure decisions: who gets what when, where everything stands, what to do next."""
