import pytest

from cotutor.config import RunConfig, check_config
from cotutor.errors import ConfigError
from cotutor.generate.human import TESTED, HumanTeacher
from cotutor.problems import load
from cotutor.records import Request
from cotutor.teachers import by_teacher, open_baseline, open_teacher, teacher_settings

PROBLEMS = {"train": "coin_flips:train", "heldout": "coin_flips:heldout"}
HUMAN, SYMBOLIC = {"generator": "human"}, {"generator": "symbolic", "samples": 3}


def config(teacher) -> RunConfig:
    return check_config({"name": "run", "problems": PROBLEMS, "teacher": teacher}, "run.yaml")


def replay(tmp_path, text):
    (tmp_path / "t.jsonl").write_text(text)
    fields = {"problem_id": "id", "completion": "text"}
    files = [str(tmp_path / "t.jsonl")]
    return {"generator": "replay", "files": files, "map": fields, "name": "me", "format": "plain"}


def test_a_list_of_teachers_is_one_teacher_of_all_their_samples(tmp_path):
    made = config([HUMAN, SYMBOLIC])
    assert made.teacher.samples == 4
    assert check_config(made.resolved(), "again") == made
    problem = load({"family": "coin_flips", "split": "train", "count": 1})[0]
    asked = [Request(problem=problem, sample=k) for k in range(4)]
    traces = list(open_teacher(made, tmp_path).generate(asked))
    assert {name: len(some) for name, some in by_teacher(traces).items()} == {
        "human": 1, "symbolic": 3,
    }  # fmt: skip


def test_the_baseline_is_the_first_that_is_no_human(tmp_path):
    assert open_baseline(config([HUMAN, SYMBOLIC]), tmp_path).name == "symbolic"
    assert open_baseline(config(SYMBOLIC), tmp_path).name == "symbolic"
    human = open_baseline(config(HUMAN), tmp_path)
    assert isinstance(human, HumanTeacher)
    tested = load({"family": "coin_flips", "split": "heldout", "count": 1})[0]
    tested = tested.model_copy(update={"reasoning": "The coin was turned once."})
    (trace,) = human.generate([Request(problem=tested)])
    assert trace.error == TESTED


def test_the_settings_hold_what_shapes_a_trace_and_nothing_else(tmp_path):
    endpoint = {"generator": "endpoint", "model": "m", "concurrency": 2}
    one, other = (config([SYMBOLIC, endpoint | {"concurrency": n}]) for n in (2, 9))
    assert teacher_settings(one) == teacher_settings(other)
    warm = config([SYMBOLIC, endpoint | {"temperature": 1.0}])
    assert teacher_settings(one) != teacher_settings(warm)
    before = teacher_settings(config([SYMBOLIC, replay(tmp_path, "{}")]))
    assert before != teacher_settings(config([SYMBOLIC, replay(tmp_path, "{} ")]))


@pytest.mark.parametrize(
    ("teacher", "sentence"),
    [
        ([], "teacher.mixed.teachers: this is empty"),
        ([SYMBOLIC, {"generator": "humn"}], "teacher.mixed.teachers.1: .*'human'"),
        ([SYMBOLIC | {"mistake": 1}], "did you mean mistakes?"),
        (HUMAN | {"samples": 2}, "teacher.human.samples"),
        (HUMAN | {"format": "plain-answer"}, "plain-answer has no place for a human's reasoning"),
        (HUMAN | {"format": "plane"}, "no format 'plane'"),
        (HUMAN | {"marks": "drop"}, "'remove' or 'keep'"),
    ],
)
def test_a_mistake_is_one_sentence_with_its_key(teacher, sentence):
    with pytest.raises(ConfigError, match=sentence) as told:
        config(teacher)
    assert "\n" not in str(told.value)
