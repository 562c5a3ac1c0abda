"""Plan values by the kind of their annotation: plain values, containers, components."""
