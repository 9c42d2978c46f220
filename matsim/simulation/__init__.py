"""One model: built, run year by year, recorded, explained, run again, and compared with its twin."""
