"""Questions for one figure, for a breakdown without ranking, and for a course over time."""

import re

import linking
import names
import noise
import periods
import words
from grammar import dimension, value
from scene import Scene, pick, sample_filters, sample_value

TOTAL_NOUN = [
    "{what|how much} <was> <M><P><T>", "what's <M><P><T>", "<show> <M><P><T>", "<M><P><T>", "<M><P><T>", "<M>,<T>", "what about <M><T>", "how {high|big|much} <was> <M><T>", "what do <M> look like<T>", "how is <M> {looking|doing}<T>",
    "do you know <M><T>", "what {did|do} <M> {come to|amount to|total|add up to}<T>", "<show> the {figure|figures|number|numbers|total} for <N><T>", "<embed>what <M> {was|were|is|are}<P><T>", "<embed>{how much|what} <M> {was|were|came to|is}<T>", "{what's|how's|what is|how is} <M> {like|looking}<T>", "what is the {figure|total|number} for <N><T>", "<N><T>", "<N><T>", "total <N><T>", "{how are|how were} <M><T>",
    "i need to know <M><T>", "tell me {what|how much} <M> <was><T>", "can you tell me <M><T>", "what kind of <N> did we {have|do|get}<T>", "<N>, <T>", "how much <N> did we {have|do|get|make}<T>", "<T>: <N>", "quick check on <N><T>", "what <N> {are we running at|are we on|do we have|are we at|did we have|did we end up with|did we reach}<T>", "what {was|were|is|are} <M> again<T>", "{whats|wots|what's} <M><T>", "<N><T> {what was it|what were they|how much was it|how much is it}", "<N>?<T>", "<T>? <N>", "<M>{,|:}<T>", "<N> {figure|number|total|overview|summary|report}<T>", "give the <N><T>", "<show> just <M><T>", "{need|want|looking for|after} <M><T>", "how did <M> {look|turn out|end up|come out}<T>", "what {did|do} we have {in|for|as} <N><T>", "{update|status|figure|numbers} {on|for} <M><T>", "i'm {doing the books|preparing for a meeting|writing an email|filling in a form|closing up} and {need|want|would like} <M><T>", "<T>, what <was> <M>", "<T> what <was> <M>", "<T> - <N>", "what about the <N><T>", "our <N><T>, {what is it|how much is it|what was it}", "where {are|is} <M> at<T>", "<M> please<T>", "where did <M> {land|end up|finish|come in}<T>", "{gimme|lemme see|let's have|let me have|hit me with} <M><T>", "how are we {for|on|looking on|doing on|doing for} <N><T>", "where {are|do} we {on|stand on|sit on} <N><T>", "how {do|does} <M> {stand|sit}<T>", "{ballpark|rough|exact|latest|current} <N><T>", "grand total {of|for} <N><T>", "{tot up|add up|total up|sum up} <M><T>", "{got|have you got|have we got|do you have} {the |our |}<N>{ figure| number| handy|}<T>", "<N>{,|} {all in|all told|in all|grand total}<T>", "{whats|what's|what is} the latest on <N><T>", "{can u|could u|can you|could you} {give me|check|pull up|get me|tell me} <M><T>", "what does <M> {add up to|come to|stand at|amount to}<T>", "{what's|whats} our <N> {at|sitting at|up to|now at}<T>", "<N> {we had|we did|we got}<T>", "what {<N>|total <N>} {did that make|does that make|do we show|have we got}<T>", "<T> total <N>", "<T>, total <N>", "{the|our} <N> {figure|number|total}<T>", "{a|one} number for <N><T>", "what do the {figures|numbers|books} say {for|about} <N><T>", "<show> {the |our |}<N>, <T>", "{say|see|check} <N><T>", "i {need|want} {a|the} figure for <N><T>", "how {good|high|low} <was> <M><T>",
]
# No measure named: revenue.
TOTAL_PLAIN = [
    "how {did|have} <S> {do|done|perform|performed}<T>", "how {are|were} <S> doing<T>", "how <did> <S> do<P><T>", "how's business<T>", "how {was|is|has} business {been|}<T>", "how was it<T>", "how did it go<T>", "how {is|was} trade<T>", "how are things going<T>", "what did <S> sell in total<T>", "how {is|was} <S> {performing|doing}<T>",
    "how well {did|are|were} <S> {do|sell|doing|selling}<T>", "how {did|do} <O> {do|perform|sell}<T>", "how well {did|do} <O> sell<T>", "how {is|are|was|were} <O> {doing|selling|performing}<T>", "how {are|were} <O> going<T>", "{the |our |}{numbers|figures|results|performance} {for|of|from}<T>", "<O><T>", "<Z><T>", "<Z>:<T>", "<T> <Z>", "how {is|was|are} <Z> {doing|going|looking|trading}<T>", "how did <Z> {do|get on|go|perform}<T>", "{anything|what} about <Z><T>", "sales report<T>", "<show> <Z><T>", "{report|results|numbers|figures} <Z><T>",
    "for <Z>{,|} {how much did we|what did we} {sell|make|take|bring in}<T>", "<Z>{,| -|:|} {how much|what} did we {sell|make|take}<T>", "<Z> {sales|revenue|takings|turnover|income|figures|numbers}<T>", "<Z> {sales|revenue|takings} {figure|total|summary}<T>", "{sales|revenue|takings|turnover}<T> {for|from} <Z>", "{sales|revenue|takings}{:|,|} <Z>,<T>", "<T>, what did <Z> {bring in|make|do}", "<T>, {sales|revenue|takings} {for|of|from} <Z>", "what {has|have} <Z> {brought in|made|earned}<T>", "{what did|how much did} <Z> {bring us|make us|earn us}<T>", "how much {came in|did we get|money came} from <Z><T>",
]
# The question behind what it is about: "ray-ban last week, how many?"
LAST = {
    "revenue": ["<O><T>{,|:|?} how much{ in total|}", "<O><T>{,|:|?} how much did we {make|sell|take|bring in}", "<T>{,|:} how much did we {sell|make|take}", "sales<T>{,|?|:} how much", "<O><T>, what did {we make|it make|it bring in|they make}", "how much{,|:} <O><T>", "<O> sold<T>{,|?} {how much|for how much}", "what did <O> {make|earn|bring|bring in|do}<T>", "how much {have|has} <O> {made us|earned us|brought in|brought us}<T>", "<O> {made|brought|earned} us how much<T>", "we sold how much <O><T>", "<O>{,|:} total{ sales|}<T>"],
    "units": ["{did we sell any|have we sold any|any} <I><T>{?|,} how many{ exactly|}", "<I><T>{,|:|?} how many{ sold| did we sell| went out| were sold|}", "<I> sold<T>{,|?|:} how many", "<I> {sold|moved|shifted}<T>", "how many{,|:} <I> {sold |}<T>", "we sold how many <I><T>", "<N> of <O> {sold|moved|shifted}<T>", "number of <I> {sold|moved|shifted|dispensed}<T>", "count of <I> sold<T>", "<I>: {qty|units|number sold|quantity}<T>", "<I> sold<T>{,|:|} {number|count|qty|quantity|units|pieces|number of pieces|no. of units}", "{tally|total number|count} of <I> {sold|shifted|moved|dispensed}<T>", "units of <O> {moved|shifted|sold|gone|shipped|dispensed}<T>", "<O> {qty|quantity|units|pieces|pcs|volume|unit sales|units sold|pieces sold|count}<T>", "<O><T>{,|:} {units|pieces|qty|quantity|number sold}", "{pairs|pieces|units} of <O><T>", "<T>{,|:} how many <I>{ sold| did we sell| went}", "{sell any|sold any|shift any|shifted any} <I><T>{?|,} how many", "how many sales <did> <S> {make|do|have}<of><T>"],
    "orders": ["{orders|transactions|tickets|receipts}<T>{,|?|:} how many", "<T>{,|:} how many {orders|transactions|receipts|tickets}{ did we do| were there|}", "how many {orders|transactions|receipts|tickets} {are|is} <S> {doing|getting|taking}<of><T>", "number of {orders|receipts|transactions} {rung up|taken|done|processed}<T>", "we had how many {orders|transactions}<T>"],
    "customers": ["{customers|shoppers|buyers|clients}<T>{,|?|:} how many", "<T>{,|:} how many {customers|shoppers|clients|buyers}{ did we have| were there|}", "how many {customers|shoppers|clients} {are|is} <S> {getting|serving|seeing}<of><T>", "number of {people|customers|clients} who bought <Q><T>", "how many {people|customers|clients|shoppers} {went for|took|chose|picked up|bought} <Q><T>", "how many {buyers|customers} did <O> have<T>", "who bought <O><T>{,|:} {how many customers|how many people|number of customers}", "<O> {buyers|customers|shoppers}<T>{,|:} how many", "number of <O> {buyers|customers|shoppers}<T>", "{people|customers} buying <O><T>{,|:} how many"],
    "returns": ["any <I> {returned|brought back|come back}<T>{,|?} how many", "<I> {returned|brought back|sent back|that came back}<T>", "<I> {returned|brought back}<T>{,|?|:} how many", "returns<T>{,|?|:} how many", "number of <I> {returned|brought back|sent back}<T>"],
    "refunds": ["refunds<T>{,|?|:} how much", "money {refunded|given back|paid back}{ to customers|}<T>", "amount {refunded|paid back}{ to customers|}<T>", "what have we refunded<T>"],
    "discount": ["discounts<T>{,|?|:} how much", "discounts {given|granted|handed out}<T>", "how much have we {knocked off|lost|given up|let go} {in|on|through|with} {discounts|markdowns|price reductions}<T>", "{discount|money off} given {away |}<T>", "what have we given away in {discounts|markdowns}<T>", "what did we {knock off|take off|mark down}<T>"],
    "gross_margin": ["profit<T>{,|?|:} how much", "what's the {profit|margin} {on|from|for} <O><T>", "how much profit{ is there|} in <O><T>", "what did we earn in profit<of><T>", "<O>: {profit|margin|gross margin}<T>", "what profit <did> <S> {make|bring in|earn}<of><T>", "what {profit|margin} did <O> {make|give us|bring}<T>"],
    "average_order_value": ["how much is {an|the average|a typical} {order|ticket|basket}<T>", "what does {a|the average|a typical} {customer|client} {spend|spend with us}<T>", "average {order|ticket|basket|sale}<T>{,|?|:} how much"],
    "margin_rate": ["what {margin|profit} {percentage|%|percent|rate} {do|did} we {make|get|have}<of><T>", "{margin|profit} in {percent|%}<of><T>", "how good is our margin {in percent|percentage|%|rate}<of><T>"],
    "discount_rate": ["how much {do|did} we discount {on average|in percent|in %}<of><T>", "{discount|markdown} in {percent|%}<of><T>", "what {percentage|percent|%} {do|did} we {knock off|take off|give off|discount}<of><T>"],
    "return_rate": ["what {percent|percentage|share|%} {comes|came|is coming} back<of><T>", "returns {in percent|as a percentage|in %}<of><T>", "how many percent of <I> {are returned|come back|were returned}<T>", "share of <I> {returned|brought back}<T>"],
}
RESTATED = [", {i mean|meaning|that is|in other words|i.e.|so} {the |our |}<N>{ in total| overall|}", " - {i mean|meaning|so} {the |our |}<N>", ", <N> {i mean|that is|in other words}", " ({i mean |}<N>)", ", so {the |our |}<N>", ", {just|only} {the |}<N>"]
BREAKDOWN = [
    "<D>: <N><T>", "<N>, {by|per|each} <D><T>", "<M> {by|per} <D>,<T>", "{by|per|for each} <D>{,|:|} <N><T>", "what {did|does|do} {each|every} <D> have {in|for|as} <N><T>", "<N> {at|of|with} {each|every} <D><T>", "<N> {across|over|for|of} {the|our|all|all our|all the|different} <Ds><T>", "<N> {per|by} <D> {please|list|table|report|overview|chart|figures}<T>", "<show> all <Ds> {with|and} {their |}<N><T>", "<N> {grouped|split|broken down|divided|listed|itemised|sorted out} {by|per} <D><T>", "<T>{,|:} <N> {by|per|for each} <D>", "<M><T> {split|broken down|grouped} by <D>", "what's the {split|breakdown} of <N> {by|per|across} <D><T>", "split <N> by <D><T>", "{do|make|give} me a <N> breakdown {by|per} <D><T>", "how {does|do|did} <N> {break down|split} by <D><T>", "<N> for each of {the|our} <Ds><T>", "each <D>{,|:|'s|} <N><T>", "every <D> and {its|the} <N><T>", "{how|what} {is|are|was|were} <M> {per|by|for each|in each} <D><T>",
    "<M> {by|by|by|by|per|per|for each|for every|in each|across all|across} <D><T>", "<M> {by|per} <D><T>", "<show> <M> {by|by|per|for each|for every|split by|broken down by|grouped by|divided by} <D><T>", "{what|how much} <was> <M> {by|per|for each|in every|for every} <D><T>", "{break down|break out|split|split up|group} <M> by <D><T>",
    "<M> {broken down|split|grouped|listed|divided} {by|per} <D><T>", "breakdown of <M> by <D><T>", "{how much|how many|what} <N> {did|does|do} each <D> {have|get|do|bring}<T>", "<D> {breakdown|split|wise split} of <N><T>", "<M> of each <D><T>", "<N> <D> wise<T>", "<show> a {breakdown|split|table|list|report} of <N> {by|per} <D><T>",
    "<M><T> {by|per} <D>", "<M><T>, {by|per|for each} <D>", "<T> <M> by <D>", "<show> <M><T> by <D>", "what <was> <M><T> {by|per|for each} <D>", "per <D> <N><T>", "by <D>: <N><T>", "<M> for all {the |our |}<Ds><T>", "<show> {the |}<N> of {all|every one of} our <Ds><T>", "how {is|was} <M> {split|distributed|spread} {between|across|over} {the |our |}<Ds><T>",
    "<D> <N><T>", "which <D> {has|had|did} {what|how much|which} <N><T>", "what <N> {did|does} {each|every} <D> {have|make|do|get}<T>", "<M> by <D><P><T>", "compare <N> {of|between|across} {all |our |the |}<Ds><T>", "can i {see|get|have} <N> by <D><T>", "{list|all} <Ds> with {their |}<N><T>", "<Ds> and {their|the} <N><T>", "<M> {for|of|from} {each|every one|all} of {our|the|my} <Ds><T>", "<N> <DD><T>", "<show> <N> <DD><T>", "<M><T> <DD>", "<DD> <N><T>", "how {do|did} {our|the|my} <Ds> {compare|rank up|stack up} {in|on|for} <N><T>", "<D> split{ of <N>|, <N>|: <N>}<T>", "<N>{,|} {one|a} line per <D><T>", "give me <N> {per|by|for each} <D><T>", "<N> {for each and every|for every single} <D><T>", "each of {our|the} <Ds>{,|:} <N><T>", "<Ds>{,|:} their <N><T>", "<D>-wise <N><T>", "{table|list|overview|report|chart} {of|with} <N> {by|per} <D><T>", "{how does|how do|how did} <N> {look|compare} {by|per|for each|across} <D><T>", "<N> by {individual|single} <D><T>", "<T>, <N> {split by|broken down by|for each|for every} <D>", "{want|need} <N> {by|per} <D><T>", "what {was|is} the <N> of {each|every} <D><T>", "<N> split {out |up |}{by|per} <D><T>", "<N> {listed|shown|laid out|itemised} {per|by} <D><T>", "what {has|did} {each|every} <D> {got|get} {in|for} <N><T>",
]
BREAKDOWN_HOW = {
    "revenue": ["how much {did|has|does} {each|every} <D> {sell|sold|make|made|bring in|brought in|take}<T>", "{what|how much} {did|does} {each|every} <D> {sell|make|bring in|take|do|earn}<T>", "what {did|does} {each|every} of {our|the} <Ds> {sell|make|bring in}<T>", "how much did we {sell|make|take} {per|by|in each|for each|with each|from each} <D><T>", "how did {each|every} <D> do<T>", "{show me|tell me|can you show me|i want to see|let me see|i need} {how much|what} {each|every} <D> {sold|made|took|brought in}<T>", "{show me|tell me|i want to see} how {each|every} <D> {did|is doing|performed}<T>", "how {did|do|are} {our|the|all} <Ds> {do|doing|perform|performing}<T>", "{which|what} <Ds> did <S> sell<T>", "{which|what} <Ds> {do|did|have} we {sell|sold}<T>", "{all|list of|list} <Ds> sold<T>",
                "how {did|are} the <Ds> {compare|do}<T>", "how much <O> did {each|every} <D> sell<T>", "what did we {sell|make|take} {by|per} <D><T>", "what's {each|every} <D> {taken|made|sold|brought in|done}<T>", "how much has {each|every} <D> {taken|made|sold|brought in|done|turned over}<T>", "{each|every} <D>{,|:} how much did they {sell|make|take}<T>", "how {has|is} {each|every} <D> {done|doing|been doing}<T>", "how much {came from|came in from|came in at} {each|every} <D><T>", "what did {each|all} of {the|our} <Ds> {take|turn over|do}<T>", "how much business did {each|every} <D> do<T>", "results {for|of} {each|every} <D><T>", "{figures|numbers|results} {by|per|for each} <D><T>"],
    "units": ["how many <I> did {each|every} <D> sell<T>", "{show me|tell me|i want to see|i need} how many <I> {each|every} <D> sold<T>", "how many <I> did we sell {per|by|in each|for each} <D><T>", "how many <I> {were sold|have been sold|went out} {per|by|in each|for every} <D><T>", "how many <I> has {each|every} <D> {sold|shifted|moved}<T>", "<I> sold {by|per|for each} <D><T>", "{number|count} of <I> {sold |}{by|per|for each} <D><T>", "how many <I> {went|sold} {at|in|with} each <D><T>"],
    "orders": ["how many {orders|transactions|receipts} did {each|every} <D> {have|get|do|take}<T>", "how many {orders|transactions} {were there|did we have|do we get} {per|by|in each|for each} <D><T>", "how many {bills|receipts|tickets|orders} has {each|every} <D> {had|done|written|rung up}<T>", "how busy {was|is|were} {each|every} <D><T>", "{number|count} of {orders|receipts|transactions} {in|at|per|by|for each} <D><T>"],
    "customers": ["how many {customers|people|clients|shoppers} did {each|every} <D> {have|serve|get}<T>", "how many {customers|people|clients|shoppers} bought {per|by|in each|for each} <D><T>", "how many {customers|people} bought {from |}{each|every} <D><T>", "how many {customers|shoppers|people} has {each|every} <D> {had|served|seen}<T>", "{number|count} of {customers|shoppers|clients} {per|by|at each|for each} <D><T>"],
    "average_order_value": ["how much {do|did} {people|customers} spend on average {per|in each|by|at each} <D><T>", "what's an average order {per|in each|by} <D><T>", "how big is {the|an} average {order|basket|ticket|sale} {at|in|for|with} {each|every} <D><T>", "what's the average {spend|sale|ticket|bill} {at|for|per|by} {each |}<D><T>", "average per {order|ticket|transaction} {by|for each|at each} <D><T>"],
    "gross_margin": ["how much profit did {each|every} <D> {make|bring in}<T>", "how much margin do we make {per|by|on each} <D><T>", "how profitable {is|was} {each|every} <D><T>", "how much {profit|gp|margin} has {each|every} <D> {made|brought in|earned}<T>", "what did {each|every} <D> {make in|earn in|bring in in} {profit|margin|gp}<T>", "what {profit|gp|margin} {comes|came} from {each|every} <D><T>"],
    "margin_rate": ["what percentage margin do we make {per|by|on each} <D><T>", "what {margin %|gp %|percentage margin|margin rate} {does|did|do} {each|every} <D> {make|run at|have|get}<T>", "how many {percent|per cent} margin {is there|do we make} {on|at|with|in} {each|every} <D><T>"], "discount": ["how much discount did {each|every} <D> {give|get|have}<T>", "how much did we discount {per|by|in each} <D><T>", "how much {has|did} {each|every} <D> {give away|given away|knock off|knocked off|take off} in {discounts|markdowns}<T>", "how much money off did {each|every} <D> {give|hand out|get}<T>"],
    "discount_rate": ["what percentage discount did {each|every} <D> {give|get|have}<T>", "what {percent|%|percentage} do we {discount|knock off|take off} {by|per|on each|at each} <D><T>", "how big is the average discount {at|on|for|by|per} {each |}<D><T>"], "returns": ["how many {items|products|pieces|} {came back|were returned} {per|by|for each|in each} <D><T>", "how many returns did {each|every} <D> {have|get}<T>", "how many {pieces|pairs|items|returns} has {each|every} <D> {taken back|had back|had}<T>", "{number|count} of returns {per|by|for each|at each} <D><T>"],
    "refunds": ["how much did we refund {per|by|for each} <D><T>", "how much was refunded {per|by|for each|in each} <D><T>", "how much {has|did} {each|every} <D> {refund|refunded|pay back|paid back|give back}<T>", "how much money went back {per|by|for each} <D><T>"], "return_rate": ["what percentage {was|got|is} returned {per|by|for each} <D><T>", "what {percent|%|share} {of sales |}{comes back|gets returned|came back} {at|for|by|per} {each |}<D><T>", "how often do things come back {by|per|for each} <D><T>"],
}
TREND = ["<M> trend<T>", "trend {of|in|for} <M><T>", "<show> {the |}<M> trend<T>", "<show> the trend {of|in|for} <M><T>", "<show> {the |}<M> {over time|development|evolution|history}<T>", "how {has|have|did} <M> {developed|evolve|evolved|trended|moved|develop|gone}<T>", "{development|evolution|history} of <M><T>", "<M> over time<T>", "how {is|are|was|were} <M> {trending|developing|evolving}<T>",
         "what's the trend {in|for|of} <M><T>", "what is the <N> trend<T>", "plot <M> over time<T>", "{chart|graph|line chart|curve} of <M> over time<T>", "is there a trend in <M><T>", "<M> {timeline|curve|trendline}<T>", "trend <N><T>", "<M> trends<T>", "<T>, <N> {trend|over time|development}", "{trend|development|evolution|course|history} for <M><T>", "<N> {evolution|development|history|trend}{:|,|}<T>", "how {has|have} <M> {evolved|developed|been trending|gone|moved} over time<T>", "can {i see|you show me|we see} how <M> {developed|evolved|moved}<T>", "the {trend|evolution|development} {in|of|for} <M><T>", "where {is|are} <M> trending<T>", "what does the <N> trend look like<T>", "{draw|graph|chart|plot} the <N> {trend|development|evolution}<T>", "<N> {trend line|trend chart|graph over time}<T>", "{see|view|check} the {trend|development} {of|in} <M><T>", "<T> <N> trend", "how {did|do} <M> {look|change} over time<T>", "how's <N> been {trending|moving|developing|going|evolving}<T>", "how {has|have} <M> been {moving|developing|trending|evolving|coming along}<T>", "how <M> {has|have} been {developing|moving|evolving}<T>", "track <M> over time<T>", "<N> over the course of time<T>", "<N> trajectory<T>", "<N> {line|curve|graph}<T>", "<show> how <M> {moves|moved|has moved|evolved|developed} over time<T>", "direction of <N> over time<T>", "<N> as a {line|curve|trend|line chart}<T>", "<T> {trend|evolution|development} of <N>", "{which way|where} {is|are} <M> heading over time<T>", "<N> {progression|progress over time|trend over time}<T>"]
