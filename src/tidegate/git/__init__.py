"""git, run in a bare repository of our own, and five read-only questions to a person's clone."""

from tidegate.git.bare import Change, Commit, Git, Object
from tidegate.git.clone import Clone
from tidegate.git.run import NOBODY, Contact, as_job, as_user, masked

__all__ = ["NOBODY", "Change", "Clone", "Commit", "Contact", "Git", "Object", "as_job", "as_user", "masked"]
