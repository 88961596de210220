"""A small template language for phrasings, and the marks that carry meaning through it.

`{a|b|c}` picks one alternative, `{a|}` may leave it out, `<name>` asks the context: a string, or a function of the
context that returns one (its result may hold templates again). What a phrase means travels inside the text: a filter
value and a dimension are wrapped in marks, so that `where` and `by` come out in the order the words stand in, whatever
moved or was mistyped on the way.
"""

import re
from functools import lru_cache

VALUE, DIMENSION, MIDDLE, END = "\x02", "\x04", "\x05", "\x03"
_MARKS = re.compile(f"{VALUE}([^{END}]*){END}|{DIMENSION}([^{MIDDLE}]*){MIDDLE}([^{END}]*){END}")


def value(text):
    return f"{VALUE}{text}{END}"


def dimension(name, text=""):
    return f"{DIMENSION}{name}{MIDDLE}{text}{END}"


@lru_cache(maxsize=None)
def _parse(template):
    """Template to a tuple of literals, ("slot", name) and ("pick", alternatives)."""
    def sequence(at, inside):
        items, text = [], ""
        while at < len(template):
            c = template[at]
            if inside and c in "|}":
                break
            if c == "{":
                alternatives, at = [], at + 1
                while True:
                    parsed, at = sequence(at, True)
                    alternatives.append(parsed)
                    at += 1
                    if template[at - 1] == "}":
                        break
                items += [text, ("pick", alternatives)]
                text = ""
            elif c == "<":
                close = template.index(">", at)
                items += [text, ("slot", template[at + 1 : close])]
                text, at = "", close + 1
            else:
                text, at = text + c, at + 1
        return tuple(i for i in [*items, text] if i), at

    return sequence(0, False)[0]


def expand(rng, template, context):
    """One random phrasing of a template, left to right (slots may use up what later slots would have said)."""
    return _run(rng, _parse(template), context)


def _run(rng, items, context):
    out = []
    for item in items:
        if isinstance(item, str):
            out.append(item)
        elif item[0] == "pick":
            out.append(_run(rng, rng.choice(item[1]), context))
        else:
            got = context[item[1]]
            if callable(got):
                got = got()
            out.append(expand(rng, got, context) if "{" in got or "<" in got else got)
    return "".join(out)


def tidy(text):
    """Close the gaps that empty slots leave."""
    text = re.sub(r"\s+", " ", text).strip()
    text = re.sub(r" (?=[,?.!;:]|'s\b|' )", "", text)
    return re.sub(r"^[,;:. ]+|[,;: ]+$", "", text)


def read(text):
    """Plain text, its values, its dimensions, each in the order of the words."""
    values, dimensions = [], []

    def plain(match):
        if match.group(1) is not None:
            values.append(match.group(1))
            return match.group(1)
        if match.group(2) not in dimensions:
            dimensions.append(match.group(2))
        return match.group(3)

    return _MARKS.sub(plain, text), values, dimensions


def pieces(text):
    """Marked and unmarked stretches: (text, kind) with kind None, VALUE or DIMENSION; for the noise to respect."""
    at = 0
    for match in _MARKS.finditer(text):
        if match.start() > at:
            yield text[at : match.start()], None, ""
        if match.group(1) is not None:
            yield match.group(1), VALUE, ""
        else:
            yield match.group(3), DIMENSION, match.group(2)
        at = match.end()
    if at < len(text):
        yield text[at:], None, ""
