"""Siblings meet in a batch, and processes share what one would take."""

from hypothesis import given
from hypothesis import strategies as st
from torch.utils.data import BatchSampler

from cotutor.train.sampler import SiblingSampler

PROMPTS = st.lists(st.integers(0, 5), min_size=1, max_size=40)


def order(prompts, *, epoch=0, lengths=None, **options):
    options = {"together": 3, "seed": 0, "batch": 1, "processes": 1} | options
    options = {"step": options["batch"] * options["processes"]} | options
    sampler = SiblingSampler(prompts, lengths or [1] * len(prompts), **options)
    sampler.set_epoch(epoch)
    found = list(sampler)
    assert len(found) == len(sampler)
    return found


def batches(prompts, *, batch, processes):
    """The rows of every step over all processes, as accelerate deals batches out to them."""
    dealt = list(
        BatchSampler(order(prompts, batch=batch, processes=processes), batch, drop_last=False)
    )
    assert len(dealt) % processes == 0
    steps = [dealt[at : at + processes] for at in range(0, len(dealt), processes)]
    rows = [[[row for row in part if row < len(prompts)] for part in step] for step in steps]
    for step in rows:
        assert max(map(len, step)) - min(map(len, step)) <= 1
    return [sorted(row for part in step for row in part) for step in rows]


@given(PROMPTS, st.integers(1, 4), st.integers(1, 4))
def test_processes_take_the_rows_that_one_would_take(prompts, batch, processes):
    assert batches(prompts, batch=batch, processes=processes) == batches(
        prompts, batch=batch * processes, processes=1
    )


@given(PROMPTS, st.integers(1, 5), st.integers(1, 9), st.integers(0, 3))
def test_an_epoch_has_every_row_once(prompts, together, step, epoch):
    assert sorted(order(prompts, together=together, step=step, epoch=epoch)) == [
        *range(len(prompts))
    ]


@given(st.integers(1, 8), st.integers(1, 4), st.integers(1, 3), st.randoms())
def test_siblings_stand_together_in_one_step(prompts, together, parts, rng):
    rows = [prompt for prompt in range(prompts) for _ in range(together)]
    rng.shuffle(rows)
    step = parts * together
    found = order(rows, together=together, step=step)
    for prompt in range(prompts):
        assert len(list(runs_of(found, rows, prompt))) == 1
        places = [place for place, row in enumerate(found) if rows[row] == prompt]
        assert places[0] // step == places[-1] // step


def test_the_rows_of_a_step_are_of_like_length():
    lengths = [place % 10 for place in range(400)]
    found = order(list(range(400)), together=1, step=8, lengths=lengths)
    spread = [
        max(lengths[row] for row in found[at : at + 8])
        - min(lengths[row] for row in found[at : at + 8])
        for at in range(0, 400, 8)
    ]
    assert max(spread) <= 1
    assert found != sorted(found, key=lambda row: lengths[row])


def runs_of(found, prompts, prompt):
    runs, last = [], None
    for place, row in enumerate(found):
        if prompts[row] == prompt:
            if last != place - 1:
                runs.append([])
            runs[-1].append(row)
            last = place
    return runs


def test_epochs_and_seeds_differ_and_come_again():
    prompts = [n // 3 for n in range(30)]
    assert order(prompts) == order(prompts)
    assert order(prompts) != order(prompts, epoch=1)
    assert order(prompts) != order(prompts, seed=1)
