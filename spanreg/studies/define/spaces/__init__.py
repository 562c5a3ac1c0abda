"""Values that are found rather than written: search spaces, the arms that they tune, and matched sizes."""
