"""Code for other frameworks; each module needs the extra that it names."""
