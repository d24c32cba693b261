"""The life of a screening policy: drafts, a second person, going back, and what is learnt from mistakes."""
