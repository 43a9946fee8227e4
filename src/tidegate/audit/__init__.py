"""The audit branch: what happened, kept for ever; and the lease, which is the head of what was written last."""
