"""Questions that go on from the plan before them: "and the month before?", "only frames", "by store?".

One change of the last plan each, or two, by the table of docs/plan-language.md; or a question that stands alone and
takes nothing of it.
"""

import re

import noise
import periods
import questions
import words
from domain import TIMES
from grammar import END, VALUE, expand, tidy, value
from previous import DOMAINS, MONEY, RATES, Last, before, known, unit_of, year_before
from scene import pick


def say(rng, templates, **slots):
    return expand(rng, rng.choice(templates), slots)


LEAD = "{and |and |and |what about |how about |now |ok, |ok now |same for |same again for |show me |then |so |can i see |do |let's see |give me |try |go back to |i want |}"
PERIOD = ["and <p>", "what about <p>", "how about <p>", "<p>", "<p> please", "same {thing |}<p>", "and for <n>", "same for <n>", "the same for <n>", "now <p>", "show me <p>", "and how was it <p>", "what was it <p>", "ok and <p>", "<p> instead", "change it to <n>", "make it <n>", "for <n>", "and then <p>", "do <n>", "<n> then", "what were they <p>", "can you do <n>", "rather <n>", "<n>", "<n>", "<n> only", "same again for <n>", "do the same for <n>", "repeat {that |}for <n>", "ditto for <n>", "again for <n>", "switch to <n>", "go to <n>", "try <n>", "let's look at <n>", "now look at <n>", "what did {it|that} look like <p>", "how did that look <p>", "how {was|were} {it|that|they|those} <p>", "and what was it <p>", "sorry, <n>", "i mean <n>", "i meant <n>", "not that, <n>", "no, <n>", "for <n> instead", "<p>, same thing", "<p>, same question", "same question <p>", "same question for <n>", "ok now <n>", "ok and for <n>", "what about for <n>", "and what about <n>", "but <p>", "just <n>", "only <n>", "what if i take <n>", "set the period to <n>", "period <n>", "show <n> instead", "run it for <n>", "run that {again |}for <n>", "same table for <n>", "same list for <n>", "and <h> <p>", "<h> <p>", "i need <n> too", "<n> as well", "can i have <n> as well", "and <n>, please", "let me see <n>", "give me <n>", "could we do <n>", "use <n>", "use <n> instead", "and those <p>", "that for <n>", "this for <n>", "the same <p>", "and {it|that} <p>", "i'd like it for <n>", "for <n>, please", "over to <n>", "change {the dates|the period|that} to <n>"]


def how(last):
    """What one asks for more of the same measure with: "how many" of the last plan's revenue would be another measure."""
    return "how much" if last.metric in MONEY else "what" if last.metric in RATES else "how many"


def named_period(rng, last):
    new, p = last.copy(), periods.sample(rng)
    if last.now:
        return None
    new.period = p.plan
    return say(rng, PERIOD, p=expand(rng, rng.choice(p.after), {}), n=expand(rng, rng.choice(p.name or p.after), {}), h=how(last)), new


def step_back(rng, last):
    unit, new = unit_of(last.period), last.copy()
    if last.now or unit == "weekend":
        return None
    back = before(last.period)
    if back:
        new.period = back
    else:
        if last.compare or last.as_:
            return None
        new.compare, unit = "previous", unit or "period"
    word = unit or "period"
    return say(rng, [f"{LEAD}the {word} before", f"{LEAD}the {word} before that", f"{LEAD}the previous {word}", f"{LEAD}the one before{{ that|}}", "before that", "and before that", "and before", f"the {word} before", f"{LEAD}the {word} {{earlier|prior}}", f"{LEAD}the preceding {word}", f"one {word} {{earlier|back|before}}", f"{word} before", f"{word} before", f"{word} before that", f"the {word} before then", f"previous {word}", f"{LEAD}the {word} prior to that", f"the {word} prior", f"what was it the {word} before", f"{LEAD}the {word} preceding {{it|that}}", f"{LEAD}one {word} {{further |}}back", f"go back {{a|one}} {word}", f"go one {word} back", f"{LEAD}the {word} ahead of {{it|that}}", "{the |}previous one", "{LEAD}the previous one".replace("{LEAD}", LEAD), "{the |}one before", "one {further |}back", "one earlier", f"how was {{it|that}} the {word} before", f"how did the {word} before look", f"and in the {word} before{{ that|}}", f"same for the {word} before", f"prior {word}", f"preceding {word}", f"do the {word} before that", f"the {word} before, please", f"and what about the {word} before that", f"the one before that"]), new


def year_back(rng, last):
    new, unit = last.copy(), unit_of(last.period) or "period"
    if last.now:
        return None
    back = year_before(last.period)
    if back:
        new.period = back
    else:
        if last.as_ or last.compare == "year_ago":
            return None
        new.compare = "year_ago"
        if re.fullmatch(r"last_year|\d+_years_ago|all_time", last.period):
            return None
    return say(rng, [f"{LEAD}a year {{ago|earlier|before}}", f"{LEAD}the same {unit} {{last year|a year ago|a year earlier|the year before}}", f"same {unit} last year", f"{LEAD}the year before" if unit == "year" else f"same {unit} {{a year ago|last year}}", "and one year {ago|before|earlier}", "what was it a year {ago|earlier}", "{and |}{the |}same {time|period} {last year|a year ago|a year earlier|the year before}", "{and |}that time {last year|a year ago}", "{a|one} year {ago|earlier|before that}", f"{LEAD}the same {unit} a year {{earlier|ago|back|before}}", "and twelve months {earlier|before}", f"what was it the same {unit} last year", f"the {unit} a year {{earlier|ago}}", "one year back", "go back a year", "same again a year {earlier|ago|before}", "how was {that|it} a year {ago|earlier}", f"how did the same {unit} look last year", f"{LEAD}this time last year" if last.period.startswith("this_") else "and a year ago"]), new


