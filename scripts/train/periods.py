"""The periods of everyday speech: words and the plan's period for each, and how a comparison names the other one."""

from dataclasses import dataclass, field

MONTHS = "january february march april may june july august september october november december".split()
SHORT = {"january": "jan", "february": "feb", "april": "apr", "august": "aug", "september": "{sep|sept}", "october": "oct",
         "november": "nov", "december": "dec", "march": "mar"}
DAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
DAY_SHORT = {"monday": "mon", "tuesday": "tue", "wednesday": "wed", "thursday": "thu", "friday": "fri", "saturday": "sat", "sunday": "sun"}
NUMBERS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
           "thirteen", "fourteen", "fifteen"]
TENS = {20: "twenty", 30: "thirty", 40: "forty", 50: "fifty", 60: "sixty", 90: "ninety", 100: "hundred"}
ORDINALS = ["first", "second", "third", "fourth"]


@dataclass
class Period:
    """One period: its plan, phrases that follow a noun or verb, names that stand for a noun, possessives."""

    plan: str
    after: list = field(default_factory=list)  # "how much did we sell …"
    name: list = field(default_factory=list)  # "… revenue", "revenue for …", "vs …"
    open: bool = False  # still running: "so far" makes sense
    step: str = "month"  # the step a trend takes inside it
    previous: list = field(default_factory=list)  # names of the period before
    year_ago: list = field(default_factory=list)


def spell(rng, n):
    """A number as digits, or in words when people would."""
    if n < len(NUMBERS) and rng.random() < 0.4:
        return NUMBERS[n]
    if n in TENS and rng.random() < 0.25:
        return TENS[n]
    return str(n)


def month_name(rng, month):
    return SHORT.get(month, month) if rng.random() < 0.25 else month


def ordinal(n):
    return f"{n}{'th' if 10 < n % 100 < 14 else {1: 'st', 2: 'nd', 3: 'rd'}.get(n % 10, 'th')}"


def date_words(rng, month, day, year=None):
    m = month_name(rng, month)
    forms = [f"{day} {m}", f"{m} {day}", f"{m} {ordinal(day)}", f"the {ordinal(day)} of {m}", f"{ordinal(day)} {m}", f"{ordinal(day)} of {m}"]
    text = rng.choice(forms)
    if year:
        text += rng.choice([" ", " ", ", "]) + str(year)
        if rng.random() < 0.08:
            text = f"{year}-{MONTHS.index(month) + 1:02d}-{day:02d}"
    return text


UNIT_YEAR_AGO = {
    "day": ["the same day {last year|a year ago|a year earlier|the year before}", "last year"],
    "week": ["the same week {last year|a year ago|of last year|a year earlier}", "last year", "a year ago", "the same period last year"],
    "month": ["the same month {last year|a year ago|of last year|a year earlier|the year before}", "last year", "a year ago", "this time last year", "the same period last year"],
    "quarter": ["the same quarter {last year|a year ago|of last year|a year earlier|the year before}", "last year", "a year ago", "the same period last year"],
    "range": ["the same {period|time|days} {last year|a year ago|a year earlier|the year before}", "last year", "a year ago"],
}


