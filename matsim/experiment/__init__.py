"""Experiments: files that ask a question, the designs and ensembles that follow from them, and running those."""
