"""The sentences that problems are told with, one file a family.

Each has two sets, by the name of a `Wording`: the `usual` ones, and `reserved` ones, which no
problem is told with unless its source asks for them, so that a student can be tested on wordings
that it never saw. The two share no sentence.
"""
