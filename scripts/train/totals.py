"""Questions for one figure, for a breakdown without ranking, and for a course over time."""

import names
import noise
import periods
import words
from grammar import dimension, value
from scene import Scene, pick, sample_filters, sample_value

TOTAL_NOUN = [
    "{what|how much} <was> <M><P><T>", "what's <M><P><T>", "<show> <M><P><T>", "<M><P><T>", "<M><P><T>", "<M>,<T>", "what about <M><T>", "how {high|big|much} <was> <M><T>", "what do <M> look like<T>", "how is <M> {looking|doing}<T>",
    "do you know <M><T>", "what {did|do} <M> {come to|amount to|total|add up to}<T>", "<show> the {figure|figures|number|numbers|total} for <N><T>", "<embed>what <M> {was|were|is|are}<P><T>", "<embed>{how much|what} <M> {was|were|came to|is}<T>", "{what's|how's|what is|how is} <M> {like|looking}<T>", "what is the {figure|total|number} for <N><T>", "<N><T>", "<N><T>", "total <N><T>", "{how are|how were} <M><T>",
    "i need to know <M><T>", "tell me {what|how much} <M> <was><T>", "can you tell me <M><T>", "what kind of <N> did we {have|do|get}<T>", "<N>, <T>", "how much <N> did we {have|do|get|make}<T>", "<T>: <N>", "quick check on <N><T>", "where {are|is} <M> at<T>", "<M> please<T>",
]
# No measure named: revenue.
TOTAL_PLAIN = [
    "how {did|have} <S> {do|done|perform|performed}<T>", "how {are|were} <S> doing<T>", "how <did> <S> do<P><T>", "how's business<T>", "how {was|is|has} business {been|}<T>", "how was it<T>", "how did it go<T>", "how {is|was} trade<T>", "how are things going<T>", "what did <S> sell in total<T>", "how {is|was} <S> {performing|doing}<T>",
    "how well {did|are|were} <S> {do|sell|doing|selling}<T>", "how {did|do} <O> {do|perform|sell}<T>", "how well {did|do} <O> sell<T>", "how {is|are|was|were} <O> {doing|selling|performing}<T>", "how {are|were} <O> going<T>", "{the |our |}{numbers|figures|results|performance} {for|of|from}<T>", "<O><T>", "<Z><T>", "<Z>:<T>", "<T> <Z>", "how {is|was|are} <Z> {doing|going|looking|trading}<T>", "how did <Z> {do|get on|go|perform}<T>", "{anything|what} about <Z><T>", "sales report<T>", "<show> <Z><T>", "{report|results|numbers|figures} <Z><T>",
    "for <Z>{,|} {how much did we|what did we} {sell|make|take|bring in}<T>", "<Z>{,| -|:|} {how much|what} did we {sell|make|take}<T>", "<Z> {sales|revenue|takings|turnover|income|figures|numbers}<T>", "<Z> {sales|revenue|takings} {figure|total|summary}<T>", "{sales|revenue|takings|turnover}<T> {for|from} <Z>", "{sales|revenue|takings}{:|,|} <Z>,<T>", "<T>, what did <Z> {bring in|make|do}", "<T>, {sales|revenue|takings} {for|of|from} <Z>", "what {has|have} <Z> {brought in|made|earned}<T>", "{what did|how much did} <Z> {bring us|make us|earn us}<T>", "how much {came in|did we get|money came} from <Z><T>",
]
BREAKDOWN = [
    "<M> {by|by|by|by|per|per|for each|for every|in each|across all|across} <D><T>", "<M> {by|per} <D><T>", "<show> <M> {by|by|per|for each|for every|split by|broken down by|grouped by|divided by} <D><T>", "{what|how much} <was> <M> {by|per|for each|in every|for every} <D><T>", "{break down|break out|split|split up|group} <M> by <D><T>",
    "<M> {broken down|split|grouped|listed|divided} {by|per} <D><T>", "breakdown of <M> by <D><T>", "{how much|how many|what} <N> {did|does|do} each <D> {have|get|do|bring}<T>", "<D> {breakdown|split|wise split} of <N><T>", "<M> of each <D><T>", "<N> <D> wise<T>", "<show> a {breakdown|split|table|list|report} of <N> {by|per} <D><T>",
    "<M><T> {by|per} <D>", "<M><T>, {by|per|for each} <D>", "<T> <M> by <D>", "<show> <M><T> by <D>", "what <was> <M><T> {by|per|for each} <D>", "per <D> <N><T>", "by <D>: <N><T>", "<M> for all {the |our |}<Ds><T>", "<show> {the |}<N> of {all|every one of} our <Ds><T>", "how {is|was} <M> {split|distributed|spread} {between|across|over} {the |our |}<Ds><T>",
    "<D> <N><T>", "which <D> {has|had|did} {what|how much|which} <N><T>", "what <N> {did|does} {each|every} <D> {have|make|do|get}<T>", "<M> by <D><P><T>", "compare <N> {of|between|across} {all |our |the |}<Ds><T>", "can i {see|get|have} <N> by <D><T>", "{list|all} <Ds> with {their |}<N><T>", "<Ds> and {their|the} <N><T>", "<M> {for|of|from} {each|every one|all} of {our|the|my} <Ds><T>", "<N> <DD><T>", "<show> <N> <DD><T>", "<M><T> <DD>", "<DD> <N><T>", "how {do|did} {our|the|my} <Ds> {compare|rank up|stack up} {in|on|for} <N><T>",
]
BREAKDOWN_HOW = {
    "revenue": ["how much {did|has|does} {each|every} <D> {sell|sold|make|made|bring in|brought in|take}<T>", "{what|how much} {did|does} {each|every} <D> {sell|make|bring in|take|do|earn}<T>", "what {did|does} {each|every} of {our|the} <Ds> {sell|make|bring in}<T>", "how much did we {sell|make|take} {per|by|in each|for each|with each|from each} <D><T>", "how did {each|every} <D> do<T>", "{show me|tell me|can you show me|i want to see|let me see|i need} {how much|what} {each|every} <D> {sold|made|took|brought in}<T>", "{show me|tell me|i want to see} how {each|every} <D> {did|is doing|performed}<T>", "how {did|do|are} {our|the|all} <Ds> {do|doing|perform|performing}<T>", "{which|what} <Ds> did <S> sell<T>", "{which|what} <Ds> {do|did|have} we {sell|sold}<T>", "<Ds> sold<T>", "{all|list of|list} <Ds> sold<T>",
                "how {did|are} the <Ds> {compare|do}<T>", "how much <O> did {each|every} <D> sell<T>", "what did we {sell|make|take} {by|per} <D><T>"],
    "units": ["how many <I> did {each|every} <D> sell<T>", "{show me|tell me|i want to see|i need} how many <I> {each|every} <D> sold<T>", "how many <I> did we sell {per|by|in each|for each} <D><T>", "how many <I> {were sold|have been sold|went out} {per|by|in each|for every} <D><T>"],
    "orders": ["how many {orders|transactions|receipts} did {each|every} <D> {have|get|do|take}<T>", "how many {orders|transactions} {were there|did we have|do we get} {per|by|in each|for each} <D><T>"],
    "customers": ["how many {customers|people|clients|shoppers} did {each|every} <D> {have|serve|get}<T>", "how many {customers|people|clients|shoppers} bought {per|by|in each|for each} <D><T>", "how many {customers|people} bought {from |}{each|every} <D><T>"],
    "average_order_value": ["how much {do|did} {people|customers} spend on average {per|in each|by|at each} <D><T>", "what's an average order {per|in each|by} <D><T>"],
    "gross_margin": ["how much profit did {each|every} <D> {make|bring in}<T>", "how much margin do we make {per|by|on each} <D><T>", "how profitable {is|was} {each|every} <D><T>"],
    "margin_rate": ["what percentage margin do we make {per|by|on each} <D><T>"], "discount": ["how much discount did {each|every} <D> {give|get|have}<T>", "how much did we discount {per|by|in each} <D><T>"],
    "discount_rate": ["what percentage discount did {each|every} <D> {give|get|have}<T>"], "returns": ["how many {items|products|pieces|} {came back|were returned} {per|by|for each|in each} <D><T>", "how many returns did {each|every} <D> {have|get}<T>"],
    "refunds": ["how much did we refund {per|by|for each} <D><T>", "how much was refunded {per|by|for each|in each} <D><T>"], "return_rate": ["what percentage {was|got|is} returned {per|by|for each} <D><T>"],
}
TREND = ["<M> trend<T>", "trend {of|in|for} <M><T>", "<show> {the |}<M> trend<T>", "<show> the trend {of|in|for} <M><T>", "<show> {the |}<M> {over time|development|evolution|history}<T>", "how {has|have|did} <M> {developed|evolve|evolved|trended|moved|develop|gone}<T>", "{development|evolution|history} of <M><T>", "<M> over time<T>", "how {is|are|was|were} <M> {trending|developing|evolving}<T>",
         "what's the trend {in|for|of} <M><T>", "what is the <N> trend<T>", "plot <M> over time<T>", "{chart|graph|line chart|curve} of <M> over time<T>", "is there a trend in <M><T>", "<M> {timeline|curve|trendline}<T>", "trend <N><T>", "<M> trends<T>", "<T> <N> trend", "how {did|do} <M> {look|change} over time<T>"]