def fixed():
    """Periods that need no number."""
    out = [
        Period("today", ["today", "today", "so far today", "today so far", "for today", "until now today", "today until now", "since this morning", "up to now today", "tday"], ["today"], True, "day", ["yesterday", "the day before"], UNIT_YEAR_AGO["day"]),
        Period("yesterday", ["yesterday", "yesterday", "yesterday", "a day ago", "for yesterday", "one day ago", "yday", "y'day", "all day yesterday", "the whole of yesterday", "1 day ago", "during yesterday"], ["yesterday"], False, "day",
               ["the day before", "the day before that", "the previous day", "day before", "previous day"], UNIT_YEAR_AGO["day"]),
        Period("2_days_ago", ["the day before yesterday", "day before yesterday", "on the day before yesterday", "for the day before yesterday", "2 days ago", "two days back"], ["the day before yesterday"], False, "day"),
        Period("2_weeks_ago", ["{in|for|during|over|} the week before last", "week before last", "a fortnight ago", "the wk before last", "two weeks ago", "2 wks ago", "a couple of weeks ago"], ["the week before last"], False, "day"),
        Period("2_months_ago", ["{in|for|during|over|} the month before last", "month before last", "the mth before last", "two months ago", "2 mths ago", "a couple of months ago"], ["the month before last"], False, "day"),
        Period("2_quarters_ago", ["{in|for|during|} the quarter before last", "quarter before last", "the qtr before last", "two quarters ago", "2 qtrs ago"], ["the quarter before last"], False, "month"),
        Period("2_years_ago", ["{in|for|during|} the year before last", "year before last", "the yr before last", "two years ago", "2 yrs ago"], ["the year before last"], False, "month"),
        Period("last_weekend", ["last weekend", "last weekend", "{on|over|at|during|} the last weekend", "over last weekend", "for last weekend", "last wkend", "last wknd", "on the weekend just gone", "saturday and sunday last weekend", "last weekend in total"], ["last weekend"], False, "day", ["the weekend before", "the weekend before that", "the previous weekend"], []),
        Period("this_weekend", ["this weekend", "this weekend", "this weekend so far", "so far this weekend", "{over|during|for|on} this weekend", "this wkend", "this wknd"], ["this weekend"], True, "day", ["last weekend", "the weekend before"], []),
        Period("all_time", ["ever", "of all time", "all time", "since we opened", "{since|from} the {very |}{beginning|start}", "since day one", "since opening", "in our history", "overall since opening",
                            "in the {history of the shop|whole history}", "since the business started", "over all time", "all-time", "in total since we opened", "since we started", "since the shop opened", "since the doors opened", "from day one", "from the very beginning", "from the beginning until now", "since the very first day", "since opening day", "in all the time we've been open", "for all time", "in all the years", "to this day since opening", "since we opened the doors", "since we opened our doors", "{|in our }whole history", "in the shop's history"], ["all time", "all-time", "all-time"], False, "month"),
        Period("last_30_days", ["{in|over|during|for|} the past month", "past month", "this past month", "{in|over|during} the last 30 days", "last thirty days", "{in|over} the past 30 days", "within the past month", "over this past month", "past mth", "past 30d"], ["the past month"], False, "day", ["the month before", "the previous 30 days", "the 30 days before"], UNIT_YEAR_AGO["range"]),
        Period("last_7_days", ["{in|over|during|for|} the past week", "past week", "this past week", "{in|over} the last 7 days", "last seven days", "{in|over} the past seven days", "past wk", "within the past week", "past 7d"], ["the past week"], False, "day", ["the week before", "the previous 7 days", "the seven days before"], UNIT_YEAR_AGO["range"]),
        Period("last_12_months", ["{in|over|during|for|} the past year", "past year", "this past year", "{in|over} the last twelve months", "last 12 months", "past yr", "within the past year", "trailing twelve months", "rolling 12 months", "ttm", "last 12 mths"], ["the past year"], False, "month", ["the year before", "the 12 months before"], []),
        Period("last_3_months", ["{in|over|during|for|} the past quarter", "past quarter", "this past quarter", "past qtr", "within the past quarter", "last three months", "past 3 months"], ["the past quarter"], False, "month", ["the quarter before", "the three months before"], UNIT_YEAR_AGO["range"]),
        Period("last_2_weeks", ["{in|over|} the {last|past} fortnight", "last fortnight"], ["the last fortnight"], False, "day", ["the fortnight before"], UNIT_YEAR_AGO["range"]),
    ]
    for unit, step in (("week", "day"), ("month", "day"), ("quarter", "month"), ("year", "month")):
        short = {"week": "wk", "month": "mth", "quarter": "qtr", "year": "yr"}[unit]
        to_date = {"week": ["wtd", "week to date"], "month": ["mtd", "month to date", "month-to-date"], "quarter": ["qtd", "quarter to date"], "year": ["ytd", "year to date", "year-to-date"]}[unit]
        year_ago = UNIT_YEAR_AGO.get(unit, [])
        this_year_ago = year_ago + ([] if unit == "year" else ["last year"])
        out.append(Period(f"this_{unit}", [f"this {unit}", f"this {unit}", f"this {unit}", f"{{in|during}} the current {unit}", f"so far this {unit}", f"this {unit} so far", f"this {unit} to date", f"this {short}",
                                           f"since the {{start|beginning}} of the {unit}", f"for this {unit}", f"{{up to now|until now}} this {unit}", f"of the {unit}" if unit != "week" else f"of this {unit}", f"{{over the course of|within}} this {unit}", f"{unit} so far", f"{{as of |}}this {unit}", f"all {unit}" if unit != "year" else "this year", f"this very {unit}", f"as of now this {unit}", f"the current {unit}", f"current {short}", f"{{in|for}} this current {unit}", f"{unit} to now", f"the {unit} so far", f"so far in this {unit}", f"the running {unit}", f"this {short} so far", f"{unit} 2 date" if unit != "week" else "this wk"] + to_date,
                          [f"this {unit}", f"the current {unit}", f"this {unit}", *to_date[:1]], True, step,
                          [f"last {unit}", f"last {unit}", f"the last {unit}", f"the {unit} before", f"the previous {unit}", f"the prior {unit}", f"prior {unit}", f"previous {unit}", "last", f"last {short}", "ly" if unit == "year" else f"last {unit}"], this_year_ago + (["ly"] if unit != "year" else [])))
        out.append(Period(f"last_{unit}", [f"last {unit}", f"last {unit}", f"last {unit}", f"{{in|during|for|over|}} the last {unit}", f"{{in|during|for|}} the previous {unit}", f"last {short}", f"{{a|one}} {unit} ago", f"previous {unit}", f"for last {unit}", f"prior {unit}", f"{{for |}}the whole of last {unit}", {"week": "lw", "month": "lm", "quarter": "lq", "year": "ly"}[unit], f"last {short}", f"1 {unit} ago", f"the {unit} just gone", f"{{in|for}} the {unit} that just ended", f"all {{of |}}last {unit}", f"during last {unit}", f"within last {unit}", f"prev {unit}", f"prev {short}", f"the prior {unit}", f"in last {unit}", f"the last full {unit}", f"last calendar {unit}", f"last complete {unit}", f"throughout last {unit}"],
                          [f"last {unit}", f"last {unit}", f"last {unit}", f"the last {unit}", f"the previous {unit}", f"last {short}", f"the prior {unit}"], False, step,
                          [f"the {unit} before", f"the {unit} before", f"the {unit} before that", f"the previous {unit}", f"the {unit} prior", f"the {unit} before last", f"the prior {unit}", f"{unit} before", f"previous {unit}", f"the {unit} earlier"] + ([f"two {unit}s ago", f"2 {unit}s ago"]), year_ago))
    return out


