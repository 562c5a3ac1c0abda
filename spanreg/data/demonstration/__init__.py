"""Generation of the data set ``demo``: sentences with idioms in figurative and literal use."""
