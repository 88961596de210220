"""Which kind of question it is: (user text, name of the kind), by docs/plan-language.md."""

import re

import follow
import names
import noise
import optics
import periods
import previous
import questions
import unsupported
from grammar import expand, tidy

# Words by which a question without a figure is of the kind.
OWN = {"patients": re.compile("patient|pts|visit|exam|eye test|recall|appointment|check-?up|clinic|myopia|children|age"), "inventory": re.compile("stock|deliver|order|suppl|run out|running out|sell out|shrink|turn|inventory|demand|dead|low|out of|shelf|missing|carry|unsold|reorder")}

# What is asked of the last answer with a verb of another kind: sold and made are sales, have and need are stock.
OTHER = {"sales": ("inventory", ["revenue", "gross_margin", "customers"]), "inventory": ("sales", ["on_hand", "reorder", "low_stock", "days_of_cover"])}
KINDS = {"sales": 0.29, "inventory": 0.24, "patients": 0.23, "ophthalmic": 0.24}
# What somebody asks after an answer about optics.
GO_ON = ["how is that measured", "how is it detected", "how do you measure that", "and in trivex", "is that lens good for computer work", "which coating would you put on it", "what about 1.74", "and for a child", "what if he has astigmatism", "and with a small frame", "and in titanium", "would glass be better", "what does the norm say", "and for contacts", "can you explain that more simply", "put it simply", "shorter please", "what is the minimum", "and the maximum", "how much is normal", "is it hereditary", "what causes it", "and without glasses", "which index then", "how often should that be checked", "and for monovision", "can it be tinted", "does it scratch", "how do i clean it", "what about night driving", "why not glass", "is it reversible", "and after surgery", "what would you recommend", "any alternatives", "how do i adjust that", "and the nose pads", "what base curve then", "is it dangerous for children", "and with a high add", "what about plus lenses", "and minus lenses", "what index would you take", "which one would you take", "and in polycarbonate", "and for presbyopes", "what about progressives", "and bifocals", "how often", "how long", "is it dangerous", "is there a test for it", "can it be cured", "can it be treated", "what are the signs", "what are the symptoms", "who should not wear them", "and the disadvantages", "any downsides", "what does it cost in light", "does that change with age", "at what age", "what about kids", "and adults", "and with astigmatism", "what tolerance is allowed", "how exact must it be", "and without coating", "can they drive with that", "explain it simply", "in simple words", "more detail please", "tell me more", "and the other eye", "what lens then", "and which material", "should i send them to a doctor", "is that normal", "why does that happen", "how can i fix that", "what else could it be", "and at near", "and at distance", "for reading", "and outdoors", "for screen work", "what if the prescription is higher", "and with prism", "how thin does it get", "which tint then", "what would help", "why is that", "why", "and for children", "what about contact lenses", "and for older people", "how come", "is that safe", "does it hurt", "how long does that take", "and at night", "and for driving", "what else can i do", "is there an alternative", "and with high minus", "and for high plus", "how do i explain that", "what does that mean", "and in glass", "and if that does not help", "which is better", "and for sports", "can you explain that", "what if the customer still complains", "and the other coating", "how thick is that", "and how do i measure it"]