FIXED = fixed()


def rolling(rng):
    unit = rng.choice(["day", "day", "week", "month", "month", "year"])
    n = {"day": lambda: rng.choice([2, 3, 5, 10, 14, 20, 21, 28, 45, 60, 90, 100, 120, 180, 365, rng.randint(2, 366), 30, 7]),
         "week": lambda: rng.choice([2, 3, 4, 5, 6, 8, 10, 12, rng.randint(2, 52)]),
         "month": lambda: rng.choice([2, 3, 4, 5, 6, 6, 8, 9, 10, 12, 18, 24, rng.randint(2, 36)]), "year": lambda: rng.choice([2, 3, 4, 5, 2, 3, 10])}[unit]()
    words = spell(rng, n)
    if n == 2 and rng.random() < 0.2:
        words = rng.choice(["couple of", "couple"])
    step = "day" if (unit == "day" and n <= 31) or (unit == "week" and n <= 4) else "month"
    adjective = rng.choice(["last", "last", "last", "past", "past", "previous"])
    noun = f"{adjective} {words} {unit}s"
    if rng.random() < 0.12:  # "last 30d", "past 6 mths"
        n_short = {"day": ["d", " d", "days"], "week": ["w", " wks", "wks", " wk"], "month": [" mths", " mos", "mths", " mnths"], "year": [" yrs", "yrs", " yr"]}[unit]
        noun = f"{adjective} {n}{rng.choice(n_short)}"
    after = [f"{{in|over|during|for|}} the {noun}", f"the {noun}", noun, noun, f"in {noun}", f"across the {noun}", f"in the {noun}", f"over the {noun}", f"{{within|during}} the {noun}", f"the {{trailing|rolling|most recent}} {words} {unit}s" if adjective != "previous" else noun, f"these last {words} {unit}s"]
    previous = [f"the {words} {unit}s before", f"the previous {words} {unit}s", f"the {words} {unit}s before that", f"the prior {words} {unit}s"]
    return Period(f"last_{n}_{unit}s", after, [f"the {noun}", noun], False, step, previous, UNIT_YEAR_AGO["range"] if unit != "year" else [])


