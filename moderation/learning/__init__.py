"""Learning: how the meaning layer's files are made from the bank, and measured. Never imported at run time.

Needs torch (requirements/train.txt); a Cairn that only screens does not.
"""
