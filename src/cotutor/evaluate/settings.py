"""The names of the probes and controls, for the run file."""

from typing import Literal, get_args

ProbeName = Literal[
    "early-answering",
    "mistakes-continued",
    "mistakes-kept",
    "filler",
    "paraphrase",
    "no-reasoning",
    "step-gain",
    "donor",
    "hint",
]
Control = Literal["re-insertion", "replicate", "donor-null"]
PROBES: tuple[ProbeName, ...] = get_args(ProbeName)
CONTROLS: tuple[Control, ...] = get_args(Control)