def ago(rng):
    unit = rng.choice(["day", "week", "month", "quarter", "year"])
    n = rng.choice([2, 3, 2, 3, 4, 5, 6, 8, 10]) if unit != "year" else rng.choice([2, 3, 2, 4])
    short = {"day": "days", "week": "wks", "month": "mths", "quarter": "qtrs", "year": "yrs"}[unit] if rng.random() < 0.12 else f"{unit}s"
    noun = f"{spell(rng, n)} {short} {rng.choice(['ago', 'ago', 'ago', 'ago', 'back'])}"
    if n == 2 and rng.random() < 0.15:
        noun = f"a couple of {unit}s ago"
    return Period(f"{n}_{unit}s_ago", [noun, noun, noun, f"{{from|for}} {noun}", f"exactly {noun}"], [noun], False, "month" if unit in ("quarter", "year") else "day")


def weekday(rng):
    i = rng.randrange(7)
    day = DAYS[i]
    text = DAY_SHORT[day] if rng.random() < 0.1 else day
    return Period(day, [f"on {text}", f"on {text}", f"last {text}", f"this {text}", text, f"this past {text}", f"for {text}", f"{{this|the}} most recent {text}", f"back on {text}", f"the past {text}", f"all day {text}", f"during {text}"], [text, text, f"last {text}"], False, "day",
                  [f"the {day} before", f"the previous {day}", f"{day} a week {{ago|earlier}}", "the week before"], UNIT_YEAR_AGO["day"][:1])  # weekdays step by weeks


