"""Questions that hold one period against another: named, half named, or only by a word such as "up"."""

import re

import noise
import periods
import words
from grammar import expand, value
from scene import Scene, sample_filters, pick, sample_value
from totals import BREAKDOWN, metric

AGAINST = ["vs", "vs", "vs.", "versus", "compared to", "compared with", "against", "over", "relative to", "in comparison to", "as compared to", "v", "measured against", "set against", "next to", "compared against", "when compared to", "opposed to", "in relation to"]
THAN = ["than", "than"]
UP = ["up", "higher", "better", "more", "ahead", "above"]

# Both named; <o> says "vs the other one" and ends up behind the period.
BOTH = ["<M><T>", "<M><T>", "{how|what} <was> <M><T>", "<show> <M><T>", "{compare|compare} <M><T>", "how {did|does|do} <M> {compare|look}<T>", "how {did|have|are} <S> {do|done|doing|perform}<T>", "how much <did> <S> {sell|make|take}<of><T>", "change in <M><T>", "{difference|gap} in <M><T>", "growth {in|of} <M><T>", "<N> growth<T>", "<N><T>", "<N>,<T>", "how {did|has} <M> {change|changed|develop|grow}<T>", "<show> the {change|growth|difference} in <M><T>",
        "how much {more|less} did we {sell|make}<T>", "how do <M> {stack up|measure up|hold up}<T>", "by how much did <M> {change|grow|fall|drop|rise|increase}<T>", "{is|are|was|were} <M> {up|down|up or down|higher|lower|better|worse|growing}<T>", "did <M> {go up|go down|increase|grow|drop|fall|improve|rise|go up or down}<T>", "how much <N> did we {have|do}<T>", "did <S> {sell|make|take|do|earn} {more|better|less|worse}<of><T>", "have <S> {sold|made|taken|done} {more|better|less}<of><T>", "how does <M> {stack up|compare|measure up|hold up}<T>", "{is|was|are|were} <S> {doing|selling|performing|trading} {better|worse}<T>", "<S> {up or down|better or worse}<T>", "did <M> {improve|get better|go up|drop}<T>", "put <M> side by side<T>", "what was the {difference|change} in <M><T>", "<show> how <M> {changed|developed|moved}<T>", "how much did <M> {rise|fall|change|move|grow}<T>", "<show> <N><T>", "<M>:<T>",
        "how {well|badly} did <S> do<T>", "what's the {growth|change} in <M><T>", "{growth|decline|increase|decrease|drop|rise} {in|of} <M><T>", "{%|percent|percentage} {change|growth} in <M><T>", "<M> compared<T>", "how much {up|down|better|worse} {was|were|is|are} <M><T>", "<N>{,|:} {up or down|better or worse|more or less}<T>", "did we {take|make|sell|do} {more|less}<of><T>", "{whats|what's} the {difference|change} in <M><T>", "how has <N> {moved|changed|shifted}<T>", "{gap|change|swing} in <N><T>", "how did <N> {go|do|fare|hold up}<T>", "<N> {moved|changed|went} how much<T>", "by what {percentage|percent|%} did <M> {change|rise|fall|grow|drop}<T>", "what {percentage|%} {up|down} {are|were} <M><T>"]