STEPPED = ["<A> <N><T>", "<A> <N><T>", "<show> {the |our |}<A> <N><T>", "what {was|were|is|are} {our|the} <A> <N><T>", "<M> <A><T>", "<M> {per|by|for each|for every|each|every} <D><T>", "<show> <M> {by|per} <D><T>", "<A> {trend|development|breakdown|figures|numbers|totals} {of|in|for} <N><T>", "<A> <N> trend<T>", "trend of <M> {by|per} <D><T>",
           "how {much|many} <N> {did|do} we {have|get|make} {per|each|every} <D><T>", "<T> <A> <N>", "<M> over time by <D><T>", "<show> how <M> {developed|evolved|changed} <A><T>", "<M><T> {by|per} <D>", "<M><T> <A>", "<M> on {a|an} <A> basis<T>", "<T>{,|:} <A> <N>", "<A> {figures|numbers|totals|report|overview|chart|table} {of|for} <N><T>", "<N><T>, <A>", "<N>, <A>,<T>", "<show> <A> {figures|numbers|totals} {of|for} <N><T>", "<A> {development|evolution|history} of <M><T>", "how did <M> {develop|evolve|look} {per|by|each} <D><T>", "<N> {each|every|per|by} <D>,<T>", "{per|by|each} <D>{,|:|} <N><T>", "{can i see|could i see|let me see} <M> {by|per} <D><T>", "<N> {by|per} <D> {chart|graph|table|overview}<T>", "chart {the |}<A> <N><T>", "what did <M> look like {by|per|each} <D><T>", "our <A> <N><T>", "<N> {for|of} {each|every} <D><T>", "plot {the |}<A> <N><T>", "<A> {run|series|list} of <N><T>", "<N> one <D> at a time<T>", "each <D>'s <N><T>", "<N> split {into|by} <Ds><T>", "{what was|what were} <M> {each|every} <D><T>", "<A> breakdown{,|:} <N><T>", "how {was|were} <M> each <D><T>", "<A> <N> {please|list|chart}<T>", "<A>{,|:} <N><T>"]