def month(rng):
    i = rng.randrange(12)
    m = MONTHS[i]
    text = month_name(rng, m)
    before = MONTHS[i - 1]
    kind = rng.random()
    if kind < 0.5:
        return Period(m, [f"in {text}", f"in {text}", f"in {text}", f"for {text}", text, f"last {text}", f"during {text}", f"this {text}", f"in the month of {text}", f"back in {text}", f"for the month of {text}", f"the whole of {text}", f"{{all|throughout}} {text}", f"over {text}", f"within {text}", f"for all of {text}", f"the month {text}", f"just {text}", f"for the whole of {text}", f"this past {text}", f"as for {text}"], [text, text, text, f"last {text}"], False, "day",
                      [before, SHORT.get(before, before) if text != m else before, "the month before", "the previous month"] + ([f"{before} {{|this year}}"] if i else []), [f"{text} last year", f"{text} a year {{ago|earlier}}", "last year", "the same month last year", f"last year's {text}"])
    if kind < 0.7:
        return Period(f"{m}_last_year", [f"in {text} last year", f"in {text} last year", f"{text} last year", f"in {text} of last year", f"last year in {text}", f"for {text} last year", f"{text} of last year", f"during {text} last year", f"last year {text}", f"back in {text} last year", f"{text}, last year", f"in last year's {text}", f"{text} ly", f"throughout {text} last year", f"{text} last yr"], [f"{text} last year", f"last year's {text}"], False, "day", ["the month before"], ["the year before"])
    year = rng.randint(2019, 2026)
    style = str(year) if rng.random() < 0.93 else f"'{year % 100}"
    return Period(f"{m}_{year}", [f"in {text} {style}", f"in {text} {style}", f"{text} {style}", f"for {text} {style}", f"in {text} of {style}", f"in {text}, {style}", f"{text} {style}", f"during {text} {style}", f"{text} of {style}", f"{text}, {style}", f"back in {text} {style}", f"the month of {text} {style}", f"throughout {text} {style}", f"in {style} {text}", f"{text}-{style}" if style[0] != "'" else f"in {text}{style}", f"{text}/{style}" if style[0] != "'" else f"{text}{style}", f"{year}-{i + 1:02d}"], [f"{text} {style}", f"{text} {style}", f"{text} {style}"], False, "day",
                  [f"{before} {year if i else year - 1}", "the month before", "the previous month"], [f"{text} {year - 1}", "the year before", f"the same month {{of|in}} {year - 1}"])


def quarter(rng):
    q = rng.randint(1, 4)
    long = f"{ORDINALS[q - 1]} quarter"
    plain = rng.choice([f"q{q}", f"q{q}", f"q{q}", f"the {long}", f"{long}", f"{ordinal(q)} quarter", f"quarter {q}", f"quarter {NUMBERS[q]}", f"the {ordinal(q)} quarter", f"the {ORDINALS[q - 1]} qtr", f"{ordinal(q)} qtr", f"qtr {q}", f"q {q}"])
    before = f"q{q - 1 or 4}"
    kind = rng.random()
    if kind < 0.45:
        return Period(f"q{q}", [f"in {plain}", f"in {plain}", f"for {plain}", plain, f"during {plain}", f"throughout {plain}", f"back in {plain}", f"over {plain}", f"for the whole of {plain}", f"all of {plain}", f"within {plain}", plain], [plain], False, "month",
                      ["the quarter before", "the previous quarter"] + ([before, before] if q > 1 else []), [f"{plain} last year", "the same quarter last year", "last year", f"last year's q{q}", "a year ago"])
    if kind < 0.7:
        return Period(f"q{q}_last_year", [f"in {plain} last year", f"{plain} last year", f"in {plain} of last year", f"last year in {plain}", f"for {plain} last year", f"{plain} of last year", f"during {plain} last year", f"last year {plain}", f"last year's {plain.replace('the ', '')}", f"{plain}, last year", f"{plain} ly", f"back in {plain} last year", f"{plain} last yr"], [f"{plain} last year", f"last year's {plain.replace('the ', '')}"], False, "month",
                      ["the quarter before", "the previous quarter"], ["the year before"])
    year = rng.randint(2019, 2026)
    return Period(f"q{q}_{year}", [f"in {plain} {year}", f"{plain} {year}", f"in {plain} of {year}", f"for {plain} {year}", f"{plain} of {year}", f"{plain} {year}", f"during {plain} {year}", f"{plain}, {year}", f"{year} {plain.replace('the ', '')}", f"in {year} {plain.replace('the ', '')}", f"q{q}/{year}", f"q{q}-{year}", f"q{q} '{year % 100}", f"q{q}'{year % 100}", f"{year}-q{q}", f"back in {plain} {year}"], [f"{plain} {year}", f"q{q} {year}"], False, "month",
                  ["the quarter before", "the previous quarter"] + ([f"q{q - 1} {year}"] if q > 1 else [f"q4 {year - 1}"]), [f"{plain} {year - 1}", f"q{q} {year - 1}", "the year before"])


