"""The offer guide: what parents can get, who owes it, how to ask, and what to do when told no.

An entry is a row of whole versions. Parents see the published one, or nothing; editors work on newer
ones beside it. The sample guide lies in `content/` as YAML, one file a category, and is put into an
empty database once. Other rooms speak to `offer_guide.service`; `search`, `rendering` and
`validation` are pure.
"""
