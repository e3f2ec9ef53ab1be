from math import exp, log

import pytest
from base import reference as recipe
from hypothesis import given
from hypothesis import strategies as st
from peft import PrefixTuningConfig, get_peft_model
from pydantic import ValidationError

from cotutor.errors import ConfigError, DataError
from cotutor.evaluate.knowledge import (
    likelihood,
    problem_sets,
    read_text,
    reference_text,
    skills,
    windows,
)
from cotutor.evaluate.retention import (
    Known,
    RetentionSettings,
    averaged,
    flagged,
    losses,
    retention,
)
from cotutor.evaluate.skills import SKILLS, cases, is_passed
from cotutor.generate.likelihood import log_probabilities
from cotutor.generate.local import LocalGenerator, LocalWriter
from cotutor.generate.settings import LocalSettings
from cotutor.models import load_model
from cotutor.problems import load
from cotutor.report.measures import MEASURES
from cotutor.statistics import smallest_difference, t_quantile
from cotutor.verify import decide
from tiny_models import make_model, make_tokenizer

SETTINGS = RetentionSettings()


@pytest.fixture(scope="module")
def base():
    return load_model("embedded")


def known(scores, *, name="skill: one sum", unit="share", tokens=()):
    items = tuple(map(str, range(len(scores))))
    return Known(set=name, unit=unit, items=items, scores=tuple(scores), tokens=tokens)


def compared(before, after, settings=SETTINGS):
    return flagged(retention("s", before, after), settings)


def by_name(measures, task):
    return {m.name: m for m in measures if m.task == task}


def test_a_loss_is_the_paired_difference_and_is_flagged_beyond_the_margin():
    before, after = known([1.0] * 40 + [0.0] * 10), known([1.0] * 10 + [0.0] * 40)
    measures = compared([before], [after])
    found = by_name(measures, "skill: one sum")
    assert found["known-before"].value == 0.8
    assert found["known-after"].value == 0.2
    change = found["known-change"]
    assert (change.value, change.n) == (pytest.approx(-0.6), 50)
    assert -0.75 < change.low < -0.6 < change.high < -0.4
    (told,) = losses(measures)  # of all skills; the single one is not told again
    assert told.startswith("s lost 60.0 points of what the base knew: all skills (95 % interval")
    assert not list(losses(compared([before], [after], RetentionSettings(margin=0.5))))


def test_two_items_both_lost_are_not_certain():
    measures = compared([known([1.0] * 2)], [known([0.0] * 2)])
    change = by_name(measures, "skill: one sum")["known-change"]
    assert (change.value, change.low) == (-1.0, -1.0)
    assert change.high > -0.2


def test_one_skill_lost_among_many_kept_is_told_by_name():
    lost = known([1.0] * 20), known([0.0] * 20)
    kept = known([1.0, 0.0] * 500, name="skill: spell a name")
    gained = known([1.0] * 1000, name="skill: spell a name")
    measures = compared([lost[0], kept], [lost[1], gained])
    (told,) = losses(measures)
    assert told.startswith("s lost 100.0 points of what the base knew: skill: one sum")


def test_what_is_gained_or_within_noise_is_no_loss():
    half = [1.0, 0.0] * 25
    worse = [0.0, *half[1:]]
    assert not list(losses(compared([known(half)], [known(worse)])))
    assert not list(losses(compared([known(half)], [known([1.0] * 50)])))


def test_what_could_not_be_scored_is_left_out_on_both_sides():
    measures = compared([known([1.0, None, 1.0])], [known([0.0, 0.0, None])])
    found = by_name(measures, "skill: one sum")
    assert {m.n for m in found.values()} == {1}
    assert found["known-change"].value == -1


def test_all_skills_are_one_set_more():
    sums, spelling = known([1.0, 0.0]), known([1.0, 1.0], name="skill: spell a name")
    found = by_name(compared([sums, spelling], [sums, spelling]), "all skills")
    assert (found["known-before"].value, found["known-before"].n) == (0.75, 4)
    assert found["known-change"].value == 0


def test_the_students_of_one_arm_are_averaged_item_by_item():
    (found,) = averaged([[known([1.0, 0.0, None])], [known([0.0, 0.0, 1.0])]])
    assert found.scores == (0.5, 0.0, None)


def test_what_each_student_of_an_arm_wrote_is_kept():
    each = [
        known([1.0, None]).model_copy(update={"asked": ("3+4=", "5+4="), "written": texts})
        for texts in ((("7",), (None,)), (("7 ",), ("9",)))
    ]
    (found,) = averaged([[one] for one in each])
    assert found.asked == ("3+4=", "5+4=")
    assert found.written == (("7", "7 "), (None, "9"))


def test_perplexity_is_that_of_a_token_whatever_the_windows():
    sizes = (4, 4, 2)
    before = known([-log(8) * n for n in sizes], name="text: t", unit="nats", tokens=sizes)
    told = [-4 * (log(16) + 0.01), -4 * (log(16) - 0.01), -2 * log(16)]
    after = known(told, name="text: t", unit="nats", tokens=sizes)
    measures = compared([before], [after])
    found = by_name(measures, "text: t")
    assert found["perplexity-before"].value == pytest.approx(8)
    assert found["perplexity-after"].value == pytest.approx(16)
    assert found["nats-lost"].value == pytest.approx(log(2))
    assert {measure.n for measure in found.values()} == {3}  # windows
    assert "0.69 nats" in next(losses(measures))
    assert found["perplexity-before"].low is None  # all windows alike: how far off, nobody knows


