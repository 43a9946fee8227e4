"""What a pull request must pass: files to findings."""
