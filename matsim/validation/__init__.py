"""Does the model behave like England? Targets against simulations, and the forecast check."""
