"""Write new configs, studies, components and plug-ins that check, test and run at once."""
