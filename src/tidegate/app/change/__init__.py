"""What a commit brings: the project as it has it, whether it may go, and what it would do to the fleet."""
