"""Experiments: files that ask a question, the designs and plans that follow from them, and running those."""