def compares(rng, last):
    new, unit = last.copy(), unit_of(last.period) or "period"
    if last.now or last.compare:
        return None
    new.as_ = None
    if last.period == "this_year" and rng.random() < 0.5:
        new.compare = "previous"
        return say(rng, ["{compared to|compared with|vs|versus|against} last year", "vs last year", "is that {more|better|up|less} than last year", "and compared with last year", "how does that compare {to|with} last year"]), new
    if rng.random() < 0.35 and unit != "year" and not last.period.endswith(("year", "years", "years_ago")) and last.period not in ("all_time", "default"):
        new.compare = "year_ago"
        return say(rng, ["{compared to|compared with|vs|versus|against} {last year|a year ago|the year before|the same <u> last year}", "is that {more|better|up} than {last year|a year ago}", "how does {that|it} compare {to|with} {last year|a year ago}", "{better or worse|more or less|up or down} {than|on|against} {last year|a year ago}", "is that {better|worse|higher|lower} than {last year|a year ago}", "year over year", "year on year", "yoy", "and {compared with|vs} {last year|the same <u> last year}"], u=unit), new
    new.compare = "previous"
    return say(rng, ["{compared to|compared with|vs|versus|against} the <u> before", "{compared to|compared with|vs|versus|against} the previous <u>", "is that {up|down|up or down|more|less|better|worse}", "is that {more|better|less|worse} than {before|the <u> before|the previous <u>}", "how does {that|it} compare", "how does {that|it} compare {to|with} the <u> before", "up or down", "and the change", "what's the change", "{growth|change}", "compare {it |that |}{with|to} the <u> before", "did {it|that} {go up|grow|change|improve}", "is {it|that} {growing|rising|falling|increasing}", "better or worse than before", "and compared with the <u> before", "more or less than {before|the <u> before|the previous <u>}", "how does that {stack up|measure up|hold up}{ against the <u> before| with the <u> before|}", "how's that {against|compared with|next to} the <u> before", "put it next to the <u> before", "set against the previous <u>", "with the <u> before {beside it|next to it|for comparison}", "show the change{ too|}", "show me the difference{ to the <u> before|}", "what's the difference {to|from} the <u> before", "have {we|they} {gone up|gone down|improved|grown}", "and how has {it|that} changed", "did {we|they|that} {do better|do worse|go up|go down}{ than the <u> before|}", "by how much did {it|that} {change|grow|rise|fall}", "include the previous <u>", "add the <u> before for comparison", "relative to the <u> before", "so is {that|it} {better|worse|up|down}", "and is that {up|down|more|less}", "vs <u> before", "vs the <u> before that", "{compared to|versus|against} <u> before", "{better|worse|more|less} than the <u> before"], u=unit), new


def no_comparison(rng, last):
    if not last.compare or last.order in ("growth", "decline"):
        return None
    new = last.copy()
    new.compare = None
    return say(rng, ["{drop|remove|lose|skip|without|no need for} the {comparison|change|growth}", "without {the comparison|comparing}", "no comparison{ please|}", "just the {figures|numbers}{, no comparison| without the change|}", "{don't|no need to} compare", "only {the |}{figures|numbers}, no change", "take the comparison {away|out}", "without the {change|growth|previous <u>}"], u=unit_of(last.period) or "period"), new


ONE = {"store": ["<v>", "<v>", "the <v> {store|shop|branch}", "<v> {store|shop}"], "brand": ["<v>", "<v>", "<v>", "the brand <v>"], "category": ["<v>"], "staff": ["<v>"], "segment": ["<v>", "<v>", "<v> customers"], "supplier": ["<v>", "from <v>", "supplier <v>"], "age_band": ["<v>"],
       "diagnosis": ["<v>", "<v>", "<v> patients", "with <v>"], "lens_type": ["<v>", "<v>", "<v> wearers"], "refraction": ["<v>"], "insurance_plan": ["<v>", "with <v>", "<v> patients"]}
PREPOSITION = {"store": "{at |in |for |for |}", "staff": "{by |for |for |}", "brand": "{for |of |}", "category": "{for |of |in |}", "segment": "{for |to |with |}", "age_band": "{for |among |}"}


def words_of(rng, kind, v):
    return expand(rng, rng.choice(ONE[kind]), {"v": value(v)})


def names_values(rng, last):
    """One value more, or in place of those of its kind: half the time the kind that is filtered by already."""
    kind = rng.choice(list(last.filters)) if last.filters and rng.random() < 0.7 else pick(rng, last.d.values)
    if kind in last.by or len(last.filters) > 2:
        return None
    new, v, had = last.copy(), known(rng, kind), last.filters.get(kind, [])
    if v in had:
        return None
    p, named, one = PREPOSITION.get(kind, "{for |}"), words_of(rng, kind, v), rng.choice(last.d.singular[kind])
    if had and rng.random() < 0.3:
        new.filters[kind] = had + [v]  # the values of one kind stay together
        return say(rng, AND_VALUE, v=named, u=words_of(rng, kind, had[-1]), o=one), new
    new.filters = {k: x for k, x in new.filters.items() if k != kind} | {kind: [v]}
    if len(had) == 1 and rng.random() < 0.3:
        return say(rng, INSTEAD, v=named, u=words_of(rng, kind, had[0])), new
    if had and rng.random() < 0.14:  # two at once
        w = known(rng, kind)
        if w != v:
            new.filters[kind] = [v, w]
            return say(rng, ["and <v> and <w>", "what about <v> and <w>", "only <v> and <w>", "<v> and <w>", "just <v> or <w>", "same for <v> and <w>", "<v> plus <w> instead", "now <v> and <w> together", "make it <v> and <w>"], v=named, w=words_of(rng, kind, w)), new
    if had and rng.random() < 0.25:
        return say(rng, NO_LONGER, v=named, p=p), new
    return say(rng, VALUE_WORDS, v=named, p=p, o=one, h=how(last)), new


