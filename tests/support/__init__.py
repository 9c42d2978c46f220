"""What tests of several rooms share: small worlds, results and sweeps, and ways to call the program."""