STEPPED = ["<A> <N><T>", "<A> <N><T>", "<show> {the |our |}<A> <N><T>", "what {was|were|is|are} {our|the} <A> <N><T>", "<M> <A><T>", "<M> {per|by|for each|for every|each|every} <D><T>", "<show> <M> {by|per} <D><T>", "<A> {trend|development|breakdown|figures|numbers|totals} {of|in|for} <N><T>", "<A> <N> trend<T>", "trend of <M> {by|per} <D><T>",
           "how {much|many} <N> {did|do} we {have|get|make} {per|each|every} <D><T>", "<T> <A> <N>", "<M> over time by <D><T>", "<show> how <M> {developed|evolved|changed} <A><T>", "<M><T> {by|per} <D>", "<M><T> <A>", "<M> {on a|on} <A> {basis|level}<T>" ]
STEPPED_HOW = {"revenue": ["how much {did|do} we {sell|make|take} {each|every|per|a} <D><T>", "what {did|do} we {sell|make|take} {each|every|per|a} <D><T>"], "units": ["how many <I> {did|do} we sell {each|every|per|a} <D><T>"],
               "orders": ["how many orders {did|do} we {get|have|do} {each|every|per|a} <D><T>"], "customers": ["how many customers {did|do} we {get|have|serve} {each|every|per|a} <D><T>"]}
