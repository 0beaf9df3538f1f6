"""Named tuples made in a third of the time that calling them takes, where a dozen are made for every event.

`make(Due, (1, 2, 3))` is `Due(1, 2, 3)`; all fields have to be given, in their order.
"""

from __future__ import annotations

make = tuple.__new__