# What optics is about, asked of the till, of the shelf, of the patients' files: the verb decides.
OF_OPTICS = {
    "sales": ["{who|how many people|how many customers} bought {from us |something |<thing> |}for the first time<t>", "how {tall|high|old|deep|far away} is {the eiffel tower|mount everest|big ben|the moon|the great wall|the pacific|the empire state building|rome}", "{first-time|new|returning|regular} {customers|buyers|shoppers}<t>", "how many {kids|seniors|students} bought <thing><t>", "which {coating|lens|lens type|material|progressive|index|tint|contact lens|solution} {sells|sold} {best|most|the most|worst}<t>", "best selling {coating|progressive|lens material|index|contact lens|tint|<thing>}<t>", "how many <thing> did we sell<t>", "how many <thing> {went over the counter|were sold|have we sold|did <who> sell}<t>", "<thing> sales<t>", "{revenue|sales|turnover|takings|profit|margin|income} {from|with|on} <thing><t>", "how much did we {make|take|earn|turn over} {on|with} <thing><t>", "who {sells|sold} {most|the most} <thing><t>", "share of <thing> in {our |}{sales|revenue|takings}<t>", "<thing>{,|:} {revenue|units sold|sell through|sales per month|margin|units per month}<t>", "what are <thing> worth to us in {sales|revenue|money a month}<t>", "{margin|profit|discount|discounts} on <thing><t>", "how many <thing> {came back|were returned|were brought back|did we take back}<t>", "return rate of <thing><t>", "refunds for <thing><t>", "do <thing> sell better than <thing>", "average {sale|order|basket|spend} with <thing><t>", "did we sell more <thing> than {last month|last year|<thing>}<t>", "how many {customers|people} bought <thing><t>", "discount{s|} on {the |}second pair{s|}<t>", "units of <thing> {by|per} {store|month|colleague|brand}<t>", "who took the most<t>", "receipts per {weekday|day|store}<t>", "non-adapts: how many <thing> were returned<t>", "coating{s|} revenue<t>", "add-on sales: <thing><t>", "how are <thing> selling<t>", "<thing> or <thing>{,|:} which {sells better|sold more|makes more|do we sell more of|brings in more}<t>", "which {sells|sold} {better|more}{,|:} <matter> or <matter>{ frames|}<t>", "<matter> frames{,|:} {sales|revenue|units|margin}<t>", "how many <matter> frames did we sell<t>", "do <matter> frames sell better than <matter>{ ones|}<t>", "what did <thing> bring in<t>", "trend of <thing> sales<t>"],
    "inventory": ["<brand> {models|frames|pieces} {that never sell|nobody wants|that do not sell|gathering dust|that won't move}", "{frames|lenses|sunglasses|accessories} {nobody wants|nobody buys|that never sell|without a sale for months}", "if {all|all the} {lenses|frames|sunglasses|<thing>} {went|were sold|sold} at {full|list|retail} price{,|} {how much would we get|what would they bring}{, by brand| per store|}", "what are we {expecting|waiting for|getting|due} from {<brand>|essilor|hoya|safilo|the lab}", "{selling price|list price|retail} value of {the whole stock|the inventory|everything|all <thing>}", "{frame|frame board|display|drawer|lens} count by {brand|store|supplier}", "if {all the |all |}<thing> {went|sold} at {full|list} price how much would we get", "what would {our |all the |}<thing> sell for", "retail value of {our |the |all |}<thing>", "<thing> {nobody wants|nobody buys|that don't move|that just sit there}", "{order|reorder|purchase} {proposal|suggestion|list} for {hoya|essilor|zeiss|alcon|<thing>|<store>}", "turns {by|per} {brand|supplier|category}<t>", "stock {turn|turns|rotation} {by|per} {brand|category|supplier}<t>", "{po|purchase order} total {by|per} {supplier|vendor}", "shelf warmers{ by brand| at <store>|}", "goods in {by|per} {supplier|week|store}<t>", "what came in<t>", "{stock check|quick stock check|count}{,|:|} <thing>", "<thing> left", "<thing> in stock", "any <thing> {left|in stock|on the shelf|in the drawer}", "do we {have|stock|carry|keep} {any |}<thing>", "how many <thing> {do we have|are left|are in stock|have we got|are there at <store>}", "{running low on|low on|out of|short of} <thing>", "are <thing> {running out|sold out|nearly gone|on order|out of stock}", "how long will {the |our |}<thing> last us", "do we have enough <thing>", "need {more |to order |}<thing>", "how many <thing> {should|do} {we|i} {order|reorder|need to order}", "<thing> {on order|on the way|on the way in|due in|to reorder|gathering dust|not selling|overstocked}", "what are {the |our |}<thing> in stock worth", "how many <thing> {came in|arrived|did we receive|were delivered}<t>", "how many <thing> {broke|went missing|did we lose|were lost in the edger|were written off}<t>", "which <thing> {are|have been} {dead stock|gathering dust|lying around|sold out|low}", "how {often|many times} did we turn {our |the |}<thing><t>", "stock turn{over|s|} of <thing><t>", "turnover of <thing> stock<t>", "<thing>{,|:} {pieces at <store>|how many left|stock per branch|days of cover|reorder point}", "too many <thing>", "{frames|lenses|coatings}, stock by {brand|supplier|store}", "which <thing> need reordering", "cost of restocking <thing>", "money tied up in <thing>", "what came in from {essilor|hoya|zeiss|alcon|cooper|the lab|safilo}<t>", "what's left {of|from} {the spring collection|<thing>}", "turns per brand<t>", "<thing> by supplier", "<thing> or <thing>{,|:} which do we have more of", "how many <matter> frames {do we have|are left|are in stock}", "<matter> frames {in stock|left|on order|at <store>}", "any <matter> frames {left|in stock}", "how many <thing> {went out|left the shop|did we go through}<t>", "value of <thing> on the shelf"],
    "patients": ["<condition><tt>", "<condition> {by|per} {store|month|age group|insurance}<tt>", "{insurance|payer|age|lens type|diagnosis} {mix|split|breakdown|profile} {for|of} {kids|seniors|our patients|<lens> wearers|<condition> patients|the patient base}", "how many {teens|kids|seniors|children|of our patients|patients|myopes|presbyopes} wear {contacts|contact lenses|progressives|varifocals|bifocals|glasses|<contact>}", "how many {kids|seniors|patients|teens} {have|with} <condition> {do we have|are on file|}", "how old {is the average|is a typical|are our} {<lens> wearer|<condition> patient|myope|presbyope}{ on average|}", "what age {is|are} our {average |typical |}{<lens> wearers|<condition> patients|presbyopes}", "{kids|seniors|teens|<lens> wearers|myopes} {seen|examined|tested}<tt>", "{kids|seniors|teens|<lens> wearers|<condition> patients} {on file|on the books|overdue|due|due for recall}", "how many uninsured do we have", "{uninsured|self-pay|vsp|eyemed} {kids|seniors|patients|visits}<t>", "{returning|regular|repeat|known} {seniors|kids|patients|<condition> patients} {by|per} {quarter|month|store|week}<t>", "quietest {days|weekday|month} {for|in} {exams|the clinic|eye tests}<t>", "{busiest|quietest|quietest} {clinic|practice|exam day}<t>", "is {our |the |}{clinic|practice} busier than {last month|last year}", "are we {seeing|testing|examining} more {kids|seniors|children|teens|<condition> patients} than {last month|last week|last year}", "is <condition> {on the rise|increasing|getting more common|going up} {here|with us|at <store>|among our patients}", "{newbies|new faces|first timers|new pts|new joiners|registrations}<t>", "{returning|repeat|existing|regular} {seniors|kids|patients|pts|<lens> wearers}<t>", "{returning|new|overdue|due} {seniors|kids|patients|<lens> wearers|<condition> patients} by {quarter|store|month|insurance}", "how many {uninsured|self-pay|vsp|eyemed|privately insured|myopic|nearsighted|presbyopic} {patients |people |}do we have{ on file|}", "how many {kids|seniors|children|<lens> wearers|<condition> patients|people} need {their next check|a check-up|an exam|recalling|a recall|to come back}", "{what|which condition} do we {diagnose|find|see} most{ often|}<t>", "{rarest|commonest|most frequent|least common} {diagnosis|finding|condition|eye problem}<t>", "how many {consults|consultations|appts|sight tests|refractions|check-ups|eye checks}<t>", "our {diabetics|myopes|kids|seniors|<lens> wearers|<condition> patients}{,|:| -} how many{ are there| do we have|}", "what do we prescribe most<t>", "<condition> cases<t>", "how many <condition> {cases|patients|visits|exams} {did we have|did we see|were there}<t>", "how often do <condition> patients come in", "<condition> patients on file", "how many {patients|people} {with <condition>|in <lens>} do we have", "most common {eye disease|condition|diagnosis|eye problem} {in our clinic|among our patients|at <store>|here}<t>", "what {age group|age groups|ages} come in for <condition>", "average age of {<condition> patients|<lens> wearers|presbyopes on our books}", "how many <lens> wearers {do we have|are on file|came in|are overdue}", "share of <lens> wearers by {age|insurance|store}", "is <condition> going up {at|in} {our practice|<store>}", "<condition> by {age group|store|insurance|month}<t>", "how many {kids|seniors|patients} with <condition> are {due|overdue|on file}", "how many {kids|children|adults|seniors} did we {test|examine|see}<t>", "how often do {kids|seniors|contact lens wearers} come in{ for an exam|}<t>", "insurance split of {visits|<condition> patients}<t>", "<condition> patients overdue", "who came in for the first time<t>, how many", "exams per {weekday|month|store}<t>", "new <lens> wearers<t>", "how many got <lens> prescribed<t>", "fittings of <contact><t>", "contact lens exams<t>", "recalls of <condition> patients", "do we see more <condition> than {last year|last month}", "most prescribed lens type<t>", "how many {diabetics|myopes|presbyopes|hyperopes} {are on file|did we see}<t>"],
}