STEPPED_HOW = {"revenue": ["how much {did|do} we {sell|make|take} {each|every|per|a} <D><T>", "what {did|do} we {sell|make|take} {each|every|per|a} <D><T>"], "units": ["how many <I> {did|do} we sell {each|every|per|a} <D><T>"],
               "orders": ["how many orders {did|do} we {get|have|do} {each|every|per|a} <D><T>"], "customers": ["how many customers {did|do} we {get|have|serve} {each|every|per|a} <D><T>"]}
TWO = ["<M> {by|by|per} <D> {and|and|by|per|&} <E><T>", "<show> <M> {by|per} <D> {and|by|and by|and per} <E><T>", "<M> {per|for each|by} <D>{,| for each| per| in each| in every| at each|} <E><T>", "{break down|split} <M> by <D> {and|and then} <E><T>", "<M><T> by <D> and <E>", "how much did each <D> sell {per|by|for each} <E><T>",
       "<M> for {each|every} <D> {and|in each|in every|per} <E><T>", "<M> {broken down|split} by <D> and {by |}<E><T>", "<N> {for each|for every|per|by} <D> {by|per|and by} <E><T>", "<D> and <E> {breakdown|split} of <N><T>", "<N>{,|:} by <D> and <E><T>", "{by|per} <D> and <E>{,|:|} <N><T>", "<M> {per|by} <D>, {per|by|and by} <E><T>", "<T> <N> by <D> and <E>", "<M><T>, {per|by} <D> and {per |by |}<E>", "<N> of each <D> by <E><T>", "<N> {at|in|for} each <D> {for|in|per} each <E><T>", "{how much|what} did each <D> {sell|make} {in each|per|by} <E><T>", "<show> <N> {by|per} <D>, then {by |}<E><T>", "a table of <N> by <D> and <E><T>", "<N> / <D> / <E><T>"]
