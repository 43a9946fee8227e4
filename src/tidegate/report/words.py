"""The closed lists of the record as sentences: what a hold waits for, why a device was refused or left out."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from tidegate.model.state import HeldKind, Result

HELD: Mapping[HeldKind, str] = MappingProxyType(
    {
        HeldKind.APPROVAL: "It waits until enough people have approved.",
        HeldKind.SOAK: "The wave is watched for longer than this job may last.",
        HeldKind.WINDOW: "The maintenance window is closed.",
        HeldKind.CANCELLED: "Devices that were not confirmed go back by themselves.",
        HeldKind.STOPPED: "Nothing was taken back; what was healthy is confirmed.",
        HeldKind.INCONCLUSIVE: "There is no evidence, neither for nor against the change.",
        HeldKind.ENVIRONMENT: "Devices without the change got worse as well: something else is wrong.",
        HeldKind.UNREACHED: "What is healthy is confirmed. Without the others nobody knows enough to go on.",
        HeldKind.OFFLINE: "Whether they kept the change is not known.",
        HeldKind.REPLAN: "What would change now is not what was approved.",
        HeldKind.RENDERS_DIFFERENTLY: "The files come out differently now from what was planned.",
        HeldKind.DIRECT_PUSH: "Some of its commits came without a pull request.",
        HeldKind.HISTORY_REWRITTEN: "The branch was rewritten since the last rollout.",
        HeldKind.IRREVERSIBLE: "What failed cannot be taken back: a person must decide.",
    }
)
RESULT: Mapping[Result, str] = MappingProxyType(
    {
        Result.SUCCEEDED: "every device has it",
        Result.PARTIAL: "its waves passed, some devices do not have it",
        Result.NOTHING: "every device had it already",
        Result.REVERTED: "a wave, or all of it, went back",
        Result.STOPPED: "a person ended it; what was confirmed stays",
        Result.SUPERSEDED: "a newer revision has it",
        Result.EXPIRED: "nobody answered in time; what passed stays",
        Result.STRANDED: "a device runs neither what it ran before nor what it should: a person must come",
    }
)
UNFIT: Mapping[str, str] = MappingProxyType(
    {
        "drifted": "somebody changed it by hand",
        "foreign_transaction": "another change is open on it",
        "no_space": "its disk is full",
        "not_revertable": "it could not promise to go back",
        "quarantined": "it is stranded from before, nobody has released it",
        "unsafe_parent": "somebody else may write where its files go",
        "host_key_changed": "its host key is not the one on record",
        "not_armed": "it could not arm its way back",
    }
)
SKIPPED: Mapping[str, str] = MappingProxyType(
    {
        "removed": "it is not in the fleet any more",
        "held": "it is on hold in the fleet files",
        "stopped": "the rollout was stopped before its turn",
        "back": "its wave went back before its turn",
        "ended": "the rollout ended before its turn",
        "taken": "break-glass took it",
        "unreached": "it could not be reached",
    }
)
