"""Numbers and names as people read them: the same for command line, report, board, explorer and classroom."""