TWO_STEPPED = ["<A> <N> {by|per|for each|of each|split by|broken down by} <E><T>", "<show> {the |our |}<A> <N> {by|per|for each|for every|split by} <E><T>", "<A> <N><T> {by|per} <E>", "<A> {breakdown|trend} of <N> by <E><T>"]
VERSUS = ["{compare|} <v> {and|with|to|vs|versus|against} <w><T>", "<v> {vs|versus|vs.|v|against} <w><T>", "<v> {vs|versus|vs.|against} <w> <N><T>", "<N> {of|for} <v> {vs|versus|against|compared to|compared with} <w><T>", "<N>: <v> vs <w><T>", "how {does|do|did|is} <v> {compare to|compare with|do against|do versus|stack up against} <w><T>",
          "compare <N> {of|for|between} <v> {and|with|to} <w><T>", "<show> <v> {vs|versus|against|compared to} <w><T>", "<v> {compared to|compared with} <w><T>", "difference between <v> and <w> in <N><T>", "do <v> {sell|do|bring in} {more|better} than <w><T>", "{is|are|was|were} <v> {doing |selling |}{better|ahead|stronger} {than|of} <w><T>", "do we {sell|make|earn|take} more {on|with|from|in|} <v> or <w><T>", "{split|breakdown} {between|of} <v> and <w><T>", "<N> split between <v> and <w><T>", "<N> <v> vs <w><T>", "<N> in <v> {vs|versus|against|compared to} <w><T>", "did <v> {outsell|beat|do better than|sell more than} <w><T>", "put <v> {next to|against|beside} <w><T>", "<T> <v> vs <w>", "<T>, <v> {vs|versus|against} <w>", "<v> {vs|versus|against} <w> {sales|takings|revenue|turnover|income}<T>", "{sales|takings|revenue|turnover} {of|for|from} <v> {vs|versus|against|compared to|compared with} <w><T>", "{sales|takings|revenue}{:|,|} <v> {vs|against|versus} <w><T>", "<v> {versus|vs|against} <w>{,|:} <N><T>", "<N><T>{,|:} <v> {vs|versus|against} <w>", "has <v> {outsold|beaten|overtaken} <w><T>", "is <v> {outselling|beating|doing better than|ahead of|behind|selling more than} <w><T>", "are <v> {outselling|beating|selling better than|selling more than} <w><T>", "did <v> {make|take|bring in|sell|earn} {more|less} than <w><T>", "how {do|does|did} <v> and <w> compare{ in <N>| on <N>| for <N>}<T>", "<v> and <w> {compared|side by side|head to head|next to each other}<T>", "<v> and <w>{,|:} <N> {compared|side by side|head to head}<T>", "<N> {at|with|for} <v> {vs|versus|against} <w><T>", "<show> <N> of <v> next to <w><T>", "how much more {did|do|does} <v> {sell|make|bring in} than <w><T>", "<v> against <w><T>", "did we sell more <v> than <w><T>", "do we sell more <v> than <w><T>", "<v> compared to <w>{,|:|} <N><T>", "<v> against <w>{,|:|} <N><T>", "<v> next to <w>{,|:|} <N><T>", "how {do|does} <v> and <w> {compare|stack up|match up} {in|on|for|by} <N><T>", "<N> {comparison|head to head}{:|,|} <v> {vs|and|against} <w><T>", "compare <v> {and|with|to|against} <w>{,|:| on| for| by} <N><T>", "{is|are|was|were} <v> {bigger|stronger} than <w><T>", "<v> {vs|v|versus|against} <w> <N><T>", "<v> {vs|v|versus|against} <w> {for|on|in} <N><T>"]
