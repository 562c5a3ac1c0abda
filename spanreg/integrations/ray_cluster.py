"""Start Ray, or connect to its cluster (extra ``ray``): for studies, and for sampling in shards."""

from __future__ import annotations

import os
from typing import Any

from spanreg.packages import import_package
from spanreg.registry import ConfigurationError
from spanreg.system import available_cores
from spanreg.text.reasons import reason_of


def connect_ray(needed_by: str = "", *, path: str = "", address: str | None = None, cores: int = 0) -> Any:
    """Return the module ``ray``, connected to a cluster; without one it is started on this machine.

    ``connect_ray(cores=4).get(handle)``

    Args:
        needed_by: what needs Ray, for the message.
        path: key of the config, for the message.
        address: address of a cluster; default: that of the environment variable ``RAY_ADDRESS``, if there is one.
        cores: least number of cores that a Ray on this machine declares.

    Raises:
        ConfigurationError: Ray is not installed, or the cluster cannot be reached.
    """
    ray = import_package("ray", needed_by, path=path)
    if ray.is_initialized():
        return ray
    options: dict[str, Any] = {"log_to_driver": False, "logging_level": "warning", "include_dashboard": False}
    if not address and not os.environ.get("RAY_ADDRESS"):
        # On a machine with fewer cores than asked for, some of the work would wait for ever.
        options["num_cpus"] = max(cores, available_cores())
    try:
        ray.init(address, **options)
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise ConfigurationError(
            f"no Ray cluster can be reached: {reason_of(error)}",
            path=path,
            hint="start one with 'ray start --head'",
        ) from error
    return ray