AND_VALUE = ["also <v>", "and <v> as well", "and <v> too", "plus <v>", "<v> as well", "<v> too", "add <v>", "include <v>", "also include <v>", "together with <v>", "and also <v>", "add <v> to {that|it|the list}", "<u> and <v>", "<u> and <v> together", "<u> plus <v>", "both <u> and <v>", "with <v> as well", "count <v> {too|as well|in}", "throw in <v>", "<v> on top", "and <v> on top of that", "not just <u>, also <v>", "<u> or <v>", "extend it to <v>", "add the <o> <v>", "put <v> in as well", "take <v> in too", "let's add <v>", "combine it with <v>", "<u> as well as <v>", "<v> also", "add <v> {too|as well|please|in}", "add in <v>", "put <v> {with it|in too|on top}", "count <v> in", "with <v> too", "and <v> {on top|in addition|in there too}", "<v> in there as well", "make it <u> and <v>", "make that <u> plus <v>", "now with <v> {too|as well}", "together with <v> please", "and add <v>", "plus <v> please", "plus <v> as well", "include <v> {too|as well}", "widen it to <v> {too|as well}", "<u> {with|and} <v> {together|combined}", "what about <u> and <v> {together|combined}", "with <v> added", "<v> needs to be in there too", "not only <u> but also <v>"]
INSTEAD = ["{swap|exchange} <u> for <v>", "replace <u> {with|by} <v>", "instead of <u>{,|} <v>", "<v> instead of <u>", "<v> rather than <u>", "<v>, not <u>", "not <u>{,|} <v>", "not <u> but <v>", "change <u> to <v>", "no not <u>, <v>", "i meant <v>, not <u>", "<u> out, <v> in", "same but <v> instead of <u>", "drop <u>, take <v>", "forget <u>, show <v>", "switch from <u> to <v>", "and if it was <v> instead of <u>", "sorry, <v> not <u>", "and <v> in place of <u>", "make <u> <v>", "what about <v> instead of <u>", "not <u>. <v>", "<u>? no, <v>", "<u> was wrong, <v>", "should have been <v>, not <u>", "it should be <v> instead of <u>", "take <v> instead of <u>", "use <v> rather than <u>", "put <v> in place of <u>", "{ok |}<v> not <u> please", "exchange <u> with <v>", "turn <u> into <v>", "not <u> this time, <v>", "and <v> rather than <u>", "and not <u> but <v>", "other way: <v> instead of <u>"]
NO_LONGER = ["<p><v> instead", "<v> instead", "i meant <v>", "i mean <v>", "sorry, <v>", "no, <v>", "make {it|that} <v>", "switch to <v>", "change {it|that} to <v>", "rather <v>", "now <v> instead", "same for <v> instead", "show <v> instead", "and <v> instead", "<v> this time", "let's take <v> instead", "this time <v>", "next, <v>", "next <v>", "then <v>", "rather for <v>", "better <v>", "sorry i meant <v>", "oops, <v>", "no i want <v>", "no <v>", "actually <v>", "wrong one, <v>", "now take <v>", "take <v>", "have a look at <v> instead", "do <v> instead", "could you do <v> instead", "and the same thing for <v> instead", "this time <p><v>", "<p><v> this time", "<p><v> rather", "only now <p><v>"]
VALUE_WORDS = ["only <v>", "just <v>", "<p><v> only", "what about <v>", "what about <v>", "how about <v>", "and <p><v>", "and <v>", "and for <v>", "<p><v>", "same for <v>", "same for <v>", "the same for <v>", "now <p><v>", "only <p><v>", "just <p><v>", "<v>", "<v>", "<v> please", "ok and <p><v>", "what does it look like for <v>", "show <v>", "show me <v>", "and what about <v>", "limit it to <v>", "and how about <v>", "narrow it down to <v>", "and if we only look at <v>", "and <v>, <h> there", "and <v>, <h>", "what about <v> there", "same again for <v>", "do the same for <v>", "do it for <v>", "ditto for <v>", "ditto <v>", "repeat {it |that |}for <v>", "how does it look for <v>", "and how does <v> look", "how {is|are|was|were} {that|it|they|those} <p><v>", "filter {by|on|for} <v>", "restrict {it|that|this} to <v>", "look at <v> only", "of those, only <v>", "and of those <v>", "just the <v> ones", "only the <v> ones", "the <v> ones", "the <v> part of it", "what part of that is <v> only", "i only need <v>", "i only want <v>", "i'm only interested in <v>", "keep only <v>", "zoom in on <v>", "focus on <v>", "ok now <p><v>", "now only <v>", "now just <v>", "and just <p><v>", "try <v>", "let's see <v>", "give me <v>", "can i see <v>", "could you do <v>", "tell me for <v>", "for the <o> <v>", "and the <o> <v>", "but only <v>", "but for <v>", "but just <p><v>", "and <p><v> alone", "<v> alone", "<v> on its own", "with <v> only", "check <v>", "go on with <v>", "and with <v>", "next: <v>", "same again but <p><v>", "same but <p><v>", "same thing but for <v>", "the same but <v>", "{hows|how's|how is} <v> doing", "and how is <v> doing", "how {has|have} <v> done", "how did <v> do", "how {did|does} <v> {get on|fare|look}", "{how|what} bout <v>", "wot about <v>", "what of <v>", "and <v> {there|then|too?}", "<v> there", "<v> then", "<v> then please", "any <v>", "{and |}any <v> {there|in there|among them}", "and of <v>", "and <h> <p><v>", "<h> <p><v>", "and over at <v>" , "is it the same <p><v>", "same story <p><v>", "same {figure|number|numbers|figures|list|table} for <v>", "and those <p><v>", "that <p><v>", "those <p><v>", "can you do <v> {next|too|now}", "could i have <v>", "pull up <v>", "move on to <v>", "now over to <v>", "and if i take <v>", "what does <v> look like", "{and |}<v>'s", "i'd like <v>", "let me have <v>", "run it for <v>", "do <v>", "do <v> too" , "go to <v>", "i need <v>", "i also need <v>, on its own", "just for <v>", "{and |}<v>, same thing", "<v>, same question", "<v> by itself", "<v> this time round"]


def drops(rng, last):
    """Back to what was not filtered: by one kind, or by all of them."""
    if not last.filters:
        return None
    new = last.copy()
    if rng.random() < 0.66:
        kind = rng.choice(list(last.filters))
        gone = new.filters.pop(kind)
        noun, one = rng.choice(last.d.plural.get(kind, [kind])), rng.choice(last.d.singular.get(kind, [kind]))
        templates = list(ALL_OF)
        if kind == "store":
            templates += [*WHOLE, *WHOLE, "not just {there|that one}", "all our <k> together", "in the other <k> as well, all of them", "at all our <k>", "for the chain", "over the whole chain", "any of our <k>", "all <k> combined", "everywhere", "in all of them", "at every one of our <k>", "wherever", "chain-wide", "across the chain", "not just there, everywhere", "in every <o>"]
        if kind == "age_band":
            templates += ["all ages", "any age", "of any age", "whatever their age", "regardless of age", "all ages please", "young and old", "no age limit"]
        if kind == "staff":
            templates += ["the whole team", "for the team", "everybody", "all of us", "not just {him|her|them}, the whole team", "team total"]
        if len(gone) == 1 and rng.random() < 0.4:
            return say(rng, ["{drop|forget|remove|lose|clear|ignore} <v>", "{drop|remove|lose|clear|take off} the <v> filter", "no longer {just|only} <v>", "not {just|only} <v>", "not {just|only} <v>, all <k>", "all <k>, not {just|only} <v>", "no <v> filter", "without the <v> filter", "don't limit it to <v>", "not limited to <v>", "more than just <v>", "<v> doesn't matter", "and not only <v>"], v=words_of(rng, kind, gone[0]), k=noun), new
        return say(rng, templates, k=noun, o=one), new
    new.filters = {}
    whole = [] if "store" in last.filters and len(last.filters) > 1 else WHOLE  # of frames at the airport, the whole company's frames are left
    return say(rng, [*whole, "everything", "for everything", "and overall", "all of it", "without {the |any |}{filter|filters}", "no filter", "overall", "in general, without filters", "for all", "no, everything", "no, all of it", "everything please", "all of them", "and everything together", "remove {the |all |}{filter|filters}", "back to {everything|the whole {shop|company|business|practice}|the total|all of it}", "{clear|reset|drop|lose|undo} {the |all |all the |}filters", "the whole {lot|thing|picture}", "unfiltered", "everyone and everything", "the full picture", "across the board", "and as a whole", "now without {those|any} filters", "the lot", "go back to everything", "what about everything", "how about overall", "and in general", "no restrictions", "no limits on what", "ok now for everything", "same for everything", "and without any {restriction|filter|limit}"]), new


