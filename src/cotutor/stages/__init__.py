"""What each stage does in a run directory: read records, call a stage function, write records."""

from cotutor.stages.judging import rate, rated, rubric_settings
from cotutor.stages.probing import PROBED, is_probed, probe_parts, probe_student, probes
from cotutor.stages.reasoning import (
    JUDGED,
    SOLUTIONS,
    reason_student,
    reasoned,
    solved_files,
    strategy_settings,
)
from cotutor.stages.retaining import (
    know_base,
    know_student,
    known_files,
    load_tasks,
    retained,
    retention_settings,
)
from cotutor.stages.run import (
    Run,
    base_content,
    judging,
    open_run,
    problems_content,
    write_config,
)
from cotutor.stages.teaching import (
    collect_traces,
    curate_traces,
    write_examples,
    write_problems,
)
from cotutor.stages.testing import evaluate_prompting, evaluate_student, evaluate_teacher
from cotutor.stages.training import (
    audit_rows,
    fine_tune,
    rows_of,
    student_files,
    students,
    training_settings,
)
from cotutor.stages.weights import forget_lost, lost_weights

__all__ = [
    "JUDGED",
    "PROBED",
    "SOLUTIONS",
    "Run",
    "audit_rows",
    "base_content",
    "collect_traces",
    "curate_traces",
    "evaluate_prompting",
    "evaluate_student",
    "evaluate_teacher",
    "fine_tune",
    "forget_lost",
    "is_probed",
    "judging",
    "know_base",
    "know_student",
    "known_files",
    "load_tasks",
    "lost_weights",
    "open_run",
    "probe_parts",
    "probe_student",
    "probes",
    "problems_content",
    "rate",
    "rated",
    "reason_student",
    "reasoned",
    "retained",
    "retention_settings",
    "rows_of",
    "rubric_settings",
    "solved_files",
    "strategy_settings",
    "student_files",
    "students",
    "training_settings",
    "write_config",
    "write_examples",
    "write_problems",
]