BOTH_HEAD = ["<front> <v2> {vs|versus|vs.|against|compared to|compared with|and} <w2>{,|:|} <N><F>", "<N><F>{,|:|} <v2> {vs|versus|vs.|v|against|compared to} <w2>", "compare <v2> {with|to|and|against} <w2>{ for| in|,|:} <N><F>", "compare <N><F> {for|of|in|between} <v2> {with|to|and|against} <w2>", "<v2> vs <w2> <N><F>", "{difference|change} in <N><F> between <w2> and <v2>", "<N><F> <v2> vs <w2>",
             "how does <v2> compare {to|with} <w2>{ in| for} <N><F>", "how {does|did} <v2> {compare|look|stack up} {to|with|against|next to} <w2>", "<v2> {vs|versus|against|compared to} <w2>", "are <M> {better|higher|lower|up} <v2> than <w2>", "was <v2> {better|stronger|worse} than <w2>{ for| in} <N><F>", "was <v2> {better|worse|stronger|weaker} than <w2>", "is <v2> {better|worse|stronger} than <w2>", "how {does|do|did} <M> <a2> compare {with|to|against} <w2><F>", "{was|were|is|are} <v2> <N> {better|higher|lower|up|down|worse|stronger} {than|compared to|on|vs} <w2><F>", "did <M> <a2> {beat|top|exceed} <w2><F>", "{was|were} <N><F> {better|higher|lower|worse} <a2> than <w2>", "<N> {from|for} <v2> {vs|versus|against|compared with} <w2><F>", "<v2> {vs|versus|compared to|against} <w2>{,|:} <N><F>", "<F>: <N> <v2> vs <w2>", "did we {sell|make|take} {more|less} <a2> than <w2><F>", "<v2> against <w2>{,|:|} <N><F>", "<N> <v2> {and|&} <w2> compared<F>", "<N><F> {changed|grew|fell} how much <a2> {vs|over|compared to|against} <w2>", "how much {higher|lower|better|more|up|down} {was|were|is|are} <N><F> <a2> than <w2>", "did <v2> beat <w2>{ for| in|,|:} <N><F>", "how did <v2> {do|go|turn out} {vs|against|compared to|compared with} <w2><F>", "<a2> {vs|versus|against|compared to} <w2>: <N><F>", "<N><F> growth <a2> {vs|over|on|against} <w2>", "<N><F>{,|:|} <v2> {v|vs|versus|against|compared to} <w2>", "<v2> {v|vs} <w2>{,|:|} <N><F>", "{how did|how does} <N><F> {compare|look|do|hold up} <a2> {vs|against|compared to|next to} <w2>", "<N><F>{,|:} <v2> against <w2>", "{are|were} we {up|down|ahead|behind|better|worse} <a2> {vs|on|compared to|against} <w2>{ for| in|,|:} <N><F>", "<v2> {compared to|next to|compared with|set against} <w2>{,|:} <N><F>", "<N><F> {up|down|better|worse|higher|lower} <a2> {than|vs|on} <w2>", "how did <N><F> change {between <w2> and <v2>|from <w2> to <v2>}"]
# Only the other one named: the one asked about is the running one.
HALF = ["{are|is} <M> {better or worse|higher or lower|up or down} {than|on|vs|compared to} <w2><F>", "are we {doing better or worse|up or down|higher or lower} {than|on|vs|compared to} <w2><F>", "<embed>how we are doing {against|compared to|vs} <w2><F>", "{are|is} <M> {up|down|better|higher|lower|worse|ahead|growing} {than|on|from|compared to|vs|against} <w2><F>", "are <S> {doing|selling|performing|trading} {better|worse|more|less} than <w2><F>", "did <S> {do|sell} {better|worse|more|less} than <w2><F>", "{are|is} <S> {ahead of|behind|beating|up on|down on} <w2><F>", "did <S> beat <w2><F>", "have <S> {sold|made|taken} {more|less} than <w2><F>", "<M> {vs|versus|compared to|compared with|against} <w2><F>", "how {do|does} <M> compare {to|with} <w2><F>",
        "how are we doing {compared to|compared with|vs|versus|against|relative to} <w2><F>", "{is|are} <M><F> {better|higher|lower|up|down|worse} than <w2>", "how much {more|less|better} {are we selling|did we sell|have we made} than <w2><F>", "how far {ahead of|behind} <w2> are we<F>", "is it {better|worse} than <w2><F>", "better than <w2>", "do we have {more|fewer|less} <N><F> than <w2>", "are we {up|down|better off|growing} {on|from|vs|compared to|against} <w2><F>", "<N><F> change {from|against|on|vs} <w2>", "<N><F> growth {vs|against|on} <w2>", "how far {ahead of|behind|up on} <w2> are we in <N><F>", "how {did <S> do|are <S> doing|do <S> compare|are <S> trading} {compared to|compared with|vs|versus|against|relative to} <w2><F>", "{up|down|ahead|better|up or down|better or worse} {on|vs|from|than|compared to|against} <w2><F>", "{vs|versus|compared to|compared with} <w2><F>", "{has|have} <M> {improved|gone up|gone down|grown|dropped|fallen} {from|on|compared to|vs} <w2><F>", "<N><F> {better|worse|higher|lower|up|down} than <w2>", "is <N><F> {better|worse|higher|lower|up|down} {on|than|vs|compared with} <w2>", "any {change|growth|improvement} {on|compared to|vs|from} <w2><F>", "are we {selling|making|taking} {more|less} than <w2><F>", "are we {beating|outselling|ahead of|behind} <w2><F>", "how do we {compare|stack up|measure up} {to|with|against} <w2><F>", "<w2> {vs|versus} now,<F>", "are <M> {growing|rising|falling|shrinking|going up|going down} {compared to|vs|versus|against} <w2><F>", "{has|have} <M> {gone up|gone down|improved|grown|dropped|risen|fallen|changed|moved} since <w2><F>", "{up|down|up or down|better|worse} since <w2><F>", "how {has|have} <M> {changed|moved|shifted|grown} since <w2><F>", "how much {up|down|better|worse} {is|are} <M> {on|than|from|since} <w2><F>", "are we {doing |}{any better|any worse|much better} than <w2><F>", "<N> {up|down} {on|from|since} <w2><F>", "<M> {cf|v|set against|measured against|next to} <w2><F>", "{did|have} we {top|topped|beat|beaten|pass|passed} <w2>{ in| for| on} <N><F>", "are we {taking|making|doing|turning over} {more|less} than <w2><F>", "how's <N> {against|compared to|compared with|vs|versus|next to} <w2><F>", "{is|are} <M> {holding up|doing better|doing worse|better|improving} {against|compared to|on|vs} <w2><F>", "{more|less|fewer} <N> than <w2><F>", "change in <N> since <w2><F>", "{what's|whats|what is} the {change|difference} in <N> {since|from|on|against|to} <w2><F>"]
