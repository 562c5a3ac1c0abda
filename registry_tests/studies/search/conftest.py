"""Settings of the tests of searches: a database that does not wait for the disk."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy


@pytest.fixture(scope="session", autouse=True)
def instant_commits() -> Iterator[None]:
    """Let SQLite leave writing to the system, as ``instant_fsync`` does: Optuna makes a dozen tables, each a commit."""

    def set_up(connection: Any, record: Any) -> None:
        connection.execute("PRAGMA synchronous = OFF")

    sqlalchemy.event.listen(sqlalchemy.Engine, "connect", set_up)
    yield
    sqlalchemy.event.remove(sqlalchemy.Engine, "connect", set_up)