TWO = ["<M> {by|by|per} <D> {and|and|by|per|&} <E><T>", "<show> <M> {by|per} <D> {and|by|and by|and per} <E><T>", "<M> {per|for each|by} <D>{,| for each| per| in each| in every| at each|} <E><T>", "{break down|split} <M> by <D> {and|and then} <E><T>", "<M><T> by <D> and <E>", "how much did each <D> sell {per|by|for each} <E><T>",
       "<M> for {each|every} <D> {and|in each|in every|per} <E><T>", "<M> {broken down|split} by <D> and {by |}<E><T>"]
TWO_STEPPED = ["<A> <N> {by|per|for each|of each|split by|broken down by} <E><T>", "<show> {the |our |}<A> <N> {by|per|for each|for every|split by} <E><T>", "<A> <N><T> {by|per} <E>", "<A> {breakdown|trend} of <N> by <E><T>"]
VERSUS = ["{compare|} <v> {and|with|to|vs|versus|against} <w><T>", "<v> {vs|versus|vs.|v|or|against} <w><T>", "<v> {vs|versus|vs.|against} <w> <N><T>", "<N> {of|for} <v> {vs|versus|against|compared to|compared with} <w><T>", "<N>: <v> vs <w><T>", "how {does|do|did|is} <v> {compare to|compare with|do against|do versus|stack up against} <w><T>",
          "compare <N> {of|for|between} <v> {and|with|to} <w><T>", "<show> <v> {vs|versus|against|compared to} <w><T>", "<v> {compared to|compared with} <w><T>", "difference between <v> and <w> in <N><T>", "do <v> {sell|do|bring in} {more|better} than <w><T>", "{is|are|was|were} <v> {doing |selling |}{better|ahead|stronger} {than|of} <w><T>", "do we {sell|make|earn|take} more {on|with|from|in|} <v> or <w><T>", "{split|breakdown} {between|of} <v> and <w><T>", "<N> split between <v> and <w><T>", "<N> <v> vs <w><T>", "<N> in <v> {vs|versus|against|compared to} <w><T>", "did <v> {outsell|beat|do better than|sell more than} <w><T>", "put <v> {next to|against|beside} <w><T>", "<T> <v> vs <w>"]