VERSUS_ONE = ["{which|who|what} {sells|sold} {more|better|best}{,|:|} <v> or <w><T>", "{which one|who} {sold|sells|did|made} {more|better}{,|} <v> or <w><T>", "<v> or <w>{,|} {which|which one|who} {sells|sold|did} {more|better}<T>", "{who|which} {has|had} {more|higher} <N>{,|} <v> or <w><T>", "{which is|who's|who is} {bigger|better|ahead}{,|} <v> or <w><T>", "{who|which} {buys|spends|bought|spent|brings in|makes} {more|most}{,|:|} <v> or <w><T>", "<v> or <w>: {which|who} is {ahead|better|doing better}<T>", "what sells {better|more}{,|:|} <v> or <w><T>", "{who|which} did better, <v> or <w><T>", "<T>, {who|which|which one} sold more{,|:|} <v> or <w>", "{which|which one|who} {is|was} {stronger|the better seller|bigger|ahead|doing better|selling more}{,|:|} <v> or <w><T>", "<v> or <w>, {which|who} {makes|made|brings in|took|brought in} more{ money|}<T>", "{which|who} {comes|came} out {ahead|on top|better}{,|:} <v> or <w><T>", "who {wins|won|leads}{,|:} <v> or <w><T>", "<v> or <w>{,|:} {who|which} had {more|the higher|higher} <N><T>", "<v> vs <w>{,|:} {which one|who|which} {sells|sold|is selling} {more|better}<T>", "between <v> and <w>{,|} {which|who|which one} {sold|sells|made|makes} more<T>", "{which|who} has {the |}{better|higher|bigger} <N>{,|:|} <v> or <w><T>", "do <v> or <w> {sell|make|bring in|earn|do} more{ for us|}<T>", "do <v> or <w> {make|bring in|have|get|bring us} {more|the higher|the bigger} <N><T>", "did <v> or <w> {sell|make|take|bring in|do} more<T>", "does <v> or <w> {have|make|do|bring in} more <N><T>", "does <v> or <w> {sell|make|take|bring in|do} more<T>", "{is|are|was|were} <v> or <w> {bigger|stronger|better|ahead|doing better|selling better}<T>", "<v> or <w>{,|:| -} {who's|who is|which is} {ahead|winning|on top|in front|leading}<T>", "who {did|sold|took|made|had} more<T>{,|:} <v> or <w>", "<v> or <w>{,|} who {is|has been} {selling|doing|performing} {better|more}<T>", "{who|which one|which} {makes|brings in|earns|gives us|made|brought in} more{ money|}{,|:} <v> or <w><T>", "who {has|had|did|got} {more|the most} <N><T>{,|:} <v> or <w>", "what brings in more{ money|}{,|:} <v> or <w><T>", "<v> vs <w>{,|:|} who has {more|higher|the higher} <N><T>", "<v> {and|or|vs} <w>{,|:} which {has|had|makes|made} more <N><T>"]


