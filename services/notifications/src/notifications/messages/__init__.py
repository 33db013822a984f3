"""Which event is told to whom, and the announcements made of events until their recipients are known."""