def year(rng):
    y = rng.randint(2016, 2026)
    return Period(str(y), [f"in {y}", f"in {y}", f"for {y}", f"{y}", f"during {y}", f"in the year {y}", f"over {y}", f"{{all of|the whole of|throughout|across}} {y}", f"back in {y}", f"in '{y % 100}", f"'{y % 100}", f"the year {y}", f"calendar year {y}", f"full year {y}", f"in all of {y}", f"for the year {y}", f"within {y}", f"the entire year {y}", f"for the whole of {y}", f"yr {y}", f"year {y}"], [f"{y}"], False, "month", [f"{y - 1}", f"{y - 1}", "the year before", "the previous year"], [])


def date(rng):
    m, d = rng.choice(MONTHS), rng.randint(1, 28 if rng.random() < 0.8 else 30)
    if m == "february":
        d = min(d, 28)
    y = rng.randint(2020, 2026) if rng.random() < 0.35 else None
    text = date_words(rng, m, d, y)
    plan = f"{m}_{d}" + (f"_{y}" if y else "")
    return Period(plan, [f"on {text}", f"on {text}", f"on {text}", text, f"for {text}", f"back on {text}", f"during {text}"], [text], False, "day", ["the day before", "the previous day"], ["the same day {a year earlier|the year before}"])


def between(rng):
    join = rng.choice(["from {a} to {b}", "from {a} to {b}", "between {a} and {b}", "between {a} and {b}", "{a} to {b}", "from {a} until {b}", "from {a} through {b}", "{a} - {b}", "{a} till {b}", "{a} through {b}", "from {a} up to {b}", "{a}-{b}", "{a} up to {b}", "between {a} & {b}", "for {a} to {b}", "{a} until {b}", "in {a} to {b}", "{a} \u2013 {b}", "starting {a} until {b}", "{a} thru {b}", "for the period {a} to {b}", "for {a} through {b}", "{a}-{b}", "{a} - {b}", "from {a} till {b}", "all the way from {a} to {b}", "from {a} through to {b}", "{a} to {b} inclusive", "starting from {a} and ending in {b}"])
    kind, step = rng.random(), "month"
    if kind < 0.4:
        i = rng.randrange(11)
        a, b = MONTHS[i], MONTHS[rng.randint(i + 1, 11)]
        wa, wb = month_name(rng, a), month_name(rng, b)
        if rng.random() < 0.25:  # "jan-mar": both short
            wa, wb = SHORT.get(a, a).strip("{}").split("|")[0], SHORT.get(b, b).strip("{}").split("|")[0]
        style = rng.random()
        if style < 0.35:
            y = rng.randint(2019, 2026)
            a, b, wb = f"{a}_{y}", f"{b}_{y}", f"{wb} {y}"
            if rng.random() < 0.4:
                wa += f" {y}"
        elif style < 0.45:
            y = rng.randint(2019, 2025)
            a, b, wa, wb = f"{a}_{y}", f"{b}_{y + 1}", f"{wa} {y}", f"{wb} {y + 1}"
    elif kind < 0.75:
        step = "day"
        i = rng.randrange(12)
        a, d = MONTHS[i], rng.randint(1, 20)
        if rng.random() < 0.6 or i == 11:
            b, e = a, rng.randint(d + 1, 28)
        else:
            b, e, step = MONTHS[i + 1], rng.randint(1, 28), "month"
            if e < d:
                step = "day"
        if a == b and rng.random() < 0.5:  # "march 3 to 10", "the 3rd to the 10th of march"
            m = month_name(rng, a)
            wa, wb = rng.choice([(f"{m} {d}", f"{e}"), (f"{d}", f"{e} {m}"), (f"the {ordinal(d)}", f"the {ordinal(e)} of {m}"), (f"{m} {ordinal(d)}", f"{ordinal(e)}"), (f"{m} {d}", f"{ordinal(e)}")])
        else:
            wa, wb = date_words(rng, a, d), date_words(rng, b, e)
        a, b = f"{a}_{d}", f"{b}_{e}"
        if rng.random() < 0.2:
            y = rng.randint(2021, 2026)
            a, b, wb = f"{a}_{y}", f"{b}_{y}", f"{wb} {y}"
    elif kind < 0.87:
        y = rng.randint(2016, 2024)
        a, b = str(y), str(rng.randint(y + 1, 2026))
        wa, wb = a, b
    elif kind < 0.94:
        step = "day"
        i = rng.randrange(6)
        a, b = DAYS[i], DAYS[rng.randint(i + 1, 6)]
        wa, wb = rng.choice(["", "", "last "]) + a, b
    else:
        q = rng.randint(1, 3)
        r = rng.randint(q + 1, 4)
        wa, wb = f"q{q}", f"q{r}"  # the plan's ranges know months, not quarters
        a, b = MONTHS[3 * q - 3], MONTHS[3 * r - 1]
        if rng.random() < 0.4:
            y = rng.randint(2020, 2026)
            a, b, wb = f"{a}_{y}", f"{b}_{y}", f"{wb} {y}"
    text = join.format(a=wa, b=wb)
    return Period(f"{a}..{b}", [text], [text.removeprefix("from ")] if "between" not in text else [], False, step)


