"""A solution's branches as a tree of lines, for the terminal."""

from cotutor.reason.record import Node, Solution

LONGEST = 100


def draw(solution: Solution) -> str:
    """Return the branches, one a line: kept ones with `●`, score, text, answer, what became of it.

    Texts are cut at `LONGEST` characters, and control characters replaced: a terminal
    would obey them.
    """
    children: dict[int | None, list[Node]] = {}
    for node in solution.nodes:
        children.setdefault(node.parent, []).append(node)
    head = (
        f"{solution.strategy}: {solution.ended} · {solution.calls} calls,"
        f" {solution.prompt_tokens} + {solution.completion_tokens} tokens"
    )
    counted = [f"{count} {what}" for what, count in solution.counts.items() if count]
    lines = [" · ".join([head, *counted])]
    # A stack of (node, lead): trees may be deeper than Python's own stack.
    stack = [(node, "", node is children[None][-1]) for node in reversed(children.get(None, []))]
    while stack:
        node, lead, is_last = stack.pop()
        lines.append(f"{lead}{'└─' if is_last else '├─'} {_line(node)}")
        below = children.get(node.id, [])
        inner = lead + ("   " if is_last else "│  ")
        stack += [(child, inner, child is below[-1]) for child in reversed(below)]
    return "\n".join(lines)


def _line(node: Node) -> str:
    text = "".join(c if c.isprintable() else " " if c.isspace() else "�" for c in node.text)
    text = " ".join(text.split())
    text = text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
    parts = ["●" if node.is_kept else "○"]
    parts += [f"[{node.score:.3g}]"] if node.score is not None else []
    parts += [text] if text else []
    parts += [f"→ {node.answer}"] if node.answer is not None else []
    parts += [f"({node.why})"] if node.why else []
    return " ".join(parts)