def test_a_loss_within_the_margin_is_none_on_the_page_either():
    sure = [0.0] * 10 + [1.0] * 990
    few = compared([known([1.0] * 1000)], [known(sure)])
    change = by_name(few, "all skills")["known-change"]
    assert change.high < 0
    assert not change.is_loss
    assert not list(losses(few))
    strict = compared([known([1.0] * 1000)], [known(sure)], RetentionSettings(margin=0.0))
    assert by_name(strict, "all skills")["known-change"].is_loss
    assert len(list(losses(strict))) == 1


def test_a_change_says_what_it_could_have_shown():
    # Of 50 items 30 were lost: moves of one size are McNemar's test.
    before, after = known([1.0] * 40 + [0.0] * 10), known([1.0] * 10 + [0.0] * 40)
    found = by_name(compared([before], [after]), "all skills")
    assert found["known-change"].detectable == smallest_difference(50, 0.6)
    assert found["known-before"].detectable is None
    half = known([-2.0, -2.0], name="text: t", unit="nats", tokens=(1, 1))
    worse = known([-2.5, -3.5], name="text: t", unit="nats", tokens=(1, 1))
    lost = by_name(compared([half], [worse]), "text: t")["nats-lost"]
    # Two windows lost 0.5 and 1.5 nats: mean 1, standard error 0.5.
    quantiles = t_quantile(1) + t_quantile(1, 0.8)
    assert (lost.value, lost.detectable) == (1.0, pytest.approx(0.5 * quantiles))


def test_a_metric_on_another_scale_is_a_mean_with_no_margin():
    name = "task: x (bleu_max)"
    before, after = known([31.5, 12.0, 0.0], name=name), known([30.5, 9.0, 1.0], name=name)
    found = by_name(compared([before], [after]), name)
    assert list(found) == ["score-before", "score-after", "score-change"]
    assert found["score-before"].value == pytest.approx(14.5)
    assert found["score-change"].value == pytest.approx(-1.0)
    assert found["score-change"].low < -1.0 < found["score-change"].high
    assert not any(measure.is_loss for measure in found.values())
    assert found.keys() <= MEASURES.keys()
    gained = compared([known([0.0, 0.0], name=name)], [known([2.0, 0.0], name=name)])
    assert by_name(gained, name)["score-change"].value == 1.0


def test_no_limit_of_a_perplexity_is_below_one():
    unlike = known([-0.1, -9.0], name="text: t", unit="nats", tokens=(2, 2))
    found = by_name(compared([unlike], [unlike]), "text: t")
    assert found["perplexity-after"].low == 1.0 < found["perplexity-after"].value


@given(st.integers(2, 60), st.integers(2, 20), st.integers(1, 19))
def test_every_token_but_the_first_is_scored_once_behind_what_fits(count, window, stride):
    stride = min(stride, window - 1)
    rows = list(windows(range(count), window, stride))
    assert [token for _, scored in rows for token in scored] == list(range(1, count))
    for before, scored in rows:
        assert [*before, *scored] == list(range(before[0], scored[-1] + 1))
        assert len(before) + len(scored) <= max(window, len(scored) + 1)
        assert before[0] == 0 or len(before) + len(scored) == window


def test_a_text_in_one_window_is_as_likely_as_the_model_says():
    tokenizer = make_tokenizer()
    model = make_model(tokenizer)
    text = "Q: what is 12 plus 30? The answer is 42."
    ids = tokenizer(text, add_special_tokens=False)["input_ids"]
    whole = log_probabilities(model, [(ids[:1], ids[1:])])
    found = likelihood(model, tokenizer, text, RetentionSettings(window=500, stride=400), name="t")
    assert found.scores == pytest.approx(tuple(whole))
    assert found.tokens == (len(ids) - 1,)
    parts = likelihood(model, tokenizer, text, RetentionSettings(window=8, stride=4), name="t")
    assert sum(parts.tokens) == len(ids) - 1
    assert sum(parts.scores) != pytest.approx(whole[0])  # less is seen


def with_virtual_tokens(model, count):
    options = PrefixTuningConfig(task_type="CAUSAL_LM", num_virtual_tokens=count)
    return get_peft_model(model, options).eval()


def test_base_and_student_score_the_same_tokens_in_a_small_context():
    tokenizer, text = make_tokenizer(), "Ann flips the coin. It is tails up. " * 30
    base, student = (make_model(tokenizer, context=100) for _ in range(2))
    student = with_virtual_tokens(student, 20)
    before, after = (likelihood(m, tokenizer, text, SETTINGS, name="t") for m in (base, student))
    assert before.tokens == after.tokens
    assert set(before.tokens[:-1]) == {50}  # half of the context, not the stride of 256
    (lost,) = (m for m in retention("a", [before], [after]) if m.name == "nats-lost")
    assert lost.value == pytest.approx((sum(before.scores) - sum(after.scores)) / sum(after.tokens))
    with pytest.raises(ConfigError, match="60 virtual tokens leave 40 of the context of 100"):
        likelihood(
            with_virtual_tokens(make_model(tokenizer, context=100), 60), tokenizer, text, SETTINGS,
            name="t",
        )  # fmt: skip


