from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from cotutor.config import RunConfig, check_config, demonstration, load_config
from cotutor.errors import ConfigError
from cotutor.notation import parse, write

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
SMALL = {
    "name": "small",
    "problems": {"train": "coin_flips:train", "heldout": "coin_flips:heldout"},
    "teacher": {"generator": "symbolic"},
}


def written(tmp_path, text):
    path = tmp_path / "run.yaml"
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    "path", [demonstration(), *sorted(EXAMPLES.glob("*.yaml"))], ids=lambda path: path.name
)
def test_every_run_file_of_the_repository_is_valid(path):
    config = load_config(path)
    assert isinstance(config, RunConfig)


def test_what_is_not_written_is_a_default():
    config = check_config(SMALL, "here")
    assert [arm.name for arm in config.students] == ["fine-tune", "fine-tune-cot", "diverse-8"]
    assert config.sft.base == "embedded"


def test_the_resolved_configuration_is_the_configuration(tmp_path):
    config = check_config(SMALL, "here")
    path = written(tmp_path, yaml.safe_dump(config.resolved()))
    assert load_config(path) == config


@pytest.mark.parametrize(
    ("arm", "per_problem", "traces"),
    [("name: a, samples: 9", 3, 3), ("name: a, samples: 2", 3, 2), ("name: a, samples: 9", 12, 8),
     ("name: a, reasoning: none", 3, 0)],
)  # fmt: skip
def test_an_arm_has_so_many_traces_as_teacher_and_curation_leave(arm, per_problem, traces):
    more = {"students": [parse(f"{{{arm}}}", "")], "curate": {"per_problem": per_problem}}
    config = check_config(SMALL | more, "here")
    assert config.teacher.samples == 8
    assert config.traces(config.students[0]) == traces


def test_overrides_are_yaml_at_a_dotted_key(tmp_path):
    path = written(tmp_path, yaml.safe_dump(SMALL))
    config = load_config(
        path, ["sft.trainer.max_steps=7", "teacher={generator: symbolic, mistakes: 0.5}"]
    )
    assert config.sft.trainer == {"max_steps": 7}
    assert config.teacher.mistakes == 0.5


@pytest.mark.parametrize("rate", ["2e-4", "2.e-4", ".2E-3", "2.0e-4", "+2e-04"])
def test_a_number_in_powers_of_ten_is_a_number(tmp_path, rate):
    path = written(tmp_path, f"{yaml.safe_dump(SMALL)}sft: {{trainer: {{learning_rate: {rate}}}}}")
    assert load_config(path).sft.trainer == {"learning_rate": 2e-4}
    assert load_config(path, [f"sft.trainer.x={rate}"]).sft.trainer["x"] == 2e-4


_TEXT = st.text(st.characters(min_codepoint=32, max_codepoint=126))
_LIKE_A_NUMBER = st.from_regex(r"[0-9.e+-]{1,6}", fullmatch=True)


@given(st.dictionaries(_TEXT, _TEXT | _LIKE_A_NUMBER | st.floats(0) | st.none()))
def test_what_is_written_is_what_is_read(value):
    assert parse(write(value), "here") == value


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"sft": {"bse": "x"}}, "unknown key sft.bse; did you mean base?"),
        ({"techer": {}}, "unknown key techer; did you mean teacher?"),
        ({"teacher": {"generator": "symbolic", "mistake": 1}}, "did you mean mistakes?"),
        ({"teacher": {"generator": "symbolc"}}, "teacher: .*'symbolic'.*'endpoint'"),
        (
            {"teacher": {"generator": "symbolic", "mistakes": 2}},
            r"teacher.symbolic.mistakes: .*less than",
        ),
        ({"students": [{"name": "a"}, {"name": "a"}]}, "two arms are named a"),
        ({"students": [{"name": "teacher"}]}, "two arms are named teacher"),
        ({"students": [{"name": "a/b"}]}, "students.0.name: 'a/b' is to name a folder"),
        ({"name": "my run"}, "name: 'my run' is to name a folder: begin with a letter or digit"),
        ({"students": []}, "students: this is empty; give one at least"),
        ({"evaluate": {"also": {"x": []}}}, "evaluate.also.x: this is empty"),
        (
            {"students": [{"name": "a"}, {"name": "b", "reasoning": "none", "samples": 3}]},
            r"students.1.samples: b is trained on answers alone \(reasoning: none\)",
        ),
        (
            {"students": [{"name": "a", "sample": 2}]},
            "unknown key students.0.sample; did you mean samples?",
        ),
        ({"evaluate": {"split": "validation"}}, "problems.validation is not given"),
        ({"problems": {"train": "coin_flips:train"}}, "problems.heldout: Field required"),
        (
            {"problems": {"train": "coin_flps:train", "heldout": "dates:heldout"}},
            "did you mean coin_flips?",
        ),
        (
            {"problems": {"train": "coin_flips:test", "heldout": "dates:heldout"}},
            "problems.train.*split",
        ),
        ({"curate": {"keep": "good"}}, "curate.keep: .*'correct'"),
    ],
)
def test_a_mistake_is_one_sentence_with_its_key(change, sentence):
    with pytest.raises(ConfigError, match=sentence) as caught:
        check_config(SMALL | change, "run.yaml")
    assert str(caught.value).startswith("run.yaml: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a: [1", "line 1 is not YAML"),
        ("a:\n  b: 1\n  c: 2\n  b: 3", "line 4 is not YAML: the key 'b' is given twice"),
        ("{a: 1, a: 2}", "line 1 is not YAML: the key 'a' is given twice"),
        ("name: 2024-02-30", "is not YAML: day is out of range"),
        ("a: &a [*a]", "is not YAML"),
        ("just words", "holds no keys"),
        ("", "holds no keys"),
    ],
)
def test_a_file_that_is_no_run_file_is_told(tmp_path, text, sentence):
    with pytest.raises(ConfigError, match=sentence):
        load_config(written(tmp_path, text))


def test_what_an_anchor_names_is_not_shared_and_merged_keys_may_be_overridden(tmp_path):
    text = """
one: &one {a: 1}
two: *one
three: {<<: *one, <<: {c: 3}, a: 2}
four: 12e5678
"""
    found = parse(text, "here")
    found["one"]["a"] = 7
    assert found["two"] == {"a": 1}
    assert found["three"] == {"a": 2, "c": 3}
    assert found["four"] == "12e5678"


def test_a_missing_or_binary_run_file_is_told(tmp_path):
    with pytest.raises(ConfigError, match=r"cannot read the run file .*none\.yaml: No such file"):
        load_config(tmp_path / "none.yaml")
    (tmp_path / "b.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="is not UTF-8"):
        load_config(tmp_path / "b.yaml")


@pytest.mark.parametrize("override", ["sft", "=3", "name.x=1"])
def test_a_bad_override_is_told(tmp_path, override):
    with pytest.raises(ConfigError, match="--set"):
        load_config(written(tmp_path, yaml.safe_dump(SMALL)), [override])
