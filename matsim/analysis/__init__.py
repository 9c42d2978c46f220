"""What a sweep's runs say together: bands, paired differences, robustness, precision, sensitivity, discovery.

Pure functions of stored tables: frames in, frames out. Nothing here imports the model.
"""