VERSUS_ONE = ["{which|who|what} {sells|sold} {more|better|best}{,|:|} <v> or <w><T>", "{which one|who} {sold|sells|did|made} {more|better}{,|} <v> or <w><T>", "<v> or <w>{,|} {which|which one|who} {sells|sold|did} {more|better}<T>", "{who|which} {has|had} {more|higher} <N>{,|} <v> or <w><T>", "{which is|who's|who is} {bigger|better|ahead}{,|} <v> or <w><T>", "{who|which} {buys|spends|bought|spent|brings in|makes} {more|most}{,|:|} <v> or <w><T>", "<v> or <w>: {which|who} is {ahead|better|doing better}<T>", "what sells {better|more}{,|:|} <v> or <w><T>", "{who|which} did better, <v> or <w><T>"]


def metric(rng):
    return pick(rng, words.METRIC_WEIGHTS)


def period(rng, default=0.36):
    return periods.DEFAULT if rng.random() < default else periods.sample(rng)


def total(rng):
    m = metric(rng)
    if rng.random() < 0.11:
        s = Scene(rng, "revenue", period(rng, 0.25), sample_filters(rng, 0.9))
        template = rng.choice(TOTAL_PLAIN)
        if template in ("<O><T>", "<Z><T>", "<T> <Z>", "<Z>:<T>") and s.said_period:
            # A bare unknown word says nothing; with a period it can only be a name.
            s.period, s.said_period = periods.sample(rng), False
        if "<O>" in template and not set(s.filters) & {"brand", "category", "product"}:
            s.filters["brand"] = [sample_value(rng, "brand")]
        if "<Z>" in template:  # any one value, bare
            kind = rng.choice(["brand", "category", "product", "store", "store", "staff", "staff", "segment"])
            s.filters.pop(kind, None)
            z = value(sample_value(rng, kind))
            s.extra["Z"] = rng.choice([z, z, f"the {z} {s.shop()}", f"{z} {s.shop()}"]) if kind == "store" else z
        return s.say(template), {"metric": "revenue", "period": s.period.plan}
    s = Scene(rng, m, period(rng), sample_filters(rng, 0.85))
    roll = rng.random()
    s.extra["embed"] = rng.choice(noise.EMBED)
    template = rng.choice(words.HOW[m]) + "<P><T>" if roll < 0.36 else "<embed>" + rng.choice(words.INDIRECT[m]) + "<P><T>" if roll < 0.48 else rng.choice(TOTAL_NOUN)
    return s.say(template), {"metric": m, "period": s.period.plan}


def breakdown(rng):
    m, by = metric(rng), pick(rng, {**words.DIMENSION_WEIGHTS, "weekday": 8})
    s = Scene(rng, m, period(rng), sample_filters(rng, 0.4), [by])
    s.filters.pop(by, None)
    template = rng.choice(BREAKDOWN_HOW[m]) if rng.random() < 0.35 else rng.choice(BREAKDOWN)
    return s.say(template), {"metric": m, "period": s.period.plan}


