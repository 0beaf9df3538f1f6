"""How often a property is tried: as often as a run before each commit can bear, or thoroughly.

The second with `--hypothesis-profile=thorough` (make test-thorough). In neither is there a deadline for one example, as
another process may hold the core.
"""

from __future__ import annotations

from hypothesis import HealthCheck, settings

USUAL_PROFILE = "usual"
USUALLY = 100
THOROUGHLY = 4 * USUALLY

for _name, _examples in ((USUAL_PROFILE, USUALLY), ("thorough", THOROUGHLY)):
    settings.register_profile(
        _name, max_examples=_examples, deadline=None, suppress_health_check=[HealthCheck.too_slow]
    )


def tries(usually: int) -> int:
    """Return how often a property is tried under the profile in force, where `usually` is what the usual run bears."""
    return max(1, usually * settings.default.max_examples // USUALLY)
