"""The readers of claims: what a reasoning states that its problem's program can settle.

One file a family. A reader knows the sentences of the family's ways of solving
and what goes wrong in a student's imitation of them: another name, somebody left
out or taken twice, a step out of turn. The truth is the program's, not what
follows from an earlier slip. A sentence that no rule reads claims nothing.
"""