def stepped(rng):
    m, by = metric(rng), rng.choice(words.TIMES[:3] + words.TIMES)
    s = Scene(rng, m, period(rng, 0.42), sample_filters(rng, 0.4), [by])
    template = rng.choice(STEPPED_HOW[m]) if m in STEPPED_HOW and rng.random() < 0.3 else rng.choice(STEPPED)
    return s.say(template), {"metric": m, "period": s.period.plan}


def trend(rng):
    m = metric(rng)
    s = Scene(rng, m, period(rng, 0.4), sample_filters(rng, 0.4))
    return s.say(rng.choice(TREND)) + dimension(s.period.step), {"metric": m, "period": s.period.plan}


def two(rng):
    m = metric(rng)
    if rng.random() < 0.4:
        by = [rng.choice(words.TIMES), pick(rng, words.DIMENSION_WEIGHTS)]
        templates = TWO_STEPPED
    else:
        by = rng.sample(words.THINGS + words.THINGS + words.TIMES[1:4] + ["weekday"], 2)
        while by[0] == by[1] or all(b in words.TIMES for b in by):
            by = rng.sample(words.THINGS + words.THINGS + words.TIMES[1:4] + ["weekday"], 2)
        templates = TWO
    s = Scene(rng, m, period(rng, 0.45), sample_filters(rng, 0.2), by)
    for b in by:
        s.filters.pop(b, None)
    return s.say(rng.choice(templates)), {"metric": m, "period": s.period.plan}


def versus(rng):
    """Two named values against each other: a breakdown."""
    by = rng.choice(["brand", "category", "category", "store", "store", "staff", "segment"])
    m = metric(rng) if rng.random() < 0.5 else "revenue"
    s = Scene(rng, m, period(rng, 0.5), sample_filters(rng, 0.12))
    for kind in {by, "brand", "category", "product"} if by in ("brand", "category") else {by}:
        s.filters.pop(kind, None)
    if by == "brand" and rng.random() < 0.15:
        by, kind = "product", "product"
    # Bare names must be known for what they are: an unknown word against another is a brand.
    known = {"store": names.STORES, "staff": names.FIRST}.get(by)
    noun = by == "store" and rng.random() < 0.45
    v, w = (rng.choice(known), rng.choice(known)) if known and not noun else (sample_value(rng, by), sample_value(rng, by))
    if v == w:
        return versus(rng)
    s.extra["v"], s.extra["w"] = value(v), value(w)
    if noun:
        shop = s.shop()
        s.extra["v"], s.extra["w"] = rng.choice([(f"the {value(v)} {shop}", f"the {value(w)} {shop}"), (value(v), f"{value(w)} {shop}"), (f"the {value(v)} {shop}", value(w)), (f"our {value(v)} {shop}", f"the {value(w)} one")])
    if by == "segment" and rng.random() < 0.3:
        s.extra["w"] += " customers"
    if by == "store" and "store" not in s.extra["w"] and rng.random() < 0.15:
        s.extra["w"] += rng.choice([" stores", " shops", " branches"])
    if rng.random() < 0.12:
        third = rng.choice(known) if known else sample_value(rng, by)
        if third not in (v, w):
            s.extra["v"] = f"{value(v)}, {value(third)}" if rng.random() < 0.6 else f"{value(third)}, {value(v)}"
    one = rng.random() < 0.28
    templates = VERSUS_ONE if one else VERSUS
    template = rng.choice(templates)
    while m != "revenue" and "<N>" not in template:
        template = rng.choice(templates)
    plan = {"metric": m, "period": s.period.plan}
    if one:
        plan.update(order="desc", limit=1)
    return s.say(template) + dimension(by), plan


INTENTS = {total: 30, breakdown: 14, stepped: 6, trend: 5, two: 3.5, versus: 3}