WHOLE = ["company wide", "company-wide", "and for the whole {business|company}", "the whole {business|company}", "for the {business|company} as a whole", "{now |and |}for the total {business|company}", "across the {business|company}", "for the entire {business|company}", "for the company", "all over the company", "in the whole company", "and the whole company"]
ALL_OF = ["all <k>", "all <k> now", "all <k> please", "now all <k>", "for all <k>", "and all <k>", "across all <k>", "and for all <k>", "what about all <k>", "over all <k>", "every <o>", "regardless of <o>", "all the <k>", "same for all <k>", "any <o>", "whatever the <o>", "no matter which <o>", "across every <o>", "for every <o>", "{drop|remove|forget|lose|clear|ignore} the <o>", "{drop|remove|clear} the <o> filter", "no <o> filter", "without the <o> filter", "not limited to a <o>", "all <k> together", "irrespective of <o>", "<o> doesn't matter", "for all our <k>", "all our <k>", "all our <k> together", "all <k> put together", "back to all <k>", "include all <k>", "all <k> again", "and across all our <k>", "with all <k>", "let's take all <k>", "show all <k>"]


def keeps(rng, last):
    """Of two values filtered by, all there is of one of them."""
    if len(last.filters) < 2:
        return None
    new, kind = last.copy(), rng.choice([k for k in last.filters])
    if len(last.filters[kind]) != 1:
        return None
    new.filters = {kind: list(last.filters[kind])}
    v = words_of(rng, kind, last.filters[kind][0])
    templates = ["everything {for|of} <v>", "all of <v>", "{keep |}just <v> and nothing else", "only <v> and nothing else", "no other filter but <v>", "drop everything but <v>", "drop all filters but <v>", "all there is {for|of} <v>", "<v> as a whole", "<v> in total, without the rest", "only keep <v>", "{lose|drop|remove} the rest, only <v>", "<v> overall"]
    if kind == "store":
        templates += ["everything at <v>", "everything {we have |we did |}at <v>", "all of it at <v>", "the whole of <v>", "<v> altogether"]
    return say(rng, templates, v=v), new


def no_such_filter(rng, last):
    """All of a kind that nothing was filtered by: the plan stays."""
    kind = rng.choice(["store", *last.d.values])
    if kind in last.filters or kind in last.by or kind not in last.d.plural:
        return None
    return say(rng, ["any <o>", "all <k>", "for all <k>", "across all <k>", "all <k> please", "regardless of <o>"], k=rng.choice(last.d.plural[kind]), o=rng.choice(last.d.singular[kind])), last.copy()


def breaks_down(rng, last):
    new = last.copy()
    timed = last.metric in last.d.timed and rng.random() < 0.38
    kind = rng.choice(TIMES[:4]) if timed else pick(rng, last.d.dimensions)
    if kind in last.by:
        return None
    one, many = rng.choice(last.d.singular[kind]), rng.choice(last.d.plural[kind])
    adds = len(last.by) == 1 and not (timed and last.steps) and rng.random() < 0.3
    if adds:
        new.by = last.by + [kind]
        if new.as_ == "running":
            new.as_ = None
        text = say(rng, [*AND_BY, "also by <o>", "and by <o>", "and also by <o>", "within that by <o>", "and by <o> as well", "and split that by <o>", "also per <o>", "and per <o> too", "additionally by <o>", "and then by <o>", "broken down further by <o>"], o=one, m=many, w=rng.choice(last.d.singular[last.by[0]]), x=rng.choice(last.d.plural[last.by[0]]))
    else:
        new.by = [kind]
        templates = [*BY, "by <o>", "by <o>", "per <o>", "split by <o>", "broken down by <o>", "for each <o>", "show {it |that |}by <o>", "can i {see|have} {it|that} by <o>", "break {it|that} down by <o>", "split {it|that} by <o>", "group by <o>", "by <o> please", "by <o> instead", "now by <o>", "each <o>", "what about {by|per} <o>", "and for each <o>"]
        if not timed:
            templates += ["which <m>", "which <m>", "and which <m>", "for {all |the |}different <m>", "what <m> {are|were} {they|those|that|it}", "{from|of|in|at|for} which <m>", "which <m> {are|were} {they|those|these}", "which <m> {is|was} {that|it|this}{ exactly|}", "show the <m>", "list the <m>", "<o> wise", "name the <m>", "how does {it|that} split across {the |our |}<m>", "how is {that|it} spread {over|across} {the |our |}<m>", "across {the |our |}<m>", "compare {the |our |all |}<m>", "and between <m>", "what are the <m>"]
            if kind == "staff":
                templates += ["who", "who", "and who", "by whom", "by person", "who exactly", "who was that", "who {were|are} they", "whose is that", "which of us", "who did that", "per head"]
            if kind == "store":
                templates += ["where", "where{ was that| is that| exactly|}", "and where", "at which one"]
            if kind == "supplier":
                templates += ["who from", "from whom", "who delivers {it|that|those}", "whose are {they|those|these}", "who supplies {it|that|them}", "where {do|did} {they|those} come from"]
            if kind == "insurance_plan":
                templates += ["how are they insured", "who {are they insured with|covers them|pays}", "which insurance do they have", "what {insurance|cover|plan} do they have"]
            if kind == "diagnosis":
                templates += ["what {do|did} they have", "what was found", "what were they {treated|seen|here} for", "with what {diagnosis|condition}"]
            if kind == "lens_type":
                templates += ["what {do|did} they wear", "what were they prescribed", "wearing what"]
            if kind == "age_band":
                templates += ["what ages are they", "what age are they", "how old{ were they| are they|}, in bands"]
        else:
            adjective = f"{{{'|'.join(words.ADJECTIVE[kind])}}}"
            templates += [adjective] * 3 + [f"{lead}{adjective}{tail}" for lead, tail in (("make it ", ""), ("make that ", ""), ("", " instead"), ("", " please"), ("now ", ""), ("as ", " figures"), ("show it ", ""), ("", " figures"), ("the ", " figures"), ("", " view"), ("on a ", " basis"), ("and ", ""), ("rather ", ""), ("can i have it ", ""), ("switch to ", ""), ("i need it ", ""), ("give me the ", " numbers"))]
            templates += ["over time, by <o>", "how did {that|it} develop by <o>", "for every single <o>", "over the <m>"]
        text = say(rng, templates, o=one, m=many, h=how(last))
        if timed:
            new.order = new.limit = None
        if new.as_ == "running" and not timed or new.as_ == "share" and timed:
            new.as_ = None if new.as_ == "running" else "share"
    return text, new