CHANGE = ["how much {did|have|has} <M> {grow|grown|change|changed|rise|risen|fall|fallen|drop|dropped|increase|increased|decrease|improved}<T>", "{is|are|was|were} <M> {up or down|growing|rising|falling|improving|going up|going down|declining|increasing|up|down|shrinking}<T>", "{growth|change|increase|decrease|movement|drop} {in|of} <M><T>", "<N> {growth|change|increase|decrease}<T>", "did <M> {go up|go down|go up or down|grow|fall|increase|improve|rise|drop|change}<T>",
          "{are|is} <S> {growing|up or down|up|down|improving|doing better or worse}<T>", "{what's|what is|what was} the {growth|change} {in|of} <M><T>", "how fast {is|are|did} <M> {growing|rising|falling}<T>", "{are|is} <M> getting {better|worse}<T>", "how {has|have} <M> changed<T>", "<show> the {change|growth} {in|of} <M><T>", "by how much {did|has} <M> {grown|changed|gone up|gone down|grow|change|increase}<T>", "what {is|was} our growth<T>", "has there been {any |}growth in <M><T>", "percentage change in <M><T>", "are we {growing|shrinking}<T>", "how {does|did|is} <n> {compare|comparing|stack up|measure up}<F>", "how does <n> look in <N> compared to before<F>", "is <n> {better|worse|higher|lower} than before<F>", "are we {up|down|doing better|doing worse}<T>", "<N> {up or down|better or worse|growth}<T>", "what {changed|has changed} in <M><T>", "{trend|movement} vs the period before in <M><T>", "{are|is} <M> on the {rise|up|decline}<T>", "{is|are} <M> {improving or not|increasing or decreasing|rising or falling|getting better or worse|going up or down|growing or shrinking}<T>", "did <S> {grow|improve|do better|do worse}<T>", "{have|has} <M> {improved|gone up|gone down|risen|fallen|grown|dropped|increased|decreased}<T>", "how much {up|down} {are|is|were|was} <M><T>", "<N> {up|down|up or down|growing|falling|better|improving}<T>", "what's {changed|the change} in <M><T>", "how {much|far} {have|has|did} <M> {move|moved|shift|shifted|changed|change|go up|go down}<T>", "<T> {change|growth} in <N>", "rate of growth {of|in|for} <M><T>", "{growth|change} rate {of|in|for} <M><T>", "how {is|was} growth in <M><T>", "did we see {any |}{growth|improvement|a drop|an increase|a decline|a change} in <M><T>", "<N> {increase|decrease|drop|rise} in {percent|%}<T>", "{%|percent|percentage} {change|growth|increase|decrease} {in|of} <M><T>", "{are|is} <M> {rising|increasing|climbing|slipping|dropping|shrinking|holding up|getting better}<T>", "how {did|has|have} <M> {change|changed|shifted}<T>", "are <M> {looking up|looking down|on the up|going the right way|going in the right direction}<T>", "{what's|whats|what is} the {% |percent |percentage |}{change|growth|increase|drop} {in|of|on} <M><T>", "{growth|change|movement} on <N><T>", "<N>{,|:} {up or down|any growth|growing or not|better or worse}<T>", "{have|has} <M> {got|gotten} {better|worse}<T>", "is there {any |}{growth|an increase|a drop|a decline|an improvement} in <M><T>", "how much {better|worse|higher|lower} {are|is|were|was} <M><T>", "did <M> {hold up|slip|slide|climb|pick up|get worse|get better}<T>"]