def test_other_tokens_than_the_base_has_scored_are_no_change():
    before = known([-2.0, -2.0], name="text: t", unit="nats", tokens=(2, 2))
    after = known([-2.0, -2.0], name="text: t", unit="nats", tokens=(3, 1))
    with pytest.raises(DataError, match="text: t: the base has scored other tokens than the stud"):
        retention("a", [before], [after])


def test_a_base_that_reads_with_an_encoder_has_skills_and_no_perplexity():
    tokenizer = make_tokenizer(closes=True)
    model = make_model(tokenizer, "t5")
    with pytest.raises(
        ConfigError, match=r"evaluate\.retention\.text: a perplexity is a decoder's"
    ):
        likelihood(model, tokenizer, "Q: 3", SETTINGS, name="t")
    found = list(skills(LocalWriter(model, tokenizer, name="t5"), count=2, seed=0))
    assert {score for known in found for score in known.scores} <= {0.0, 1.0}


def test_the_embedded_base_has_the_skills_and_its_own_text(base):
    writer = LocalWriter(*base, name="base")
    shares = {k.set: sum(k.scores) / 20 for k in skills(writer, count=20, seed=0)}
    assert len(shares) == len(SKILLS)
    assert min(shares.values()) >= 0.7, shares
    path = reference_text(SETTINGS, "embedded")
    few = RetentionSettings(text_tokens=600)
    found = likelihood(*base, path.read_text(encoding="utf-8"), few, name=path.name)
    assert exp(-sum(found.scores) / sum(found.tokens)) < 20  # of 2,020 tokens
    assert reference_text(SETTINGS, "someone/else") is None


def test_the_reference_text_is_what_its_recipe_writes():
    assert reference_text(SETTINGS, "embedded").read_text(encoding="utf-8") == recipe.text()


def test_a_text_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(DataError, match=r"evaluate\.retention\.text: cannot read .*gone\.txt"):
        read_text(tmp_path / "gone.txt")
    (tmp_path / "latin.txt").write_bytes("é".encode("latin-1"))
    with pytest.raises(DataError, match=r"latin\.txt is not UTF-8"):
        read_text(tmp_path / "latin.txt")


def test_a_student_that_is_the_base_has_lost_nothing(base):
    first, again = (list(skills(LocalWriter(*base, name="x"), count=4, seed=1)) for _ in range(2))
    changes = [m for m in compared(first, again) if m.name == "known-change"]
    assert {m.value for m in changes} == {0.0}
    for one in first:
        for (text,), (_, target), score in zip(
            one.written, cases(one.set.removeprefix("skill: "), seed=1, count=4), one.scores,
            strict=True,
        ):  # fmt: skip
            assert is_passed(text, target) == score


def test_problem_sets_are_judged_by_the_one_verifier(base):
    problems = load({"family": "coin_flips", "split": "heldout", "count": 5, "level": 1})
    settings = LocalSettings(format="zero-shot-cot", max_tokens=20, answer_max_tokens=6)
    traces = []

    def judge(problem, trace):
        traces.append(trace)
        return decide(problem, trace)

    generator = LocalGenerator(*base, settings, name="x")
    (found,) = problem_sets(generator, {"coins": problems}, judge)
    assert found.items == tuple(p.id for p in problems)
    right = {t.problem_id: decide(p, t).outcome == "correct"
             for p in problems for t in traces if t.problem_id == p.id}  # fmt: skip
    assert found.scores == tuple(float(right[item]) for item in found.items)
    wrote = {trace.problem_id: trace.completion for trace in traces}
    assert found.written == tuple((wrote[item],) for item in found.items)
    assert found.asked == tuple(p.question for p in problems)


def test_skills_are_the_same_for_a_seed_and_others_for_another():
    for skill in SKILLS:
        first = list(cases(skill, seed=0, count=8))
        assert first[:3] == list(cases(skill, seed=0, count=3))
        assert first != list(cases(skill, seed=1, count=8))
        for prompt, target in first:
            assert not prompt.endswith(" ")
            assert is_passed(target + ". And on", target)


@pytest.mark.parametrize("written", [" 120", " 12a", " 1", " -12", ""])
def test_a_longer_number_is_not_the_right_one(written):
    assert not is_passed(written, " 12")


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"stride": 512}, "stride"),
        ({"format": "few-shot-cot"}, "shots"),
        ({"format": "nonsense"}, "no format"),
        ({"sets": {"mine": "nowhere:test"}}, "names no problems"),
    ],
)
def test_settings_that_cannot_be_asked_are_refused(wrong, told):
    with pytest.raises(ValidationError, match=told):
        RetentionSettings(**wrong)
