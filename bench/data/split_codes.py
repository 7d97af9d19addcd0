"""Numbers that stand for the parts of a split, one for each item."""

TRAIN = 0
VALID = 1
TEST = 2
EXCLUDED = 3
