"""The classroom: teams steer trusts through a simulated decade. Engine first (no web in it), pages on top."""
