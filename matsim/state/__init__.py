"""What a year works on: columns, moves that change who belongs to whom, and what named trusts are directed to do."""
