"""Words of a text and their character offsets, independent of any encoder's tokenizer."""