def metric(rng):
    return pick(rng, words.METRIC_WEIGHTS)


def period(rng, default=0.36):
    return periods.DEFAULT if rng.random() < default else periods.sample(rng)


def named(s):
    return set(s.filters) & {"brand", "category", "product"}


def told(s, templates):
    """The templates that make sense: what is sold is spoken of only where a filter names it."""
    return templates if named(s) else [t for t in templates if "<O>" not in t.replace("{<O> |}", "").replace("{of <O> |}", "").replace("{<O>|<S>}", "")]


ONE_DAY = re.compile(f"today|yesterday|[0-9]+_days_ago|({'|'.join(periods.DAYS)})|({'|'.join(periods.MONTHS)})_[0-9]{{1,2}}(_20[0-9]{{2}})?")
_MONTH = f"({'|'.join(periods.MONTHS)})(_last_year|_20[0-9]{{2}})?$"
SHORT = {"week": "weekend|last_[0-9]_days|^(monday|friday)", "month": f"week|s_month$|t_month$|_[12]?[0-9]_days|^{_MONTH}", "quarter": f"week|month$|_[0-9]{{1,2}}_days|^{_MONTH}", "year": f"week|month$|quarter|_days|^q[1-4]|^{_MONTH}"}


def spanning(rng, by, default):
    """A period that holds more than one of the steps it is broken into, as far as its plan tells."""
    while True:
        p = period(rng, default)
        if by not in words.TIMES or not ONE_DAY.fullmatch(p.plan) and not (by in SHORT and re.search(SHORT[by], p.plan)) or rng.random() < 0.08:
            return p