MOM = ["<N><F> {month over month|month on month|mom|m/m|month-over-month|week over week|week on week|wow|quarter over quarter|qoq|quarter on quarter|period over period}", "{month over month|month on month|mom|week on week|week over week|quarter on quarter|qoq} {change in |growth in |growth of |}<N><F>", "{month over month|mom|week over week|qoq} <N> {growth|change}<F>", "<show> <N><F> {month over month|month on month|mom}", "{mom|wow|qoq|m/m|month on month|week on week} change in <N><F>", "<N> {mom|m/m|wow|qoq|week on week|month on month}{ change| growth| %|}<F>", "how did <N><F> {change|move|do} {month on month|month over month|week on week|week over week|quarter on quarter}", "{are|is} <M> {up|down|growing} {month on month|month over month|week on week|quarter on quarter}<F>"]
YOY = ["<M><F> {year over year|year on year|yoy|year-over-year|y/y|year-on-year|y-o-y}<T>", "{year over year|yoy|year on year|year-over-year|y/y} {growth|change|increase|comparison} {in|of} <M><T>", "{year over year|yoy|year on year} <N><T>", "{yoy|year on year|year over year} <N> {growth|change}<T>", "<show> <N> {yoy|year over year|year on year}<T>", "how {did|do|has|are} <M> {do|change|grow|changed|doing|look} {year over year|yoy|year on year}<T>", "<N> {growth|change} {yoy|year over year|year on year|y/y}<T>", "are we {up|down|growing} {year on year|yoy|year over year}<T>", "{is|are} <M> {up|down|growing|better|higher|lower} {year on year|yoy|year over year|y/y}<T>", "<N> {yoy|y/y|year on year}{ %| change| growth| difference|}<T>", "{yoy|y/y|year on year} {%|difference|swing|comparison|increase|drop} {for|in|of} <N><T>", "what's the {yoy|year on year|year over year} {change|growth|difference} in <N><T>", "<T> <N> {yoy|year on year|year over year}", "how much {up|down|better|worse} {are|is} <M> {year on year|yoy|year over year}<T>"]


def _plan(m, p, compare):
    return {"metric": m, "period": p.plan, "compare": compare}


def the_other(rng, p):
    """(compare, words for the other period): previous twice as often as a year earlier."""
    if p.year_ago and rng.random() < 0.36:
        return "year_ago", expand(rng, rng.choice(p.year_ago), {})
    return "previous", expand(rng, rng.choice(p.previous), {})


def scene(rng, m, p, average=0.4, by=()):
    s = Scene(rng, m, p, sample_filters(rng, average), by)
    for b in by:
        s.filters.pop(b, None)
    s.extra["F"] = lambda: " " + " ".join(s.filter_phrases())
    return s