BY = ["split {that|it|this|them} by <o>", "split {that|it} up by <o>", "split {that|it} out by <o>", "break {that|it|this} {out|up} by <o>", "cut {that |it |}by <o>", "slice {it|that} by <o>", "<o> breakdown", "<o> split", "in a <o> breakdown", "what's the <o> split", "what's that {by|per} <o>", "how does that look {by|per|for each} <o>", "give me that by <o>", "{give me|i need|i want|let me see} {it|that|this} {by|per} <o>", "same {thing |}by <o>", "same {by|per} <o>", "{ok |and |}then by <o>", "now {split|break} {it|that} by <o>", "show {the |}<o> level", "and on <o> level", "at <o> level", "<o> by <o>", "list {it|that|them} by <o>", "sorted by <o>", "what is {it|that} {for|in|at} each <o>", "<h> {for|in|at} each <o>", "<h> {per|by} <o>", "<h> is that {per|by|for each} <o>", "divide {it|that} by <o>", "group {it|that|them} by <o>", "could you break that down {by|per} <o>", "change that to by <o>", "not in total, by <o>", "one row per <o>", "a row for each <o>", "a list by <o>", "table by <o>", "and a breakdown by <o>", "per <o> please", "per <o> instead", "drill down {to|by} <o>", "with a <o> breakdown", "for every <o>"]
AND_BY = ["add <o>{ to that| to it| as well| too|}", "add <o> as a second {split|breakdown|level|column}", "break each <w> down by <o>", "split each <w> by <o>", "each <w> by <o>", "for each <w> by <o>", "and within each <w> by <o>", "each <w> split by <o>", "with <o> as well", "plus <o>", "plus by <o>", "by <o> too", "by <o> as well", "by <o> {on top|in addition}", "{break out|split out|show} the <m> {too|as well}", "split that further by <o>", "break that down further by <o>", "and inside that by <o>", "by <w> and <o>", "<w> and <o>", "by <w> and by <o>", "the <x> by <o>", "go deeper, by <o>", "one level deeper: <o>", "also split by <o>", "also broken down by <o>", "keep the <x> and add <o>", "now each <w> by <o>", "cross it with <o>", "<w> by <o>"]


def one_breakdown(rng, last):
    """Of two breakdowns one is left."""
    if len(last.by) != 2:
        return None
    new, at = last.copy(), rng.randrange(2)
    kept, gone = last.by[at], last.by[1 - at]
    new.by = [kept]
    if kept in (*TIMES, "weekday"):
        new.order = new.limit = None
    return say(rng, ["only by <o>", "just by <o>", "by <o> {only|alone}", "{drop|remove|lose|leave out|take out} the <g>", "without the <g>{ split| breakdown|}", "{drop|no|lose} the <g> {split|breakdown|column}", "not by <g>", "not by <g>, {just|only} by <o>", "{just|only} the <m>", "no need for the <g>{ split|}", "<m> only", "keep {just|only} the <m>", "only the <o> split"], o=rng.choice(last.d.singular[kept]), m=rng.choice(last.d.plural[kept]), g=rng.choice(last.d.singular[gone])), new


def in_all(rng, last):
    if not last.by:
        return None
    new = last.copy()
    new.by, new.order, new.limit, new.as_ = [], None, None, None
    return say(rng, ["{whats|what's|what is} {that|it} {in total|altogether|all together|in sum|overall}", "<h> {is that |}{in total|altogether|in all}", "add {that|it|them} up", "all {of them |}together", "in total", "and in total", "altogether", "all together", "overall total", "just the total", "the total", "and the total", "what's the total", "total please", "summed up", "in sum", "what does that come to{ in total|}", "how much is that {in total|altogether}", "only the total", "as one figure", "and all in all", "one {figure|number} {for all of them|for all|please|in total}", "what's {that|it|this} added up", "all {that |}added up", "{just |only |}one number", "as a {single|total} {number|figure}", "no {split|breakdown}{ please|}", "{drop|without|lose|remove|no need for} the {split|breakdown}", "not split", "not broken down", "undo the {split|breakdown}", "collapse that{ to one figure|}", "sum {it|that|them|those} up", "add them all up", "and if you add {it|that|them} {all |}up", "what do they come to", "what do they {add up|amount} to", "the sum", "the sum of {that|those|them}", "grand total", "and the grand total", "all told", "everything together as one number", "taken together", "<h> is that all together", "<h> all told", "put together", "the overall figure", "the overall number", "give me the total", "total instead", "total only"], h=how(last)), new


