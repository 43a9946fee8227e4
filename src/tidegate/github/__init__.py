"""What we say to GitHub and hear from it: checks, approvals, pull requests. Only `client` talks to it."""