def both(rng):
    m, p = metric(rng), periods.comparable(rng)
    s = scene(rng, m, p)
    compare, name = the_other(rng, p)
    if rng.random() < 0.4 and p.name:
        s.extra.update(v2=expand(rng, rng.choice(p.name), {}), a2=expand(rng, rng.choice([w for w in p.after if not w.startswith("of ")]), {}), w2=name, front="")
        s.said_period = True
        template = rng.choice(BOTH_HEAD)
        if "<N>" not in template and "<M>" not in template:
            s.metric = m = "revenue"
            template += "<F>"
    else:
        template = rng.choice(BOTH)
        if "<N>" not in template and "<M>" not in template:
            s.metric = m = "revenue"
        than = any(w in template for w in ("more|", "{more", "less", "better", "higher", "lower", "worse"))
        s.other = f"{rng.choice(THAN + ['than', 'compared to'] if than else AGAINST)} {name}"
        if template.startswith("<S> ") or "{rise|fall" in template:
            s.other = f"{rng.choice(AGAINST)} {name}"
        if "{difference" in template or "side by side" in template:
            s.other = f"{rng.choice(['and', 'vs', 'versus', 'to'])} {name}"
    return s.say(template), _plan(m, p, compare)


def half(rng):
    """"Better than last month": this month is meant."""
    p = rng.choice([q for q in periods.COMMON if q.plan.startswith("this_")] * 3 + [q for q in periods.COMMON if q.plan == "today"] * 2)
    m = metric(rng)
    s = scene(rng, m, p, 0.35)
    s.said_period = True
    compare, pool = "previous", [w for w in p.previous if w.startswith("last ") or w in ("yesterday", "ly")] * 3
    if p.plan == "today":
        pool = ["yesterday"]
    elif rng.random() < 0.25 and p.plan != "this_year":
        unit = p.plan.removeprefix("this_")
        compare, pool = "year_ago", [f"the same {unit} last year", f"the same {unit} a year ago", f"this {unit} last year", f"the same {unit} of last year", f"this time last year" if unit == "month" else f"the same {unit} last year"]
    elif p.plan != "this_year":
        unit = p.plan.removeprefix("this_")
        pool += [f"the previous {unit}", f"the last {unit}"]
    s.extra["w2"], s.extra["embed"] = rng.choice(pool), rng.choice(noise.EMBED)
    template = rng.choice(HALF)
    if "<N>" not in template and "<M>" not in template:
        s.metric = m = "revenue"
    return s.say(template), _plan(m, p, compare)


def change(rng):
    """A change without the other period: the one before."""
    m = metric(rng)
    roll = rng.random()
    if roll < 0.58:
        p = periods.DEFAULT if rng.random() < 0.4 else periods.comparable(rng)
        s = scene(rng, m, p)
        template, compare = rng.choice(CHANGE), "previous"
        if "<n>" in template:
            if not p.name:
                return change(rng)
            s.said_period = True
            s.extra["n"] = expand(rng, rng.choice(p.name), {})
    elif roll < 0.72:
        p = periods.DEFAULT
        s = scene(rng, m, p)
        template, compare = rng.choice(MOM), "previous"
    else:
        p = periods.DEFAULT
        if rng.random() < 0.5:
            p = periods.comparable(rng)
            while not p.year_ago:
                p = periods.comparable(rng)
        s = scene(rng, m, p)
        template, compare = rng.choice(YOY), "year_ago"
    if "<N>" not in template and "<M>" not in template:
        s.metric = m = "revenue"
    return s.say(template), _plan(m, p, compare)


# A value is the subject: "is gucci up on last month". <o> says the other period where only that one is named.
MOVED = ["{is|are} <u> {growing|up|down|declining|falling|up or down|going up|going down|improving|doing better|doing worse|selling more|selling less|picking up|slipping|on the up}<o><T>", "{has|have} <u> {grown|gone up|gone down|dropped|improved|picked up|fallen|slipped|got better|got worse}<o><T>", "did <u> {sell more|sell less|do better|do worse|grow|go up|go down|drop|improve|pick up}<o><T>", "how {is|are} <u> {doing|selling|performing|getting on|holding up}<o!><T>", "how {did|has|have} <u> {change|changed|developed}<o!><T>", "<u>{,|:} {up or down|better or worse|growing or not}<o><T>", "how much {has|have|did} <u> {grown|grow|dropped|gone up|changed}<o><T>", "{growth|change} {of|for|in} <u><o><T>", "<u> {growth|change}<o><T>", "<u><o!><T>", "{is|are} <u> {ahead|behind|better|worse|higher|lower}<o!><T>", "how does <u> compare<o!><T>", "how did <u> {do|sell|perform}<o!><T>"]


