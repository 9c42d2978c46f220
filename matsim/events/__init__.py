"""Every kind of event: the decision log, and the words for each."""
