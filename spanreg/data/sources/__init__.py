"""Files of every format that data come in, as tables whose rows know where they stand."""