def moved(rng):
    kind = rng.choice(["brand", "category", "category", "store", "store", "staff", "segment"])
    u = value(sample_value(rng, kind))
    p, compare, other = periods.DEFAULT, "previous", ""
    roll = rng.random()
    if roll < 0.45:  # only the other one is named
        p = rng.choice([q for q in periods.COMMON if q.plan.startswith("this_")])
        other = rng.choice([w for w in p.previous if w.startswith("last ") or w.startswith("the previous")])
        if p.plan != "this_year" and rng.random() < 0.25:
            compare, other = "year_ago", f"the same {p.plan.removeprefix('this_')} last year"
    elif roll < 0.75:
        p = periods.comparable(rng)
        compare, other = the_other(rng, p)
    s = scene(rng, "revenue", p, 0.15 if kind in ("store", "staff", "segment") else 0.0, [kind])
    template = rng.choice([t for t in MOVED if other or "<o!>" not in t])
    joint = "{compared to|compared with|vs|versus|against}"
    if re.search("better|worse|more|less|higher|lower", template) and rng.random() < 0.6:
        joint = "than"
    elif roll < 0.45 and re.search("<o>", template):
        joint = "{compared to|vs|against|on|since|from}"
    said = s.say(f" {joint} {other}") if other else ""
    late = said if 0.45 <= roll < 0.75 else ""  # behind the period it is held against
    s.said_period = s.said_period or roll < 0.45
    s.extra["u"] = u if kind != "store" else rng.choice([u, u, f"the {u} {s.shop()}"])
    s.extra["o"] = s.extra["o!"] = "" if late else said
    s.other = late.strip()
    return s.say(template), _plan("revenue", p, compare)


BY_CHANGE = ["{change|growth|movement} {in|of} <M><T> {by|per|for each} <D>", "<DD> {change|growth} in <N><T>", "how {has|have} <M> changed {by|per|in each|for each} <D><T>", "{are|is} <M> {up or down|growing or falling} {by|per|in each|for each} <D><T>", "how {did|does|has|is} {each|every} <D> {change|changed|do|doing|develop|perform}<T>", "{change|growth} {in|of} <M> {by|per|for each} <D><T>", "<M> {growth|change} {by|per} <D><T>", "how much did {each|every} <D> {grow|change}<T>", "<show> {the |}{change|growth} in <N> {by|per|for each} <D><T>"]


def by_both(rng):
    """A breakdown, each line held against the other period."""
    m, p, by = metric(rng), periods.comparable(rng), pick(rng, words.DIMENSION_WEIGHTS)
    if rng.random() < 0.22:  # the other period only as "year on year"
        yearly = rng.random() < 0.6
        s = scene(rng, m, periods.DEFAULT, 0.2, [by])
        s.extra["o"] = rng.choice(["year over year", "year on year", "yoy", "y/y"] if yearly else ["month over month", "month on month", "mom", "quarter on quarter", "week over week", "qoq"])
        text = s.say(rng.choice(["<N> {growth|change}<F> <o> {by|per|for each} <D>", "<o> {change|growth} per <D>: <N><F>", "<show> <N> <o> {by|per|for each} <D><F>", "{by|per} <D>, <N> <o><F>", "<o> <N> {growth |change |}{by|per} <D><F>", "<N> {growth|change} {by|per|for each} <D> <o><F>", "<N> {by|per} <D> <o><F>", "<show> <o> {growth|change} {of|in} <N> {by|per} <D><F>"]))
        return text, _plan(m, periods.DEFAULT, "year_ago" if yearly else "previous")
    s = scene(rng, m, p, 0.2, [by])
    compare, name = the_other(rng, p)
    plain = rng.random() < 0.5
    template = rng.choice(BY_CHANGE if plain else BREAKDOWN)
    if "<N>" not in template and "<M>" not in template:
        s.metric = m = "revenue"
    if plain and compare == "previous" and "how {did" not in template and "sell" not in template and rng.random() < 0.4:
        return s.say(template), _plan(m, p, compare)
    if "<T>" not in template or template.startswith("<T>") and "<v" in template:
        template = "<M> by <D><T>"
    s.other = f"{rng.choice(AGAINST)} {name}"
    return s.say(template), _plan(m, p, compare)


INTENTS = {both: 9, half: 5, change: 7, moved: 3.5, by_both: 3}
