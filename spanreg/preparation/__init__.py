"""From read sentences to cached token ids and span ids."""