def ranks(rng, last):
    if not last.by or last.steps or last.as_ == "running" or len(last.by) > 1:
        return None
    new, high = last.copy(), rng.random() < 0.68
    new.order = "desc" if high else "asc"
    if last.order in ("desc", "asc") and rng.random() < 0.4:
        return reorders(rng, last)
    roll, good = rng.random(), ("best", "top", "highest", "biggest", "strongest") if high else ("worst", "bottom", "lowest", "smallest", "weakest")
    word = rng.choice(good)
    if roll < 0.5:
        n = rng.choice([2, 3, 3, 5, 5, 10, 4, 6, 20])
        new.limit = n
        return say(rng, [f"{{top|the top|only the top|just the top|show the top}} {n}" if high else f"{{bottom|the bottom|only the bottom|the worst|the lowest|the last}} {n}", f"the {periods.spell(rng, n)} {word}", f"only the {n} {word}", f"just the {word} {n}", f"and the {word} {n}", f"{word} {n}", f"{n} {word} ones", f"show me {{only |just |}}the {{{word} {n}|{n} {word}}}", f"{n} {word}", f"the {word} {n} will do", f"{{limit it|cut it|cut it down|keep it}} to the {{{word} {n}|{n} {word}}}", f"give me {{just |only |}}the {word} {n}", f"i only need the {word} {n}", f"which are the {{{word} {n}|{n} {word}}}", f"which {periods.spell(rng, n)} are {{the |}}{word}", f"just {{the |}}{periods.spell(rng, n)} {word}", f"who are the {word} {n}" if last.by == ["staff"] else f"what are the {n} {word}"]), new
    if roll < 0.75:
        new.limit = 1
        return say(rng, [f"only the {word}{{ one|}}", f"which {{one |}}is {{the |}}{word}", f"the {word} one", f"just the {word}{{ one|}}", f"and the {word}", f"which {{one |}}was {{the |}}{word}", f"who is {{the |}}{word}" if last.by == ["staff"] else f"the {word}", *(["who's on top", "who leads", "who came first", "the leader", "which comes first", "which one leads", "the winner", "number one", "who's number one", "which one is ahead", "first place", "which of them is in front"] if high else ["who's last", "which comes last", "who came last", "the loser", "which one is at the bottom", "last place", "which one is behind", "and the tail end, just one"]), f"which of {{them|those|these}} is {{the |}}{word}", f"which one has the {'most' if high else 'least'}", f"who has the {'most' if high else 'least'}" if last.by == ["staff"] else f"which has the {'most' if high else 'least'}", f"and which {last.by[0].replace('_', ' ') if last.by[0] not in ('staff', 'insurance_plan') else 'one'} is {{the |}}{word}", f"the single {word}", f"{word} one", f"only one, the {word}"]), new
    new.limit = None
    return say(rng, [f"the {word} ones", f"only the {word} ones", f"and the {word} ones", f"{word} first", f"sorted, {word} first", f"show the {word} ones", f"rank them, {word} first", f"which ones are {{the |}}{word}", *(["sort it", "sorted", "rank them", "ranked", "sort them by size", "in order of size", "descending", "biggest to smallest", "high to low", "from the top", "sort from high to low", "order it", "largest first", "in descending order", "sort descending", "from best to worst"] if high else ["ascending", "smallest to biggest", "low to high", "from the bottom", "sort from low to high", "smallest first", "in ascending order", "sort ascending", "from worst to best"])]), new


def reorders(rng, last):
    """The other way round, or another number of rows, or all of them."""
    new, roll = last.copy(), rng.random()
    if roll < 0.5 or not last.limit:
        new.order = "asc" if last.order == "desc" else "desc"
        low = new.order == "asc"
        more = ["{and |}the {bottom|lowest|worst} instead", "and the {worst|weakest|lowest}", "rather the {worst|lowest} ones", "and at the bottom"] if low else ["{and |}the {top|highest|best} instead", "and the {best|strongest|highest}", "rather the {best|highest} ones", "and at the top"]
        if last.limit and last.limit > 1:
            more += [f"and the {'bottom' if low else 'top'} {last.limit}", f"{'bottom' if low else 'top'} {last.limit} instead", f"{'worst' if low else 'best'} {periods.spell(rng, last.limit)}"]
        if last.limit == 1:
            more += ["and last" if low else "and first", "and the one at the bottom" if low else "and the one at the top", "who was last" if low else "who was first"]
        return say(rng, [*more, "{sort it |sort |}the other way{ round| around|}", "other way {round|around}", "{reverse|flip|invert|turn} {it|that|the order|the list}{ round|}", "the other end{ of the list|}", "in reverse{ order|}", "the opposite{ end| order|}", "reverse order", "reversed", "{and |}the other way {round|around}", "upside down", "turn it around", "sort in the other direction", "and from the other end", "start from the other end"]), new
    if roll < 0.85:
        new.limit = rng.choice([n for n in (1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 50) if n != last.limit])
        n, w = str(new.limit), periods.spell(rng, new.limit)
        if n == "1":
            return say(rng, ["only one", "just one", "just the first one", "only the first", "make {it|that} one", "one is enough", "i only need one"]), new
        return say(rng, [f"make {{that|it}} {w}", f"{w} instead", f"{{show|give me|list}} {w}", f"{{show|give me|list}} {w} of them", f"{{make it|show|give me}} {{a |the |}}top {w}" if last.order == "desc" else f"the bottom {w}", f"{w} of them", f"{w} please", f"{w} not {last.limit}", f"i need {w}", f"{{only|just}} {w}" if new.limit < last.limit else f"more, {w}", f"{w} is enough" if new.limit < last.limit else f"{w} rather than {last.limit}", f"change {{that|it}} to {w}", f"can i see {w}", f"not {last.limit}, {w}"]), new
    new.limit = 100
    n = "100"
    return say(rng, [f"{{top|show|list|make it|give me}} {n}", f"{n} of them", f"up to {n}"]), new


def measures(rng, last):
    metric = pick(rng, last.d.weights)
    if metric == last.metric:
        return None
    was, new = last.now, last.copy()
    new.metric = metric
    if new.now:
        new.period, new.compare = "now", None
    elif was:
        new.period = "default"
    if metric not in last.d.timed:
        new.by = [b for b in new.by if b not in TIMES and b != "weekday"]
    if new.order in ("growth", "decline") and not new.compare or not new.by:
        new.order = new.limit = None
    if new.as_ and (metric not in last.d.additive or not new.by):
        new.as_ = None
    if metric in last.d.point_to and rng.random() < 0.4:
        return say(rng, last.d.point_to[metric]), new
    noun = expand(rng, rng.choice(last.d.nouns[metric]), {})
    return say(rng, ["and <n>", "and the <n>", "what about <n>", "what about the <n>", "how about <n>", "<n> instead", "<n>", "in <n>", "and <n> then", "same for <n>", "the same for <n>", "now <n>", "show <n> instead", "and what about <n>", "and <n> please", "<n> please", "rather <n>", "and in terms of <n>", "can i see <n> instead", "the same with <n>", "and our <n>", "how much <n> is that", "and how much <n> is that", "what is that in <n>", "and as <n>", "and how much is that in <n>", "show that as <n>", "<n> rather than <o>", "<n>, not <o>", "not <o>, <n>", "<o> no, <n>", "instead of <o> <n>", "swap <o> for <n>", "change {it|that} to <n>", "switch to <n>", "same but <n>", "same thing for <n>", "same {table|list|view|breakdown} {with|for} <n>", "{tell|give|show} me the <n> {too|as well|instead}", "the <n> {too|as well}", "do {it|that} for <n>", "the same in <n>", "and what {is|was|are|were} the <n>", "what {is|was|are|were} the <n> {there|then|for that|for those|on that|of those|of that}", "what were their <n>", "their <n>", "its <n>", "and their <n>", "what {does|did} that {mean|come to} in <n>", "i meant <n>", "sorry, <n>", "i mean <n>", "no, <n>", "by <n> instead", "measured {by|in} <n>", "and if we look at <n>", "now look at <n>", "the <n> for {that|those|the same}", "<n> for {that|those|the same|these}", "ok now <n>", "right, and <n>", "how {is|are|was|were} the <n>", "can you add <n>", "next <n>", "now <n> please", "now the <n>", "give me <n>", "let's see <n>", "let me see the <n>", "ditto for <n>", "repeat for <n>", "use <n> instead"], n=noun, o=expand(rng, rng.choice(last.d.nouns[last.metric]), {})), new