def total(rng):
    m = metric(rng)
    if rng.random() < 0.13:
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
    if roll > 0.88:
        # A plain "products:" in front would read as a breakdown.
        return s.say(rng.choice([t for t in told(s, LAST[m]) if named(s) or not t.startswith("<I>")])), {"metric": m, "period": s.period.plan}
    if roll > 0.865:
        return s.say(rng.choice(told(s, words.HOW[m])) + "<P><T>") + s.say(rng.choice(RESTATED)), {"metric": m, "period": s.period.plan}
    template = rng.choice(told(s, words.HOW[m])) + "<P><T>" if roll < 0.36 else "<embed>" + rng.choice(told(s, words.INDIRECT[m])) + "<P><T>" if roll < 0.48 else rng.choice(TOTAL_NOUN)
    return s.say(template), {"metric": m, "period": s.period.plan}


# The period is what is asked about: "how was last month".
WENT = ["how {was|is} <W><F>", "how {did|has} <W> {go|gone|look|do|done|turn out|been}<F>", "what {was|is} <W> like<F>", "<W>{,|:} how did we do<F>", "<W>{,|:|} {figures|numbers|results}<F>", "{figures|numbers|results} {for|of} <W><F>", "<W>{,|:} how much{ did we take| did we sell| did we make|}<F>", "how {good|strong} was <W> in sales<F>", "{sum up|recap|round up} <W> in sales<F>", "<show> <W> {sales|figures|numbers|takings}<F>", "how was trade <A><F>", "how were things <A><F>", "what did <W> {bring in|bring|make|turn over|come to}<F>", "<W> in {numbers|figures|sales}<F>"]