def of_optics(rng, kind):
    slots = {"matter": lambda: rng.choice(optics.MATTER[:18]), "thing": lambda: optics.thing(rng), "condition": lambda: rng.choice(optics.CONDITION).removeprefix("a "), "lens": lambda: rng.choice(["progressive", "varifocal", "bifocal", "contact lens", "single vision", "office lens", "multifocal", "ortho-k"]), "contact": lambda: rng.choice(optics.CONTACT), "store": lambda: names.store(rng), "who": lambda: names.staff(rng),
             "brand": lambda: names.brand(rng), "tt": lambda: " " + expand(rng, rng.choice(periods.sample(rng).after), {}), "t": lambda: "" if rng.random() < 0.4 else " " + expand(rng, rng.choice(periods.sample(rng).after), {})}
    return tidy(expand(rng, rng.choice(OF_OPTICS[kind]), slots))


def alone(rng, kind):
    """A question of the kind that stands alone."""
    while True:
        if kind == "ophthalmic":
            text = tidy(optics.question(rng))
            return worn(rng, text)
        if rng.random() < (0.3 if kind == "patients" else 0.2):
            return worn(rng, of_optics(rng, kind))
        text, plan = questions.example(rng, kind)
        reason = plan.get("unsupported")
        if kind == "sales" and rng.random() < 0.22:
            return questions.normalise(tidy(noise.punctuate(rng, unsupported.off_topic(rng)[0])))
        if plan.get("metric") == "units_sold" and not re.search(r"\b(demand|went out|left the shop|leav\w+ stock|go through|get through|outflow|consumption)\b", text):
            continue  # inventory can tell, but what was sold is asked of sales
        if reason == "off_topic" and kind != "sales":
            continue
        if reason == "not_in_data" or reason and reason != "off_topic" and kind != "sales" and rng.random() < 0.5:
            continue  # what one catalogue lacks, another may have
        if reason and not OWN.get(kind, re.compile("")).search(text) or reason and kind == "patients" and text.startswith(("what cause", "which treatment")):
            continue  # the future and the why of anything at all, or of eyes
        return text


