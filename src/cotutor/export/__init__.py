"""Samples for other tools: the shape of lm-evaluation-harness, and Inspect's log.

lm_eval       samples_<task>.jsonl, one line a problem; needs nothing beside cotutor
inspect_log   an .eval log, written through inspect_ai's own API where that is installed
"""
