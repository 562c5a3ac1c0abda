"""The results of a study in the forms that people and programs read."""