def went(rng):
    s = Scene(rng, "revenue", periods.DEFAULT, sample_filters(rng, 0.35))
    while not s.period.name:
        s.period = periods.sample(rng)
    s.said_period = True
    s.extra["W"], s.extra["A"] = s.say(rng.choice(s.period.name)), s.say(rng.choice(s.period.after))
    s.extra["F"] = lambda: " " + " ".join(s.filter_phrases())
    return s.say(rng.choice(WENT)), {"metric": "revenue", "period": s.period.plan}


def breakdown(rng):
    m, by = metric(rng), pick(rng, {**words.DIMENSION_WEIGHTS, "weekday": 8})
    s = Scene(rng, m, period(rng), sample_filters(rng, 0.4), [by])
    s.filters.pop(by, None)
    if by in ("brand", "category", "store", "staff", "segment") and rng.random() < 0.07:  # some of them, side by side
        if by in ("brand", "category"):
            s.filters.pop("product", None)
        s.filters[by] = list(dict.fromkeys(sample_value(rng, by) for _ in range(rng.choice([2, 2, 3]))))
    template = rng.choice(BREAKDOWN_HOW[m]) if rng.random() < 0.35 else rng.choice(BREAKDOWN)
    return s.say(template), {"metric": m, "period": s.period.plan}


def stepped(rng):
    m, by = metric(rng), rng.choice(words.TIMES[:3] + words.TIMES)
    s = Scene(rng, m, spanning(rng, by, 0.36), sample_filters(rng, 0.4), [by])
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
    templates = [t for t in templates if m == "revenue" or "<N>" in t or "<M>" in t]
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
    known = {"store": names.STORES, "staff": names.FIRST, "product": names.MODELS}.get(by)
    noun = by == "store" and rng.random() < 0.45
    v, w = (linking.note(by, rng.choice(known)), linking.note(by, rng.choice(known))) if known and not noun else (sample_value(rng, by), sample_value(rng, by))
    if v == w:
        return versus(rng)
    s.extra["v"], s.extra["w"] = value(v), value(w)
    if noun:
        shop = s.shop()
        s.extra["v"], s.extra["w"] = rng.choice([(f"the {value(v)} {shop}", f"the {value(w)} {shop}"), (value(v), f"{value(w)} {shop}"), (f"the {value(v)} {shop}", value(w)), (f"our {value(v)} {shop}", f"the {value(w)} one")])
    if by == "segment" and rng.random() < 0.3:
        s.extra["w"] += " customers"
    if by == "store" and not noun and rng.random() < 0.15:
        s.extra["w"] += rng.choice([" stores", " shops", " branches"])
    if rng.random() < 0.12:
        third = linking.note(by, rng.choice(known)) if known else sample_value(rng, by)
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


INTENTS = {total: 30, went: 1.5, breakdown: 14, stepped: 6, trend: 5, two: 3.5, versus: 4.5}
