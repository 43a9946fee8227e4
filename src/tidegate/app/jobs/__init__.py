"""What the jobs of a workflow do around that: gates and whose yes counts, the proof of an environment, handing on."""