def shows_as(rng, last):
    if last.metric not in last.d.additive or last.compare or not last.by:
        return None
    new = last.copy()
    if last.steps and len(last.by) == 1 and last.by[0] in TIMES and not last.order and not last.limit:
        new.as_ = "running"
        return say(rng, ["cumulative", "cumulatively", "as a running total", "running total", "and cumulative", "and the running total", "added up", "accumulated", "show it cumulatively", "summed up step by step", "rolling total", "rolling sum", "running sum", "running", "keep a running {total|sum}", "make it cumulative", "cumulative figures", "and accumulated", "adding up as we go", "build it up", "cumulated", "as a cumulative {line|curve|total}", "add up as {it goes|we go}", "total so far at each step", "show the running total instead"]), new
    if last.steps:
        return None
    new.as_ = "share"
    return say(rng, ["in per cent", "in percent", "as a share", "as shares", "in %", "as a percentage", "as percentages", "what share is that", "and the share", "and in percent", "what percentage is that each", "as a share of the total", "as % of total", "and as a percentage", "show the shares", "what part of the total is that", "percentages{ please|}", "percentage wise", "in relative terms", "show percentages", "show {it|that|them} in {percent|%}", "each one's {share|part|percentage}", "what's each one's share", "as %", "% please", "% of total", "how much is that in {percent|%}", "relative", "proportions", "as proportions", "as a proportion of the total", "what proportion{ is that|}", "{and |}the percentage", "{and |}the percentages", "in {percent|percentage} terms", "how big is each share", "what is each one's part", "as parts of the whole", "can i have {that|it} in percent", "convert {that|it} to percent", "percent instead", "the split in percent", "make that percentages"]), new


def ranks_by(rng, last):
    """Another breakdown and its ranking at once: "top 5 stores", "which brand is best"."""
    kind = pick(rng, last.d.dimensions)
    if kind in last.by or last.as_ or last.order in ("growth", "decline"):
        return None
    new, high = last.copy(), rng.random() < 0.7
    new.by, new.order = [kind], "desc" if high else "asc"
    one, many = rng.choice(last.d.singular[kind]), rng.choice(last.d.plural[kind])
    word = rng.choice(("best", "top", "highest", "strongest") if high else ("worst", "lowest", "weakest", "bottom"))
    if rng.random() < 0.5:
        new.limit = rng.choice([2, 3, 3, 5, 5, 10, 4])
        return say(rng, [f"{{the |and the |show the |}}{word} {new.limit} {many}", f"{{the |and the |only the |}}{new.limit} {word} {many}", f"{word} {periods.spell(rng, new.limit)} {many}"]), new
    if rng.random() < 0.6:
        new.limit = 1
        return say(rng, [f"which {one} {{is|was|did|has}} {{the |}}{word}", f"and {{the|which is the}} {word} {one}", f"{word} {one}", f"which {one} {{has|had}} the {'most' if high else 'least'}", f"which {one} {{has|had}} the {'most' if high else 'least'} of {{them|those|it|that}}", f"which {one} {{is|was}} {{the |}}{word} {{there|for that|in that|for those}}", f"at which {one} {{is|was}} it {{the |}}{'highest' if high else 'lowest'}", f"{{who|which {one}}} {{leads|is ahead|comes first}}" if high and kind == "staff" else f"and which {one} is {{the |}}{word}", f"the {one} with the {'most' if high else 'least'}", f"{{the |}}{one} with the {'highest' if high else 'lowest'}"]), new
    new.limit = None
    return say(rng, [f"{{and |}}{{the |which are the |}}{word} {many}", f"which {many} {{are|were}} {{the |}}{word}", f"which {many} {{have|had}} the {'most' if high else 'least'}"]), new


def two_at_once(rng, last):
    """Two changes in one breath: a value and a period, a breakdown and a period, a breakdown and a value."""
    first = rng.choice([names_values, breaks_down, ranks_by, ranks, in_all, drops])(rng, last)
    if first is None or last.now and first[1].now is False:
        return None
    text, new = first
    if last.now or rng.random() < 0.35:  # a value
        kind = pick(rng, last.d.values)
        if kind in new.by or kind in new.filters or len(new.filters) > 1:
            return None
        v = known(rng, kind)
        new.filters[kind] = [v]
        named = expand(rng, PREPOSITION.get(kind, "{for |}"), {}).replace("  ", " ") + words_of(rng, kind, v)
        return rng.choice([f"{text} {named}", f"{text}, {named}", f"{text}, only {named}", f"{named}, {text}", f"{text} but only {named}"]), new
    p = periods.sample(rng)
    new.period = p.plan
    when = expand(rng, rng.choice(p.after), {})
    if not when:
        return None
    return rng.choice([f"{text} {when}", f"{text} {when}", f"{text} {when}", f"{text}, {when}", f"{when}, {text}", f"{when} {text}", f"{text} but {when}", f"{text} and {when}"]), new


