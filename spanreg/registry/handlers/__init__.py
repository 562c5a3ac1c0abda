"""How each kind of annotation is planned: values, containers, components."""
