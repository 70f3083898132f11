"""The one place where rooms and adapters meet: a venue in one process, from its data folder.

In: settings.
Out: a running venue, and on the way out a drained one.
Never: a decision.
"""

from outcry.bootstrap.assembly import secret_path
from outcry.bootstrap.running import running_venue
from outcry.bootstrap.venue import Venue

__all__ = ["Venue", "running_venue", "secret_path"]
