"""Commands that give the model of a run to other programs: export and push."""