def since(rng):
    word = rng.choice(["since", "since", "since", "since", "ever since", "from {x} {to today|until today|up to now|forward|up to today|through today}", "{x} to date", "{x} {until now|to now|till now|to today|onwards|until today}", "beginning {in|from} {x}", "between {x} and {now|today}", "counting from {x}", "from {x} {on|onwards|until now|to now|to date|till now}", "starting {in|from} {x}", "as of"])
    kind, step = rng.random(), "month"
    if kind < 0.4:
        m = rng.choice(MONTHS)
        plan, x = m, rng.choice(["", "", "", "", "the {start|beginning} of "]) + month_name(rng, m)
        if rng.random() < 0.25:
            y = rng.randint(2019, 2026)
            plan, x = f"{m}_{y}", f"{x} {y}"
    elif kind < 0.6:
        m, d = rng.choice(MONTHS), rng.randint(1, 28)
        y = rng.randint(2021, 2026) if rng.random() < 0.2 else None
        plan, x = f"{m}_{d}" + (f"_{y}" if y else ""), date_words(rng, m, d, y)
    elif kind < 0.75:
        plan, step = rng.choice(DAYS), "day"
        x = rng.choice(["", "", "last "]) + plan
    elif kind < 0.9:
        plan = x = str(rng.randint(2015, 2025))
    else:
        q = rng.randint(1, 4)
        plan, x = MONTHS[3 * q - 3], rng.choice(["", "the start of "]) + f"q{q}"
        if rng.random() < 0.3:
            y = rng.randint(2021, 2026)
            plan, x = f"{plan}_{y}", f"{x} {y}"
    text = word.replace("{x}", x) if "{x}" in word else f"{word} {x}"
    return Period(f"{plan}..today", [text], [], True, step)


MAKERS = [(0.47, lambda rng: rng.choice(FIXED)), (0.13, rolling), (0.05, ago), (0.06, weekday), (0.1, month), (0.07, quarter), (0.04, year), (0.05, date), (0.07, between), (0.06, since)]
COMMON = [p for p in FIXED if p.plan in ("today", "yesterday", "this_week", "last_week", "this_month", "last_month", "this_quarter", "last_quarter", "this_year", "last_year")]


def sample(rng):
    """A period as often as people name it: half the time one of the ten common ones."""
    if rng.random() < 0.38:
        return rng.choice(COMMON)
    weights, makers = zip(*MAKERS)
    return rng.choices(makers, weights)[0](rng)


def comparable(rng):
    """A period that a comparison can be asked about, with words for the other one."""
    while True:
        period = rng.choice(COMMON) if rng.random() < 0.6 else sample(rng)
        if period.previous:
            return period


DEFAULT = Period("default", [""], [], True, "month", [], [])
