"""Everything that touches another framework; each module needs the extra that it names."""
