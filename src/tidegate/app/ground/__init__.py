"""Where a command stands: a clone or a job, our copy of its remote, the project, the audit branch, who acts."""
