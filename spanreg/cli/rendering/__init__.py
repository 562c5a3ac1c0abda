"""How results are shown: tables, progress, and component cards."""
