"""The device state machine as a table: which step leads where. The guards are in `reading`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from tidegate.model.state import State, Step

S, T = State, Step

TRANSITIONS: Mapping[tuple[State, Step], State] = MappingProxyType(
    {
        (S.PENDING, T.START): S.PREFLIGHT,
        (S.PENDING, T.SKIP): S.SKIPPED,
        (S.PENDING, T.TAKEN_OVER): S.UNKNOWN,
        (S.PREFLIGHT, T.SKIP): S.SKIPPED,
        (S.PREFLIGHT, T.ALREADY): S.NOOP,
        (S.PREFLIGHT, T.INVALID): S.REFUSED,
        (S.PREFLIGHT, T.UNFIT): S.REFUSED,
        (S.PREFLIGHT, T.UNREACHED): S.SKIPPED,
        (S.PREFLIGHT, T.STAGED): S.APPLYING,
        (S.PREFLIGHT, T.LOST): S.UNKNOWN,
        (S.PREFLIGHT, T.TAKEN_OVER): S.UNKNOWN,
        (S.APPLYING, T.UNFIT): S.REFUSED,
        (S.APPLYING, T.APPLIED): S.VERIFYING,
        (S.APPLYING, T.APPLY_FAILED): S.REVERTING,
        (S.APPLYING, T.LOST): S.UNKNOWN,
        (S.APPLYING, T.TAKEN_OVER): S.UNKNOWN,
        (S.VERIFYING, T.HEALTHY): S.SOAKING,
        (S.VERIFYING, T.UNHEALTHY): S.REVERTING,
        (S.VERIFYING, T.TAKE_BACK): S.REVERTING,
        (S.VERIFYING, T.LOST): S.UNKNOWN,
        (S.VERIFYING, T.TAKEN_OVER): S.UNKNOWN,
        (S.SOAKING, T.CONFIRM): S.CONFIRMING,
        (S.SOAKING, T.UNHEALTHY): S.REVERTING,
        (S.SOAKING, T.WENT_BACK): S.REVERTING,
        (S.SOAKING, T.TAKE_BACK): S.REVERTING,
        (S.SOAKING, T.LOST): S.UNKNOWN,
        (S.SOAKING, T.TAKEN_OVER): S.UNKNOWN,
        (S.CONFIRMING, T.CONFIRMED): S.CONFIRMED,
        (S.CONFIRMING, T.WENT_BACK): S.REVERTING,
        (S.CONFIRMING, T.LOST): S.UNKNOWN,
        (S.CONFIRMING, T.TAKEN_OVER): S.UNKNOWN,
        (S.CONFIRMED, T.UNHEALTHY): S.REVERTING,
        (S.CONFIRMED, T.WENT_BACK): S.REVERTING,
        (S.CONFIRMED, T.TAKE_BACK): S.REVERTING,
        (S.CONFIRMED, T.STRANDED): S.STRANDED,
        (S.CONFIRMED, T.DONE): S.SUCCEEDED,
        (S.UNKNOWN, T.TAKEN_OVER): S.UNKNOWN,
        (S.UNKNOWN, T.SILENT): S.UNKNOWN,
        (S.UNKNOWN, T.STRANDED): S.STRANDED,
        (S.UNKNOWN, T.AGAIN): S.PENDING,
        (S.UNKNOWN, T.SKIP): S.SKIPPED,
        (S.UNKNOWN, T.REVERTED): S.REVERTED,
        (S.UNKNOWN, T.SEEN_ARMED): S.VERIFYING,
        (S.UNKNOWN, T.CONFIRMED): S.CONFIRMED,
        (S.UNKNOWN, T.TAKE_BACK): S.REVERTING,
        (S.REVERTING, T.TAKEN_OVER): S.UNKNOWN,
        (S.REVERTING, T.SILENT): S.REVERTING,
        (S.REVERTING, T.STRANDED): S.STRANDED,
        (S.REVERTING, T.AGAIN): S.PENDING,
        (S.REVERTING, T.REVERTED): S.REVERTED,
    }
)
"""(state, step) -> state: 50 cells. What is not here cannot happen."""

STEP_MEANING: Mapping[Step, str] = MappingProxyType(
    {
        T.START: "its wave is open and a slot is free",
        T.SKIP: "it will not be attempted: going back, stopped, held, removed",
        T.ALREADY: "it runs the target already",
        T.INVALID: "its own validation said no",
        T.UNFIT: "it cannot take the change now; nothing was switched",
        T.UNREACHED: "no contact before anything was switched",
        T.STAGED: "everything is on it, and its validation agreed",
        T.APPLIED: "switched and activated",
        T.APPLY_FAILED: "the switch or the activation failed, or took too long",
        T.HEALTHY: "the target runs, read back, and the probes are healthy",
        T.UNHEALTHY: "another digest runs, or a probe failed, or no evidence came in time",
        T.CONFIRM: "the gate let it through: the dead man's switch may be let go",
        T.WENT_BACK: "it reverted by itself",
        T.CONFIRMED: "it says confirmed, and the target runs",
        T.TAKE_BACK: "it, its wave or its rollout is taken back",
        T.DONE: "the rollout ended and it stays",
        T.LOST: "contact lost",
        T.TAKEN_OVER: "another runner took the lease and asks anew",
        T.SILENT: "no contact for longer than its state may last",
        T.STRANDED: "neither digest could be verified: a person must come",
        T.AGAIN: "our own interruption: a new attempt",
        T.REVERTED: "the former digest was read back",
        T.SEEN_ARMED: "seen again: armed, and the target runs",
    }
)
