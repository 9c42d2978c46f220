"""Pages in a browser on this machine: the explorer and the classroom. Nothing here asks anything of a network."""
