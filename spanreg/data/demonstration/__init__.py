"""The data set ``demo``: idioms in figurative and literal use."""
