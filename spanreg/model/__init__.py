"""The span-enhanced model, a transformers PreTrainedModel."""