def worn(rng, text):
    """As it is typed."""
    text = noise.mistype(rng, text, 0.0 if rng.random() < 0.6 else 0.04)
    return questions.normalise(tidy(noise.punctuate(rng, noise.chat(rng, text, True))))


def example(rng):
    kind = rng.choices(list(KINDS), list(KINDS.values()))[0]
    if rng.random() < 0.66:
        return alone(rng, kind), kind
    if kind == "ophthalmic" and rng.random() < 0.4:
        return "ophthalmic\n" + questions.normalise(noise.punctuate(rng, rng.choice(GO_ON))), kind
    if kind == "ophthalmic" or rng.random() < 0.35:  # a new subject in the same conversation
        before = rng.choice(list(KINDS))
        return f"{before}\n{alone(rng, kind)}", kind
    if kind in OTHER and rng.random() < 0.12:
        last, metrics = OTHER[kind]
        text = tidy(expand(rng, rng.choice(previous.POINT_TO[kind][rng.choice(metrics)]), {}))
        if not text.startswith(("in ", "and in ", "as ")):
            return f"{last}\n{questions.normalise(noise.punctuate(rng, text))}", kind
    while True:
        _, text, plan = follow.fragment(rng, kind)
        if "unsupported" not in plan or rng.random() < 0.3 and plan["unsupported"] in ("cause", "forecast"):
            return f"{kind}\n{text}", kind