def cannot(rng, last):
    """What no plan answers, said of the last one."""
    reason = pick(rng, {"cause": 5, "forecast": 5, "not_in_data": 6, "off_topic": 2})
    one, by = rng.choice(last.d.singular[pick(rng, last.d.dimensions)]), rng.choice(last.d.by)
    text = {
        "cause": lambda: say(rng, ["{and |but |}why{ is that| is it| so| is that so| did that happen| though| the change|}", "how come{ that is| it is so {low|high}|}", "{and |}what's {the reason|behind {that|it}|going on there|wrong there}", "what {can|should|could} we do {about {it|that}|there|to improve that}", "{and |}what should {i|we} do{ now|}", "how {do|can} we {change|improve|fix|raise|lower} {that|it}", "what caused {that|it|the change|this}", "explain {that|this|it|the difference|the drop|the rise}", "{reason|reasons|cause}", "what do you {recommend|suggest|advise}{ then|}", "any {ideas|idea|tips} {how to improve {it|that}|what to do|why}", "why {so|is it so|are they so} {low|high|few|many|much|little}", "what happened{ there|}", "how could that happen", "what's {causing|driving|behind} {that|it|this}", "where does that come from, why", "what {went wrong|explains {that|it|this}|made {that|it} {change|happen|drop|rise}}", "is there {a reason|an explanation}{ for {that|it}|}", "how so", "for what reason", "what do you make of {that|it}", f"why is {known(rng, pick(rng, last.d.values))} so {rng.choice(['low', 'high', 'bad', 'good', 'weak', 'far behind'])}", "is that {something to worry about|a problem}, what should we do", "and what can be done about it", "what would you {do|change|advise}", "how {do|can} we {turn {that|it} around|get {that|it} {up|down}|push {that|it}}", "what should {i|we} {change|do differently|do about {that|it|them}}"]),
        "forecast": lambda: say(rng, ["{and |what about |how about |}{next|the coming} {week|month|quarter|year}", "and {tomorrow|in the future|for the rest of the year|in the next {three|six|12} months}", "what will {it|that|they} be {next {week|month|year|quarter}|tomorrow|by year end|at the end of the year}", "{forecast|predict|estimate|project} {it|that|next {month|year|quarter}|the next three months}", "how will {that|it|this} {develop|go on|look next {month|year}}", "will {it|that|they} {go up|rise|fall|get better|continue|be more next {month|year}}", "{and |}the {forecast|outlook|projection}", "when will {we|it|that} reach {1000|500|10,000|double that}", "where will {we|it} be {next year|in december|by christmas}", "are we on {track|target}{ with that|}", "will {it|that|they} keep {going|rising|falling|growing}", "will {it|that} {last|stay like that|stay that way}", "what do you expect for {next {week|month|year}|the coming weeks|the rest of the month}", "what can we expect", "{and |}tomorrow", "by the end of the {month|year|quarter}, how much", "what will next {month|week|year} look like", "and in {2030|five years}", "where {is|are} {that|it|they} heading", "{and |}the coming {weeks|months}", "how much {more |}will it be"]),
        "not_in_data": lambda: say(rng, [f"{{by|per|split by|for each|and by}} {by}", f"{{by|per|and by}} {by}", f"which {by}", f"{{without|except|excluding|not counting|all but|everything but}} {known(rng, pick(rng, last.d.values))}", f"the {{best|worst|top}} one {{per|in each|for every}} {one}", "only {those|the ones} {with|over|above|under} {more than |less than |}{10|100|50|1000}", "and by name", "{and |}compared {to|with} {our competitors|other shops|the industry|the market}", "{and |}the median", "how many {complaints|phone calls|emails} was that", "{names|the names}{ please| of {them|those|the people}|}", "who are they{ by name|}, names please", f"{{split|break}} {{it|that}} {{down |}}by {by}", f"and the {by}", f"what {by}", f"by {by} instead", "only those {over|above|under|below} {100|50|1,000|20 units}", "without the {outliers|biggest one|best one}", "against {the|our} {budget|target|plan}", "vs {budget|plan|target}", f"everything {{except|but}} {known(rng, pick(rng, last.d.values))}", "the {standard deviation|variance|mode}", "{send|email|fax} {it|that} to {me|my boss|head office}" if rng.random() < 0.3 else "and who complained"]),
        "off_topic": lambda: say(rng, ["{ok |}{thanks|thank you|thx}{ a lot|}", "{great|cool|nice|perfect|ok|super}{ thanks|}", "{thanks|thank you}, {bye|that's all|that is all}", "tell me {a joke|something funny|a story|a riddle}", "{what|who} are you", "{haha|lol|wow}{ ok| nice|}", "never mind", "cheers{ mate|}", "ta", "{lovely|brilliant|wonderful|excellent|super|very good}{, thank you|, thanks|, ta|}", "ok {bye|great|good}", "that's all{ for now|}", "good to know", "i see", "understood", "you're welcome", "good {night|morning|evening}", "sing {me |}a song", "are you {human|a robot|an ai}", "what time is it", "what's the weather{ today|}", "{you are|you're} {great|wrong|funny}", "hello", "forget it"]),
    }[reason]()
    return text, reason


CHANGES = {named_period: 18, step_back: 11, year_back: 8, compares: 9, no_comparison: 3, names_values: 72, drops: 28, keeps: 3, no_such_filter: 1.5, breaks_down: 18, one_breakdown: 4, in_all: 7, ranks: 11, ranks_by: 7, measures: 20, shows_as: 5, two_at_once: 9, cannot: 15}
FRONT = ["ok ", "ok, ", "and ", "so ", "now ", "thanks, ", "great, ", "hmm ", "alright, ", "good, ", "right, ", "fine, ", "cool, ", "okay ", "please ", "can you do ", "could you show ", "sorry, ", "i mean ", "no, ", "yes, ", "then ", "oh, ", "got it, ", "ok now ", "right ", "can i have ", "can i see ", "could i get ", "would you show ", "let's have ", "i'd like ", "i need ", "and please ", "actually ", "wait, ", "hang on, ", "fine. ", "thanks. ", "great. ", "ok. ", "one more: ", "next: ", "mmh, ", "perfect, "]
BACK = [" please", " then", " thanks", " pls", ", please", " for me", " now", " again", ", thanks", " thx", " if possible", " cheers", " if you can", " ta", ", same as before", " this time", " real quick", ", that's it"]


def fragment(rng, domain):
    """(last plan, words, new plan): the words mean something only after the plan."""
    d = DOMAINS[domain]
    while True:
        last = Last(rng, d)
        if not last.legal():
            continue
        got = pick(rng, CHANGES)(rng, last)
        if got is None or not isinstance(got[1], str) and not got[1].legal():
            continue
        text, new = got
        text = noise.mistype(rng, tidy(text), 0.0 if rng.random() < 0.68 else rng.choice([0.05, 0.1]))
        if rng.random() < 0.12 and not text.startswith(("and ", "ok ", "now ", "so ", "then ")):
            text = rng.choice(FRONT) + text
        if rng.random() < 0.22:
            text += rng.choice(BACK)
        text = questions.normalise(text.replace(VALUE, "").replace(END, "")) + rng.choice(["?", "?", "", "", "", ".", "??", " ?"] if rng.random() < 0.2 else ["?", "?", "", ""])
        if isinstance(new, str):
            return last, text, {"unsupported": new}
        if not questions.fits(text, [v.strip() for v in new.plan().get("where", []) if v not in last.plan().get("where", [])]):
            continue
        return last, text, new.plan()


def example(rng, domain):
    """(last plan, its values with their kinds, question, the plan they come to)."""
    if rng.random() < 0.62:
        last, text, new = fragment(rng, domain)
    else:
        while not (last := Last(rng, DOMAINS[domain])).legal():
            pass
        text, new = questions.example(rng, domain)
    return last.plan(), [(kind, v) for kind, values in last.filters.items() for v in values], text, new
