"""Questions for the best, the worst, the fastest growing and the falling."""

import re

import linking
import noise
import periods
import words
from grammar import dimension, value
from scene import Scene, pick, sample_filters, sample_value
from totals import metric, spanning

HIGH = ["highest", "most", "biggest", "largest", "best", "greatest", "strongest", "top"]
LOW = ["lowest", "least", "smallest", "worst", "weakest", "fewest", "poorest"]
TOP = ["top", "top", "top", "best", "best", "leading", "strongest", "biggest", "highest", "number one"]
BOTTOM = ["worst", "bottom", "weakest", "lowest", "poorest", "slowest", "least successful"]

# <K> is the counted head ("3 products", "brand", "brands"), <R> the ranking word, <L> high or low word.
BY_METRIC = ["which <K> {had|has|have|did|got|shows|show} the <L> <N><P><T>", "<K> with the <L> <N><P><T>", "<K> with <L> <N><T>", "<show> the <K> with the <L> <N><T>", "{what|who} {are|were|is|was} {our|the} <R> <K> {by|in|for|in terms of|on|based on} <N><T>", "<R> <K> {by|by|by|in|for|on} <N><T>", "<R> <K> {by|in terms of} <N><T>",
             "<show> {the |our |}<R> <K> {by|in|in terms of|based on|sorted by|ranked by} <N><T>", "<L> <N>: which <K><T>", "<L> <N>{,|:| by|} <K><T>", "<K> having the <L> <N><T>", "what <K> {show|shows|showed|did|got|get} the <L> <N><T>", "which <K> {deliver|delivers|delivered|produced|generated|recorded|achieved|gets|reports|posted} the <L> <N><T>", "<K> whose <N> {is|are|was|were} <L><T>", "<N>, <L> <K><T>", "<N> {is|was} <L> {at|in|for|with} {which|what} <K><T>", "which <K> {is|are|was|were} <R> {in|by|on|for} <N><T>", "what <K> {has|have|had} the <L> <N><T>", "<T> which <K> {had|has} the <L> <N>", "{where|} which <K> gave us the <L> <N><T>", "the <K> with the <L> <N><T>", "<R> <K><T> {by|in|on|in terms of|going by|measured by} <N>", "<show> {the |our |}<R> <K><T> {by|in terms of|based on} <N>", "{what|who} {are|were|is|was} {our|the} <R> <K><T> by <N>", "by <N>, which <K> {is|are|was|were} {the |our |}<R><T>", "<N>: <R> <K><T>", "which <K> {had|has|have|did} the <L> <N>,<T>", "<K> {by|on|for} <L> <N><T>", "<N>{,|:| -} {which|what} <K> {had|has|got} the <L><T>", "{the|our} <R> <K> {for|in|on|by} <N><T>", "<K> {that|which} {had|have|has|got} the <L> <N><T>", "<show> {the |our |}<R> <K>{,|:| -|} <N><T>", "<R> <K>{,|:| -} <N><T>", "<R> <K> <N> wise<T>", "<N> wise{,|} {which|what} <K> {is|are|was|were} {the |}<R><T>", "{in|on|by|for} <N>{,|} which <K> {is|are|was|were} {the |}<R><T>", "{going|judging} by <N>{,|} {which|what} <K> {is|are|was|were} {the |our |}<R><T>", "{what|which} {are|is} the <R> <K> {if you go by|if i look at|looking at|measured in} <N><T>"]
PLAIN_TOP = ["{what|which|who} {are|were} {our|the} <R> {selling |performing |}<K><P><T>", "<R> <K><T>", "<R> <K><T>", "<R> {selling|-selling|performing|earning} <K><T>", "<show> {the |our |}<R> {selling |performing |}<K><P><T>", "which <K> {sold|sell|sells|have sold|are selling|did|do|perform|performed|performs} {<B>}<T>", "which <K> {bring|brings|brought|make|makes|made} in the <most><T>", "our <R> <K><T>",
             "<T> {what|which} {were|are} {our|the} <R> <K>", "<K> that {sold|sell|sells} {<B>}<T>", "what <K> {sell|sells|sold} {<B>}<T>", "{what's|what is|what was} {our|the} <R> {selling |performing |}<K><P><T>", "name {the |our |}<R> <K><T>", "<show> which <K> {sold|sell|sells} {<B>}<T>", "which <K> {is|are|was|were} {our |the |}<R><T>", "which <K> {is|are|was|were} {doing|selling|performing} {<B>}<T>",
             "{which|what} <K> {makes|made|make|earn|earned|earns|generates|generated} us the <most>{ money|}<T>", "who {are|is|were} {our|the} <R> <K><T>", "<R> <K>,<T>", "i want {the|our} <R> <K><T>", "{can you |please |}{name|list|find|give me|tell me} {the |our |}<R> <K><T>", "<embed>which <K> {sold|sell|sells|did|does} {<B>}<T>", "<embed>{what|which} our <R> <K> {are|is|was|were}<T>", "<K> {doing|selling|performing} {<B>}<T>", "the <R> <K><T>", "<K> {selling|making|bringing in|earning|taking} the <most><T>", "what's been our <R> {selling |performing |}<K><T>", "<R> <K>{:|,| -}<T>", "{whats|what's} {our|the|my} <R> <K><T>", "{which|what} <K> {gave|brought|earned|made} us the <L> {revenue|sales|takings|turnover|income}<T>", "<T>, {which|what} <K> {sold|did|performed} {<B>}", "<T>: <R> <K>", "my <R> <K><T>", "{which|what} {are|were|is|was} the <R> <K> we {sell|sold|have|had}<T>", "{which|what} <K> {turned over|grossed|took in|earned|took|pulled in} the <most><T>", "<K> with the <L> {sales|revenue|takings|turnover}<T>", "<R> <K> we {sold|have|had|sell}<T>", "{any idea |do you know |}{what|which} the <R> <K> {is|are|was|were}<T>", "<R> <K> overall<T>", "{gimme|hit me with|lemme see|let's have} {the |our |}<R> <K><T>", "<R> <K>{,| -} {go|please|quick}<T>", "{what|which} <K> {did|do|does} {<B>}<T>", "{what|which} <K> {do|did} we sell the <most> of<T>", "we sell {the |}<most> of {what|which} <K><T>", "{what|which} <K> {is|are|was|were} {selling|moving|going|doing} {<B>}<T>", "<K> that {made|make|makes|brought in|bring in|earned|took} {us |}the <most><T>", "{the|our} <R> {selling |}<K> we {have|had|carry|got}<T>", "which <K> {has|have} {sold|done|performed} {<B>}<T>", "{pick out|single out|find me|spot|identify} {the |our |}<R> <K><T>", "<R> <K> {in terms of money|moneywise|money wise|in sales|sales wise|by money|in money}<T>", "{what|which} {is|are|was|were} {the|our} <R> <K> {money wise|sales wise|in sales|for sales}<T>", "<T>: {what|which} {were|are|was|is} {the |our |}<R> <K>", "{what|which} {turned out|came out} {the |as the |}<R> <K><T>"]
ONE_WHO = ["who {sold|sells|has sold|is selling} {<B>|the <most>}<of><P><T>", "who {made|brought in|did|took|earned} the <most>{ money|}<T>", "who {is|was|'s} {our|the} <R> {seller|performer|one}<T>", "who sold the <most> <O><T>", "who {is|'s} {doing|performing|selling} {<B>}<T>", "who {had|has|did} the <L> <N><T>", "who performed {<B>}<T>", "who had the <L> sales<T>", "who did {<B>}<T>", "who {is|was|'s} {our|the} <R> {salesperson|employee|colleague|performer|seller|team member|optician|staff member|person}<P><T>", "which of {our|the|my} {staff|people|team|employees|colleagues|opticians} sold {<B>}<T>", "who sold {<B>} <O><T>", "who {moved|rang up} the <most> <O><T>", "who in {the|our} team sold {<B>}<T>", "whose sales {were|are} {the |}<L><T>", "who's {been |}{selling|doing|performing} {<B>}<T>", "who {pulled in|rang up|turned over|took in|closed|generated} the <most><T>", "who {shifted|sold|moved} {<B>} <O><T>", "who {has|had} the <L> {sales|takings|turnover|revenue|figures|numbers}<T>", "<R> {salesperson|employee|colleague|staff member|team member|sales rep}<T>", "<T>, who sold {<B>}", "<T> who {sold|made|took} the <most>", "who {was|is} {the |our |}<R><T>", "which {employee|colleague|person|salesperson|staff member|team member} {sold|made|brought in|took} the <most><of><T>", "who sells {<B>} <O><T>", "tell me who sold {<B>}<of><T>", "<show> who {sold|made|brought in} the <most><T>", "who {among|of} {us|the staff|our people|the team} sold {<B>}<T>", "who's {<slang>}<T>", "who is {<slang>}<T>", "who {was|has been} {<slang>}<T>", "{which colleague|which salesperson|who in the team|who on the team|who} is {<slang>}<T>", "who's our <R> {salesperson|seller|performer|person}<T>", "<R> {performer|salesperson|sales assistant|optician} {in the team|on the team|of all|}<T>", "who {came|comes|finished} {<place>}<T>", "who {<leads>} the {sales|team|board|table|leaderboard}<T>", "who {took|made|did|rang up|put through} {the |}<most> {money|sales|revenue}<T>", "who {had|has} the <L> {results|numbers|figures|revenue}<T>", "who {turned over|grossed|brought in|put through} {the |}<most> <of><T>", "name of {our|the} <R> {salesperson|seller|colleague}<T>", "who of {us|the team|our people|my staff} {sold|made|did} {<B>}<T>", "{salesperson|seller|colleague} with the <most> {sales|revenue|takings}<T>"]
RANK_VERB = {
    "units": ["which <K> {sold|sell|sells|moved|move} the <most> {units|pieces|items|pairs}<T>", "<most2> popular <K><P><T>", "which <K> {is|are|was|were} the <most2> popular<T>", "what {are|were|is|was} {our|the} <most2> popular <K><T>", "<show> {the |our |}<most2> popular <K><T>", "which <K> do {people|customers} buy <most2> {units of|of}<T>", "<most2> sold <K> {in units|by quantity|by volume|by pieces}<T>", "{what's|whats|what is|what was|which is} {our|the} <most2> popular <K><T>", "<most2> popular <K>{,|:}<T>", "<T> <most2> popular <K>", "our <most2> popular <K><T>", "which <K> {shifted|moved|sold|shipped} the <most> {units|pieces|items}<T>", "list {the |our |}<most2> popular <K><T>", "<K> with the <most> {units|pieces|items|units sold|pieces sold}<T>", "{which|what} <K> {are|is} <most2> popular<T>", "<R> <K> by {units|quantity|volume|pieces|number sold}<T>", "which <K> {shift|shifts|move|moves|shifted|moved} the <most> {units|pieces|pairs|items|volume}<T>", "<K> {people|customers|shoppers} {buy|bought|go for|took} the <most> {units|pieces} of<T>", "<most2> popular <K> {of all|with customers|}<T>", "{what|which} {was|were|is|are} the <most2> popular <K><T>", "<most2> popular <K> {by|in} {units|pieces|quantity}<T>", "{how about|what about} the <most2> popular <K><T>", "which <K> {sold|sell|sells} {<B>} {in units|by units|by quantity|in pieces|by volume|by number}<T>", "<R> selling <K> {in|by} {units|pieces|volume|quantity}<T>", "<R> <K> {in|by} {pairs|pcs|qty|unit sales|units sold|pieces sold}<T>"],
    "orders": ["which <K> {is|was|are|were} <busy><P><T>", "{our|the} <busy> <K><T>", "{what|which} {is|was} {our|the} <busy> <K><T>", "which <K> {had|has|did|got} the <most> {orders|transactions|receipts|tickets}<T>", "<busy> <K><T>", "which <K> {handled|processed|took|rang up} the <most> {orders|transactions}<T>", "<show> {the|our} <busy> <K><T>", "what's {our|the} <busy> <K><T>", "{what|which} {are|were} {our|the} <busy> <K><T>", "which <K> {rang up|wrote|closed|had|logged} the <most> {tickets|receipts|invoices|orders|sales tickets}<T>", "<K> with the <most> {orders|transactions|receipts|tickets}<T>", "which <K> brings in the <most> {orders|transactions}<T>", "<T> <busy> <K>", "my <busy> <K><T>", "which <K> {is|was} <busy> {by|in|for|in terms of} {orders|transactions|receipts}<T>", "<K> {that|which} {had|did|took|rang up} the <most> {orders|transactions|receipts|bills|tickets}<T>", "which <K> {gets|get|does|do} the <most> {orders|receipts|transactions|bills}<T>", "<busy> <K> of all<T>", "<R> <K> by {number of orders|orders|transactions|receipts|tickets}<T>"],
    "customers": ["which <K> {had|has|served|got|attracts|attracted|brought in} the <most> {customers|clients|shoppers|buyers}<T>", "which <K> {is|are|was|were} bought by the <most> {customers|people}<T>", "which <K> {reach|reached|reaches} the <most> {customers|people}<T>", "<K> with the <most> {customers|shoppers|buyers|clients}<T>", "which <K> {sold|sell|sells} to the <most> {people|customers}<T>", "<R> <K> by {customers|number of customers|customer numbers}<T>", "which <K> {pulls in|pulled in|draws|drew|saw|sees|served} the <most> {customers|shoppers|people}<T>", "{what|which} <K> {had|has|got} the <most> {different |}{customers|buyers|people}<T>", "<K> {serving|attracting|getting} the <most> {customers|people}<T>"],
    "average_order_value": ["which <K> {spend|spends|spent} the <most> per {order|ticket|purchase}<T>", "which <K> {has|have|had} the {<L>} {basket|average order|average sale|ticket}<T>", "<K> with the <L> {average basket|basket|average ticket|average sale|aov|average spend}<T>", "which <K> {spends|spend|spent} {the |}<most> per {order|ticket|transaction|basket}<T>", "{what|which} <K> {has|had|got|gets} the <L> {baskets|average tickets|tickets|average bill|avg sale|spend per order}<T>", "<R> <K> by {aov|average order|basket|avg ticket|average spend}<T>", "<L> {aov|average basket|average ticket|average sale}{,|:| by} <K><T>", "{which|what} <K> {has|have|had|makes|gets} the <big> {baskets|tickets|average orders}<T>"],
    "gross_margin": ["{which|what} <K> {make|makes|made|earn|earns|earned|bring|brings|generated} {us |}the <most> {profit|margin}<T>", "<most2> profitable <K><P><T>", "which <K> {is|are|was|were} the <most2> profitable<T>", "<show> {the |our |}<most2> profitable <K><T>", "what {is|are|was|were} {our|the} <most2> profitable <K><T>", "{what's|whats|which is} {our|the} <most2> profitable <K><T>", "our <most2> profitable <K><T>", "<most2> profitable <K>,<T>", "<K> {making|earning|bringing in} the <most> {profit|margin}<T>", "<T> <most2> profitable <K>", "on {which|what} <K> {do|did} we make the <most> {profit|margin}<T>", "name the <most2> profitable <K><T>", "which <K> {is|are} <most2> profitable<T>", "<K> {that|which} {make|makes|made|earn|earned|bring|bring in} {us |}the <most> {profit|margin|gp}<T>", "on which <K> {do|did} we {make|earn} the <most> {profit|margin|gp}<T>", "<R> <K> by {profit|gp|margin|gross profit|gross margin}<T>", "<R> <K> {profit|gp|margin} wise<T>", "{profit|gp|margin} wise{,|} {which|what} <K> {is|are} {the |}<R><T>", "which <K> {earns|earn|earned|makes|made|clears|cleared} the <most> {profit|margin|gp|gross profit}<T>", "{which|what} <K> {makes|make|made|gave us|has|had} the <big> {profit|profits|margins}<T>", "{what|which} <K> {is|are|was|were} {the|our} <most2> profitable{ one| ones|}<T>", "<most2> profitable <K> {by|in} {profit|money|gross profit}<T>", "<most2> profitable <K> {of all|}<T>"],
    "margin_rate": ["<most2> profitable <K> {in percent|in %|percentage wise|by percentage|as a percentage}<T>", "which <K> {has|have|had} the <L> margin {in percent|percentage|%|rate|in %}<T>", "which <K> {is|are|was|were} {the |}<most2> profitable {in percent|in per cent|percentage wise|in percentage terms|in %|by percentage|by margin rate|by margin %}<T>", "<most2> profitable <K><T>{,|} {in percent|in per cent|percentage wise|in %|by percentage|by margin %}", "{what is|what's|what are} {our|the} <most2> profitable <K> {in percent|in per cent|in %|percentage wise|by percentage}<T>", "which <K> {earns|earn|makes|make|gives|give} us the <L> {percentage margin|percent margin|% margin|margin percentage|margin rate}<T>", "<K> with the <L> {margin %|gp %|margin rate|percentage margin|margin in percent|margin percentage}<T>", "which <K> {runs|run|ran} {at |}the <L> {margin rate|margin %|percentage margin}<T>", "<L> {margin %|gp %|margin percentage|margin rate|percentage margin}{,|:| by} <K><T>", "{percentage wise|in percent|in per cent}{,|} which <K> {is|are} {the |}<most2> profitable<T>", "<R> <K> by {margin %|margin rate|margin percentage|gp %|percentage margin}<T>"],
    "discount": ["which <K> {gave|give|gives|had|get|gets|got} the <most> {discount|money off|markdowns|discounts}<T>", "which <K> {was|were|is|are} discounted the <most><T>", "<most2> discounted <K><T>", "<K> {giving|getting|with} the <most> {discount|money off|discounts}<T>", "{what is|what's|what are|what were} {our|the} <most2> discounted <K><T>", "which <K> {do|did} we discount the <most><T>", "which <K> {cost|costs} us the <most> in discounts<T>", "which <K> {gives|give|gave} away the <most>{ in discounts|}<T>", "which <K> {is|are|was|were} the <most2> generous{ with discounts| with money off| when it comes to discounts|}<T>", "<most2> generous <K>{ with discounts| in discounts|}<T>", "which <K> {knocks|knock|knocked} {off the <most>|the <most> off}{ prices|}<T>", "which <K> {is|are|was|were} {marked down|reduced|cut} the <most><T>", "<K> {we discount|we discounted|we mark down|marked down|discounted} the <most><T>", "on which <K> {do|did} we {give|lose} the <most> {discount|in discounts|money off}<T>", "<most2> heavily discounted <K><T>", "<R> <K> {by|for|in} {discounts|money off|discount given|markdowns}<T>", "which <K> {hands|hand|handed} out the <most> {discount|discounts|money off}<T>", "which <K> {hands|handed|gives|gave|got|has|had} {out |}the <big> {discounts|markdowns|reductions}<T>"],
    "discount_rate": ["which <K> {gave|give|gives|had|has|get|gets} the <L> {discount percentage|discount rate|discount %|percentage off|average discount}<T>", "which <K> {is|are|do we|did we} {discounted|discount} the <most> {in percent|in per cent|percentage wise|in %}<T>", "<most2> discounted <K> {in percent|in %|percentage wise|by percentage}<T>", "<K> with the <L> {discount rate|average discount|% off|discount %|discount percentage}<T>", "<K> we discount the <most> {in percent|in %|percentage wise}<T>", "<L> {average discount|discount rate|discount %}{,|:| by} <K><T>", "<R> <K> by {discount rate|discount %|average discount|discount percentage}<T>"],
    "returns": ["which <K> {is|are|was|were|get|gets|got} returned {the |}<most><T>", "<most2> returned <K><P><T>", "which <K> {come|comes|came} back {the |}<most><T>", "which <K> do {people|customers} {return|bring back} {the |}<most><T>", "<show> {the |our |}<most2> returned <K><T>", "which <K> {was|were|is|are} brought back {the |}<most><T>", "what {is|are|was|were} {our|the} <most2> returned <K><T>", "<K> {with|having|getting} the <most> returns<T>", "our <most2> returned <K><T>", "what's {our|the} <most2> returned <K><T>", "which <K> had the <most> {units|pieces|items} {returned|brought back}<T>", "<T> <most2> returned <K>", "<K> {people|customers} {bring back|brought back|return|returned} the <most><T>", "which <K> {got|is getting|are getting} {sent back|brought back|returned} {the |}<most><T>", "<K> {that|which} {come|comes|came|get sent|got sent|get brought} back {the |}<most>{ often|}<T>", "<most2> {often|frequently} returned <K><T>", "which <K> {is|are|was|were} {the |}<most2> {returned|often returned|sent back|brought back}<T>", "<most2> returned <K> {of all|by pieces|by number|in units|}<T>", "which <K> {had|has|have|got|saw} the <most> {returns|pieces back|items back|returned pieces|returned units}<T>", "{what|which} <K> {do|did} {people|customers|shoppers} {send back|bring back|return} the <most><T>", "<R> <K> {for|by|in} {returns|number of returns|pieces returned}<T>", "{what's|whats|what is|what are} {the|our} <most2> returned <K><T>"],
    "refunds": ["which <K> {cost|costs} us the <most> in refunds<T>", "which <K> {was|were|is|are} refunded the <most><T>", "<most2> refunded <K><T>", "<K> with the <most> {refunds|money refunded|money back}<T>", "which <K> {did we refund|do we refund} the <most>{ money|} {for|on}<T>", "{our|the} <most2> refunded <K><T>", "which <K> had the <most> money {given back|refunded}<T>", "which <K> {causes|caused|cause} the <most> {refunds|money back|in refunds}<T>", "<K> {that|which} {cost|costs} {us |}the <most> in refunds<T>", "<R> <K> {for|by|in} {refunds|money refunded|refunded money}<T>", "which <K> {paid|pays|gave|gives|handed} back the <most>{ money|}<T>", "{which|what} <K> {has|have|had|caused} the <big> {refunds|refund total}<T>", "{what|which} <K> {did|do} we {pay back|give back|refund} the <most>{ money|} {for|on}<T>"],
    "return_rate": ["which <K> {has|have|had} the <L> {return rate|rate of returns|percentage of returns}<T>", "which <K> {has|have|had} the <L> {return %|percentage returned|returns in percent|returns %}<T>", "<K> with the <L> {return rate|return %|rate of returns|returns percentage}<T>", "<most2> returned <K> {in percent|in %|percentage wise|by percentage|by rate|by return rate}<T>", "which <K> {is|are|was|were} returned {the |}<most> {in percent|in %|percentage wise|proportionally}<T>", "<R> <K> by {return rate|return %|rate of returns}<T>", "<L> {return rate|return %|rate of returns}{,|:| by} <K><T>"],
}
WHO_VERB = {"units": ["who sold the <most> {units|pieces|items|pairs}<of><T>"], "orders": ["who {handled|processed|took|rang up|closed|wrote|did|had} the <most> {orders|transactions|tickets|receipts|sales tickets}<T>", "who {is|was} <busy><T>"], "customers": ["who {served|had|helped} the <most> {customers|clients|people|shoppers}<T>", "who {sold to|dealt with|looked after|rang up} the <most> {customers|people|shoppers}<T>", "who {has|had|gets} the <most> {different |}{customers|clients|shoppers}<T>"],
            "average_order_value": ["who {has|had} the {<L>} {average order|average basket|basket|average ticket|average sale}<T>", "who {gets|got|makes|rings up|has} the <big> {average ticket|average sale|average basket|baskets|aov|avg ticket|tickets}<T>", "whose {average ticket|average sale|average basket|aov|basket} is <L><T>"], "gross_margin": ["who {made|makes|brought in|earned} the <most> {profit|margin}<T>", "who {is|was} <most2> profitable<T>", "who {makes|made|brings in|earns|cleared} {us |}the <most> {profit|gp|margin|gross profit}<T>", "who is {our|the} <most2> profitable {seller|salesperson|colleague|optician|employee}<T>", "who {has|had} the <L> {profit|gp|margin|gross profit}<T>"], "margin_rate": ["who {has|had|makes} the <L> margin {rate|percentage|%|in percent}<T>"],
            "discount": ["who {gave|gives|gave away|hands out|handed out|grants} the <most> {discount|discounts|money off}<T>", "who discounted the <most><T>", "who gives away the <most>{ in discounts|}<T>", "who {is|was|has been} the <most2> generous{ with discounts| with money off|}<T>", "who knocks the <most> off{ prices|}<T>", "who {hands|handed|gives|gave} out the <big> {discounts|markdowns|reductions}<T>", "who {knocked|took|takes} the <most> off<T>", "who {hands|handed|gives|gave} out the <most> {discounts|in discounts|money off}<T>"], "discount_rate": ["who {gives|gave|has|had} the <L> {discount rate|discount percentage|average discount|percentage off}<T>"], "returns": ["who {had|has|got|took} the <most> returns<T>"], "refunds": ["who {refunded|gave back} the <most>{ money|}<T>", "who had the <most> refunds<T>", "who {paid|handed} back the <most>{ money|}<T>", "who {had|has|did|got} the <L> refunds<T>"], "return_rate": ["who {has|had} the <L> return rate<T>"]}
RANK = ["rank {all |our |the |}<Ds> by <N><T>", "ranking of {our |the |}<Ds> {by|on|in} <N><T>", "<Ds> ranked by <N><T>", "<Ds> {sorted|ordered} by <N>{ from high to low|, highest first|, best first| descending|}<T>", "league table of <Ds> by <N><T>", "leaderboard of <Ds> by <N><T>", "order {the |our |}<Ds> by <N><T>"]
TIME_BEST = ["{what|which} {was|is|has been} {our|the} <R> <K><P><T>", "our <R> <K><T>", "<R> <K> {for|in} <N><T>", "{what|which} <K> {was|were|is} {the |our |}<R><T>", "<R> <K><T>", "which <K> {had|did} the <L> <N><T>", "<R> {sales |}<K><T>", "{in |on |}which <K> did we {sell|make|take} the <most><T>", "{what's|whats|what was|which was} {our|the|my} <R> <K>{ for sales| for revenue| sales wise|}<T>", "<R> {trading|selling|sales} <K><T>", "{which|what} <K> {brought in|took|made|earned|saw|gave us|did} the <most>{ money|}<T>", "<T>, {which|what} <K> was {the |our |}<R>", "<T>: <R> <K>", "{what|which} <K> {do|did} we {do|trade|perform} {<B>}<T>", "tell me {our|the} <R> <K><T>", "<K> with the <L> {sales|takings|revenue|turnover}<T>", "<R> <K>,<T>", "my <R> <K><T>", "on {what|which} <K> {do|did} we {sell|make|take|have} the <most><T>", "record <K><T>",
             "what {has been|was|is} {our|the} <R> <K> for <N><T>", "<show> {the |our |}<R> <K><T>", "<R> <K> {so far|}<T>", "when was {our|the} <R> <K><T>", "the <K> we {sold|took|made} the <most><T>", "which <K> did {we|the shop|the team} {do|sell|take} {<B>}<T>", "{what|which} <K> {was|were|is} {<B>} for {us|sales|the shop}<T>", "<R> <K> {money wise|sales wise|in sales|for takings|for the till}<T>", "on {what|which} <K> {were|are} {sales|takings} <L><T>", "{what|which} <K> {had|saw} the <L> {sales|takings|revenue|turnover|income}<T>", "{single |}<R> <K><T>", "<K> {we sold|we took|we made} the <most><T>"]


def scene(rng, m, by, default=0.36, average=0.45):
    s = Scene(rng, m, spanning(rng, by, default), sample_filters(rng, average), [by])
    s.filters.pop(by, None)
    if by == "product":
        s.filters.pop("product", None)
    return s


def rank_words(s, rng, high):
    s.extra["embed"] = rng.choice(noise.EMBED)
    s.extra["R"] = rng.choice(TOP if high else BOTTOM)
    s.extra["L"] = rng.choice(HIGH if high else LOW)
    s.extra["B"] = "{best|best|the best|the most|most|better than the rest}" if high else "{worst|least|the least|the worst|slowest|badly|poorest}"
    if high:
        s.extra["B"] = "{best|best|best|the best|the most|most|strongest}"
    s.extra["most"] = "most" if high else rng.choice(["least", "least", "fewest"])
    s.extra["most2"] = "most" if high else "least"
    s.extra["slang"] = "{smashing it|killing it|crushing it|on fire|flying|nailing it|out in front|leading the pack|top of the pile|in the lead|ahead|winning|on top|doing the best|selling the best|way ahead|our number one|our no. 1|the star seller|our star salesperson|our star seller|top dog}" if high else "{struggling|lagging|trailing|bringing up the rear|at the bottom|last|bottom of the table|the weakest|doing the worst|selling the least|our weakest|way behind everyone}"
    s.extra["big"] = "{biggest|largest|highest}" if high else "{smallest|lowest|smallest}"
    s.extra["place"] = "{first|out on top|top|out first}" if high else "{last|out last|bottom}"
    s.extra["leads"] = "{leads|led|tops|topped}" if high else "{props up|is at the bottom of|trails}"
    s.extra["busy"] = rng.choice(["busiest", "busiest", "the busiest"]) if high else rng.choice(["quietest", "least busy", "the quietest"])
    if high and rng.random() < 0.22:
        s.extra["R"] = rng.choice(["best-selling", "best-performing", "top-performing", "highest earning", "strongest selling", "best selling", "fastest-selling", "fastest moving", "best-selling", "top-selling", "bestselling", "best selling", "top performing", "best performing", "highest selling", "most successful", "highest grossing", "most sold", "best selling", "best selling", "top selling", "best earning", "biggest selling", "best-sold"])
    if not high and rng.random() < 0.2:
        s.extra["R"] = rng.choice(["slowest moving", "least sold", "worst-selling", "slowest-selling", "least selling", "worst performing", "lowest selling", "slowest selling", "worst", "poorest selling", "worst selling", "weakest selling", "slow-moving", "slow moving", "slow selling", "poorly selling", "badly selling", "lowest grossing", "poorest performing", "weakest performing", "lowest earning"])


def count(rng):
    """(limit, number words): a number, one, or many without a number."""
    roll = rng.random()
    if roll < 0.36:
        n = rng.choice([2, 3, 3, 3, 4, 5, 5, 5, 6, 7, 8, 10, 10, 10, 12, 15, 20, 25, 30, 50, 100, rng.randint(2, 60)])
        return n, periods.spell(rng, n)
    return (1, "") if roll < 0.68 else (None, "")


def head(s, rng, by, number, plural):
    """The counted thing: dimension word, or filters that imply products ("frames", "ray-ban models")."""
    nouns = (words.PLURAL if plural else words.SINGULAR)[by]
    noun = dimension(by, rng.choice([n for n in nouns if not n.startswith("seller")]))  # a "best seller" is a product
    f = s.filters
    if by == "product" and ("category" in f or "brand" in f) and rng.random() < 0.8:
        category = f.pop("category", None)
        b = s.join(f.pop("brand")) if "brand" in f else ""
        if category:
            c = value(category[0])
            told = True  # by its ending, whether one is meant or many
            if not plural:  # "best frame"; "pair of" is no part of the value
                one, many = rng.choice([pair for pair in words.CATEGORIES if pair[1] == category[0]] or [(category[0].rstrip("s"), category[0])])
                linking.note("category", many if one.startswith("pair of") else one)
                c, told = ("pair of " + value(many)) if one.startswith("pair of") else value(one), one != many
            if not told or rng.random() < 0.25:
                b, c = "", f"{b} {c} {noun}"
            else:
                c += dimension("product")
            noun = f"{b} {c}"
        else:
            noun = f"{b} {noun}"
    elif by == "brand" and "category" in f and rng.random() < 0.7:
        pair = f.pop("category")[0]
        singular = [one for one, many in words.CATEGORIES if many == pair and not one.startswith("pair")]
        c = value(rng.choice(singular + [pair]))
        noun = rng.choice([f"{c} {noun}", f"{c} {noun}", f"{noun} of {value(pair)}", f"{noun} for {value(pair)}"])
    elif by == "product" and rng.random() < 0.12 and not number:
        if s.extra["R"] in TOP:  # sellers are people only where "who" is asked
            noun = dimension("product", rng.choice(["best sellers", "bestsellers", "best-sellers", "best sellers", "top sellers", "hot sellers", "biggest sellers", "hottest sellers", "strongest sellers", "big sellers", "top-sellers"]) if plural else rng.choice(["best seller", "bestseller", "best-seller", "top seller", "biggest seller", "number one seller"]))
        elif s.extra["R"] in BOTTOM:
            noun = dimension("product", rng.choice(["worst sellers", "slow sellers", "poor sellers", "slowest sellers", "weakest sellers"]) if plural else rng.choice(["worst seller", "slowest seller", "weakest seller", "poorest seller"]))
        if "ell" in noun:
            s.extra["R"] = ""
    return f"{number} {noun}"


def number_first(s, rng, text, number):
    """"3 best products", "five most popular brands", "5 busiest days": the number before the word as often as behind it."""
    if not number or rng.random() < 0.4:
        return text
    words_ = [s.extra["R"], s.extra["busy"].removeprefix("the ")] + [f"{s.extra['most2']} {w}" for w in ("popular", "profitable", "returned", "refunded", "discounted", "sold")]
    for word in words_:
        for middle in ("", " selling", "-selling", " performing", " earning", " trading", " sales"):
            at = f"{word}{middle} {number} "
            if word and at in text:
                return text.replace(at, f"{number} {word}{middle} ", 1)
    return text


LEAD_TOP = ["which <K> {comes|come|came} {out on top|first|top}{ for <N>| in <N>| by <N>}<T>", "which <K> {leads|lead|led}{ in <N>| on <N>| for <N>}<T>", "which <K> {is|are|was|were} {in the lead|leading|on top|ahead|at the top}{ for <N>| in <N>| by <N>}<T>", "<K> {leading|topping the list|at the top} {in|for|by|on} <N><T>"]
LEAD_BOTTOM = ["which <K> {comes|come|came} {last|out last|bottom}{ for <N>| in <N>| by <N>}<T>", "which <K> {is|are|was|were} {at the bottom|trailing|last}{ for <N>| in <N>| by <N>}<T>", "<K> {trailing|at the bottom} {in|for|by|on} <N><T>"]
# People behind a number or without one: counted by what they do.
GERUND = {"revenue": "{selling|making|bringing in|taking} the <most>", "units": "{selling|moving|shifting} the <most> {units|pieces|items}", "orders": "{handling|taking|ringing up|doing} the <most> {orders|transactions|tickets}", "customers": "{serving|helping|selling to} the <most> {customers|people|clients}",
          "gross_margin": "{making|bringing in|earning} the <most> {profit|margin}", "discount": "{granting|handing out|allowing} the <most> {discount|discounts|markdowns}", "returns": "{getting|having|with} the <most> returns", "refunds": "{refunding|giving back} the <most>{ money|}"}


ONE_OF = ["which {one |}of {our|the|my|all our} <Ds> {sold|sells|did|does|is doing|is selling|performed} {<B>}<T>", "{of|out of|among} {all |}{our|the|my} <Ds>{,|} which {one |}{sold|sells|did|does} {<B>}<T>", "which {one |}of {our|the|my} <Ds> {took|made|brought in|makes|brings in} the <most>{ money|}<T>", "which {one |}of {our|the|my} <Ds> {is|was} {the |}<R><T>",
          "which {one |}of {our|the|my} <Ds> {had|has|got|shows} the <L> <N><T>", "{of|out of|among} {all |}{our|the|my} <Ds>{,|} which {one |}{has|had} the <L> <N><T>", "which {one |}of {our|the|my} <Ds> {is|was} {the |}<R> {by|in|for|on} <N><T>"]


# The first of a ranking has its figure anyway.
HOW_MUCH = [" and how much", " and how much was it", ", and how much was that", " and with how much", ", how much was it", " and what was the figure", " and with what number", ", and what did it come to"]


def ranking(rng):
    m, by = metric(rng) if rng.random() < 0.6 else "revenue", pick(rng, words.DIMENSION_WEIGHTS)
    s, high = scene(rng, m, by), rng.random() < 0.72
    rank_words(s, rng, high)
    if rng.random() < 0.04:
        return s.say(rng.choice(RANK)), {"metric": m, "period": s.period.plan, "order": "desc"}
    plan = {"metric": m, "period": s.period.plan, "order": "desc" if high else "asc"}
    if by == "staff" and rng.random() < 0.1:
        n, spelled = count(rng)
        if n == 1:
            n, spelled = 3, "3"
        if n:
            plan["limit"] = n
        return s.say(f"{{who are|who were}} {{our|the|my}} <R> {spelled} {dimension('staff', rng.choice(['sellers', 'people', 'performers', 'salespeople', 'opticians', 'employees']))}" + (" {by|in|on} <N><T>" if m != "revenue" else "<T>")), plan
    if by == "staff" and rng.random() < 0.45:
        template = rng.choice(WHO_VERB[m] if m in WHO_VERB and rng.random() < 0.65 else (ONE_WHO if m == "revenue" else ["who {had|has|did|got} the <L> <N><P><T>", "who {is|was} <R> {in|by|on|for} <N><T>"]))
        plan["limit"] = 1
        return dimension("staff") + s.say(template), plan
    limit, number = count(rng)
    if by == "staff" and limit != 1 and rng.random() < 0.2:
        people = dimension("staff", rng.choice(["people", "salespeople", "employees", "colleagues", "staff", "team members", "opticians", "sellers"]))
        if limit:
            plan["limit"] = limit
        what = GERUND[m] if m in GERUND and rng.random() < 0.6 else "with the <L> <N>"
        return s.say(f"{{who are|who were|name|<show>|}} {{the|our}} {number} {people} {what}<T>"), plan
    if number and s.extra["R"] == "number one":
        s.extra["R"] = "top"
    if limit == 1 and rng.random() < 0.08:  # one of several by their plural
        plan["limit"] = 1
        return s.say(rng.choice(ONE_OF[:4] if m == "revenue" and rng.random() < 0.6 else ONE_OF[4:])), plan
    s.extra["K"] = head(s, rng, by, number, limit != 1)
    if limit:
        plan["limit"] = limit
    if limit == 1 and high and rng.random() < 0.06:
        s.extra["R"] = rng.choice(["#1", "no. 1", "number one", "nr 1", "number 1", "no 1"])
    buyers = s.filters.get("segment")
    if buyers and by in ("product", "brand", "category") and m == "revenue" and rng.random() < 0.5:
        v = value(s.filters.pop("segment")[0])
        template = rng.choice([f"which <K> do {v} {{buy|prefer|like|choose|go for}} {{<most>|the <most>|<most> often}}<T>", f"which <K> {{sell|sells}} {{<B>}} {{with|to|among}} {v}<T>", f"what <K> {{are|is}} <R> {{with|among|for}} {v}<T>", f"<R> <K> {{among|with|for|by}} {v}<T>"])
    elif by == "segment" and m == "revenue" and rng.random() < 0.35:
        template = rng.choice(["which <K> {spend|spends|spent|buy|buys|bought|has bought} {the |}<most><P><T>", "<K> that {spend|spends|spent|buys|bought} the <most><T>", "which <K> {spends|spent|spend} the <most> money<T>", "which <K> {brings|brought|bring} in the <most>{ money| sales|}<T>"])
    elif m == "revenue" and rng.random() < 0.72:
        template = rng.choice([t for t in PLAIN_TOP if by in ("product", "brand", "category") or "<most> of" not in t])
    elif rng.random() < 0.05 and s.extra["R"]:
        template = rng.choice(LEAD_TOP if high else LEAD_BOTTOM)
    elif m in RANK_VERB and rng.random() < 0.5:
        template = rng.choice([t for t in RANK_VERB[m] if by == "segment" or "{spend" not in t])
    else:
        template = rng.choice(BY_METRIC)
    if s.period.previous and rng.random() < 0.04 and "<T>" in template:  # a ranking held against the period before
        s.other = f"{rng.choice(['vs', 'versus', 'compared to', 'compared with', 'against'])} {s.say(rng.choice(s.period.previous))}"
        if not s.other.endswith(" last"):
            plan["compare"] = "previous"
        else:
            s.other = ""
    elif limit == 1 and s.period is periods.DEFAULT and "<T>" in template and rng.random() < 0.02 and high:
        plan["period"] = "all_time"
        template = template.replace("<T>", "<T> {we've|we have|that we have|that we've} ever {had|sold|carried}" if by in ("product", "brand") else "<T> {of all time|ever}")
    text = s.say(template)
    if by != "staff":  # "who" means people
        text = re.sub(r"\bwho (are|is|was|were)\b", r"what \1", text)
    if number and rng.random() < 0.35 and text.startswith("which"):
        text = text.replace("which", "what", 1)
    text = number_first(s, rng, text, number)
    if limit == 1 and rng.random() < 0.025:
        text += rng.choice(HOW_MUCH)
    if number and number.isdigit() and rng.random() < 0.12:
        text = text.replace(f"top {number}", rng.choice([f"top{number}", f"top-{number}"]))
    return text, plan


# The best step of a named stretch of time: "best day of last week". <W> is the stretch.
TIME_OF = ["<R> <K> {of|of|in|during|over|within} <W>", "{what|which} was {the|our} <R> <K> {of|in|during|over} <W>", "{what|which} <K> of <W> was {the |our |}<R>", "{the|our} <R> <K> {of|in} <W>", "{in|of|over} <W>{,|} {what|which} was {the|our} <R> <K>", "<R> <K> {of|in} <W> {for|by|in} <N>", "{what|which} <K> {of|in|during} <W> had the <L> <N>", "<show> the <R> <K> {of|in} <W>", "<W>{,|:|} {our |the |}<R> <K>", "which <K> {of|in} <W> did we {sell|make|take} the <most>"]


EVER = ["{the |our |}<R> <K> {we've|we have|that we've|we} ever had<e>", "{our |the |}<R> <K> ever<e>", "{our |the |}all{-| }time <R> <K><e>", "{what|which} {was|is|has been} {our|the} <R> <K> {ever|of all time|since we opened|in our history}<e>", "{our |the |}<R> <K> {of all time|since we opened|in our history|since day one}<e>",
        "when did we have our <R> <K> ever<e>", "<R> <K> {we ever had|in the history of the {shop|business}}<e>"]


def steps(plan):
    """What a stretch of the calendar is made of, by its plan."""
    if plan in ("this_week", "last_week", "this_weekend", "last_weekend", "last_7_days", "last_30_days"):
        return ["day"]
    if plan in ("this_month", "last_month") or plan.partition("_")[0] in periods.MONTHS and ".." not in plan and not re.search("_[0-9]{1,2}(_|$)", plan):
        return ["day", "week"]
    if plan in ("this_quarter", "last_quarter") or re.match("q[1-4]", plan):
        return ["day", "week", "month"]
    return ["day", "week", "month", "quarter"] if plan in ("this_year", "last_year", "last_12_months") or plan.isdigit() else []


def best_time(rng):
    """The best day, month, weekday …"""
    by = rng.choice(["day", "day", "month", "month", "week", "quarter", "year", "weekday", "weekday"])
    m = metric(rng) if rng.random() < 0.35 else rng.choice(["revenue", "revenue", "orders"])
    s, high = scene(rng, m, by, 0.4, 0.25), rng.random() < 0.72
    rank_words(s, rng, high)
    limit, number = count(rng) if rng.random() < 0.4 else (1, "")
    s.extra["K"] = head(s, rng, by, number, limit != 1)
    plan = {"metric": m, "period": s.period.plan, "order": "desc" if high else "asc"}
    if limit:
        plan["limit"] = limit
    if m == "revenue":
        templates = [t for t in TIME_BEST if high or "record" not in t]
    else:
        templates = RANK_VERB["orders"] if m == "orders" and rng.random() < 0.7 else BY_METRIC[:7]
    template = rng.choice(templates)
    if s.period is periods.DEFAULT and rng.random() < 0.14 and limit == 1 and by != "weekday":  # "our best month ever"
        template, plan["period"] = rng.choice(EVER), "all_time"
        if m != "revenue":
            template = template.replace("<e>", " {for|in terms of|by|in} <N><e>")
        s.extra["e"] = s.say("<T>").strip(" ,")
        s.extra["e"] = f" {s.extra['e']}" if s.extra["e"] else ""
    elif s.period.name and by in steps(s.period.plan) and rng.random() < 0.5:
        template = rng.choice([t for t in TIME_OF if m == "revenue" or "<N>" in t])
        s.said_period, s.extra["W"] = True, s.say(rng.choice(s.period.name))
    text = re.sub(r"\bwho (are|is|was|were)\b", r"what \1", s.say(template))
    text = number_first(s, rng, text, number)
    return text + rng.choice(HOW_MUCH) if limit == 1 and rng.random() < 0.03 else text, plan


GROW = ["which <K> {is|are|was|were} growing {the |}{fastest|most|quickest|strongest}<in><T>", "{fastest|quickest|strongest} growing <K><in><T>", "which <K> {grew|improved|increased|gained|rose|climbed} {the |}{most|fastest|strongest}<in><T>", "which <K> {had|has|have|saw|shows} the {biggest|largest|strongest|highest|best|most} {growth|increase|rise|jump|gain|improvement}<in><T>",
        "<K> with the {biggest|largest|strongest|highest|most} {growth|increase|rise|jump|gain}<in><T>", "what {is|are|was|were} {our|the} fastest growing <K><in><T>", "<show> {the |our |}fastest growing <K><in><T>", "which <K> {is|are} up {the |}most<in><T>", "biggest {increase|growth|rise|jump|gain|improvement} in <N>{: which|, which|:} <K><T>", "which <K> {is|are|has been|have been} {improving|growing} {most|the most|fastest}<in><T>",
        "which <K> {is|are} picking up {most|fastest|the most}<in><T>", "<K> growing fastest<in><T>", "which <K> {is|are} gaining {the |}most{ ground|}<in><T>", "what <K> {grew|improved|increased|gained|rose|climbed|went up} {the |}{most|fastest}<in><T>", "<K> whose <N> {grew|rose|increased|improved|went up|climbed} {the |}{most|fastest}<T>", "<K> {that|which} {grew|improved|gained} {the |}{most|fastest}<in><T>", "which <K> {is|are|was|were} {improving|climbing|rising|gaining} {the |}{most|fastest}<in><T>", "<K> {with most|with the most|showing the most|showing the biggest} {growth|improvement}<in><T>", "our {fastest|strongest|quickest} growing <K><in><T>", "what's {our|the} {fastest|quickest} growing <K><in><T>",
        "<K> up {the |}most<in><T>", "which <K> made the {biggest|largest} {jump|leap|gain|step up}<in><T>", "<T>, which <K> grew {the |}{most|fastest}<in>", "most improved <K><in><T>", "<K> gaining {the |}most<in><T>", "which <K> {has|have} grown {the |}{most|fastest}<in><T>", "which <K> {has|have} improved {the |}most<in><T>", "<K> with the {biggest|largest|best|strongest} {leap|surge|boost|uplift|upswing|gain|jump}<in><T>", "which <K> {jumped|surged|soared|shot up|rocketed|took off|picked up} {the |}most<in><T>", "which <K> {has|have} {gained|climbed|risen|picked up|gone up} {the |}most<in><T>", "which <K> {gained|added|put on} {the |}most{ ground|}<in><T>", "{quickest|fastest} {improving|climbing|rising|growing} <K><in><T>", "<K> {improving|climbing|rising} {the |}{fastest|most|quickest}<in><T>", "which <K> {showed|had|made} the {biggest|most|largest} progress<in><T>", "<T> fastest growing <K><in>", "in which <K> {is|was} growth {strongest|biggest}<in><T>", "which <K> {moved|went} up {the |}most<in><T>", "{whats|what's} growing {fastest|the fastest|most}{,|:} which <K><in><T>"]
GROW_ONE = ["which <K> {is|are} {taking off|booming|on a roll|surging|gaining momentum|gaining traction|getting stronger|climbing fast|on the way up|on the up|doing better and better}<in><T>", "what <K> {is|are} {taking off|booming|surging|growing|on the up|going up|on the rise|picking up}<in><T>", "which <K> {has|have} {taken off|picked up|improved|grown|gone up}<in><T>", "<K> {on the up|taking off|gaining momentum|on a roll|going up|heading up}<in><T>"]
GROW_PLURAL = ["which <K> are {growing|on the rise|gaining|rising|improving|picking up|trending up|going up}<in><T>", "growing <K><T>", "rising <K><T>", "what <K> are {growing|rising|going up|improving|gaining ground|on the up|climbing}<in><T>", "<K> {on the rise|on the up|gaining ground|going up|trending up|that are growing}<in><T>", "<show> {the |our |}{growing|rising|improving} <K><T>"]
FALL = ["which <K> {is|are|was|were} {falling|declining|dropping|shrinking|losing} {the |}{fastest|most|quickest}<in><T>", "which <K> {fell|dropped|declined|decreased|lost|slipped|shrank|sank} {the |}most<in><T>", "which <K> {had|has|have|saw} the {biggest|largest|worst|steepest|sharpest} {decline|drop|fall|decrease|loss|dip}<in><T>", "<K> with the {biggest|largest|worst|steepest} {decline|drop|fall|decrease|loss}<in><T>",
        "{fastest|quickest|most} {falling|declining|shrinking} <K><in><T>", "which <K> {is|are} down {the |}most<in><T>", "biggest {drop|decline|fall|decrease|loss} in <N>{: which|, which|:} <K><T>", "which <K> lost {the |}most {ground|sales}<T>", "<show> {the |our |}fastest {falling|declining|shrinking} <K><in><T>", "which <K> went down {the |}most<in><T>", "what <K> {fell|dropped|declined|decreased|slipped|shrank|went down|lost ground} {the |}most<in><T>", "<K> whose <N> {fell|dropped|declined|went down|shrank} {the |}most<T>", "<K> that {fell|dropped|declined|lost|slipped} {the |}most<in><T>", "<K> down {the |}most<in><T>", "which <K> {has|have} {fallen|dropped|declined|slipped|lost ground} {the |}most<in><T>", "<T>, which <K> dropped {the |}most<in>", "which <K> took the {biggest|largest|worst} {hit|drop|dip}<in><T>", "<K> {shrinking|falling|declining} {the |}{fastest|most}<in><T>", "our {fastest|quickest} {falling|declining|shrinking} <K><in><T>", "which <K> {sank|tanked|plunged|plummeted|nosedived|went backwards|suffered|weakened|slid} {the |}most<in><T>", "which <K> {has|have} {lost|fallen|slid|sunk|suffered} {the |}most<in><T>", "<K> {that|which} {lost|sank|tanked|slid|slipped|went down|fell} {the |}most<in><T>", "<K> with the {biggest|worst|largest|sharpest} {slide|slump|dip|setback|losses}<in><T>", "which <K> {lost|lose|is losing|are losing} the most {business|sales|ground}<T>", "in which <K> was the drop {biggest|worst|largest}<in><T>", "which <K> {moved|went|came} down {the |}{most|fastest}<in><T>", "{whats|what's} {dropping|falling} {fastest|the most}{,|:} which <K><in><T>", "<T> {fastest|worst} {falling|declining} <K><in>", "which <K> {slumped|slipped|sagged|weakened|cooled off} {the |}most<in><T>"]
FALL_ONE = ["which <K> {is|are} {losing ground|falling behind|declining|slipping|going down|dropping off|in decline|shrinking|on the way down}<in><T>", "<K> losing ground<T>", "<K> {in decline|on the decline|going down|falling behind|slipping|dropping|trending down|on the way down}<in><T>", "what <K> {is|are} {declining|falling|dropping|slipping|losing ground|shrinking|trending down}<in><T>", "which <K> {is|are} {falling|dropping|trending down|on the slide|sliding|weakening|fading|heading down}<in><T>", "which <K> {is|are} {tanking|nosediving|plummeting|plunging|sinking|going south|in freefall|tailing off|cooling off|on the wane|losing steam|going backwards|getting weaker|losing momentum|losing sales|slumping|taking a hit}<in><T>", "what <K> {is|are} {tanking|sinking|tailing off|going south|going backwards|weakening|slumping|losing momentum}<in><T>", "<K> {tanking|sinking|tailing off|going backwards|losing momentum|on the slide}<in><T>", "which <K> {has|have} {gone down|gone backwards|dropped off|tailed off|lost ground}<in><T>"]
WHO_GROW = ["who {improved|grew|gained|increased} {the |}{most|fastest}<in><T>", "who {had|has|saw|made} the {biggest|largest|best} {improvement|growth|increase|jump}<in><T>", "who is {improving|growing} {fastest|the most|most}<in><T>", "who {has|'s} {improved|grown} {the |}most<in><T>", "who made the {biggest|largest} {jump|leap|step forward|gains}<in><T>", "who {stepped up|went up|climbed} {the |}most<in><T>", "who is up {the |}most<in><T>", "<T>, who improved {the |}most<in>", "whose <N> {grew|improved|went up|rose|increased} {the |}most<T>", "who {jumped|surged|picked up|came on|gained ground} {the |}most<in><T>", "who made the {most|biggest} progress<in><T>", "{salesperson|employee|colleague|seller} {who improved most|with the biggest improvement|with the most growth}<in><T>", "who's {been |}{improving|growing|climbing} {the |}{most|fastest}<in><T>", "most improved {salesperson|colleague|seller|employee|staff member|team member}<in><T>", "who has come on {the |}most<in><T>"]
WHO_FALL = ["who {dropped|fell|declined|slipped|lost} {the |}most<in><T>", "who {had|has|saw} the {biggest|largest|worst} {drop|decline|fall|decrease}<in><T>", "who is {losing ground|falling behind|declining|slipping}{ the most|}<in><T>", "who {has|'s} {dropped|fallen|slipped|declined} {the |}most<in><T>", "who is down {the |}most<in><T>", "whose <N> {fell|dropped|went down|declined} {the |}most<T>", "who took the {biggest|worst} {hit|dip}<in><T>", "who {slid|slumped|tailed off|went backwards|lost ground|fell off} {the |}most<in><T>", "{salesperson|employee|colleague|seller} {who dropped most|with the biggest drop|who fell the most}<in><T>", "who's {been |}{slipping|dropping|going backwards|falling off}{ the most|}<in><T>"]
YEARLY = ["{year over year|year on year|yoy|year-over-year|y/y|compared to last year|compared with last year|versus last year|vs last year|than last year|against last year|on last year|from last year}"]


def growth(rng):
    m = metric(rng) if rng.random() < 0.4 else "revenue"
    by, up = pick(rng, {**words.DIMENSION_WEIGHTS, "segment": 22}), rng.random() < 0.6
    p = periods.DEFAULT if rng.random() < 0.5 else periods.comparable(rng)
    s = Scene(rng, m, p, sample_filters(rng, 0.25), [by])
    s.filters.pop(by, None)
    if by == "product":
        s.filters.pop("product", None)
    s.extra["in"] = (rng.choice([" in ", " by ", " in terms of "]) + rng.choice(words.NOUNS[m])) if m != "revenue" or rng.random() < 0.25 else ""
    compare = "previous"
    roll = rng.random()
    if roll < 0.2 and p.plan not in ("this_year", "last_year") and not p.plan.isdigit() and "month" != p.plan[:0] and (p is periods.DEFAULT or p.year_ago):
        # Without a period "than last year" is the year against the year before; see the last branch.
        compare, s.other = "year_ago", s.say("{year over year|year on year|yoy|year-over-year|y/y}" if p is periods.DEFAULT else YEARLY[0])
    elif roll < 0.36 and p.previous:
        s.other = s.say("{compared to|compared with|versus|vs|against|over|on|from} " + rng.choice(p.previous))
    elif roll < 0.5 and p is periods.DEFAULT:  # only the other one is named
        p = rng.choice([q for q in periods.COMMON if q.plan.startswith("this_")])
        s.other = s.say("{compared to|compared with|versus|vs|than|against|since|on|from} " + rng.choice(p.previous[:3]))
    plan = {"metric": m, "period": p.plan, "compare": compare, "order": "growth" if up else "decline"}
    if by == "staff" and rng.random() < 0.6:
        plan["limit"] = 1
        return dimension("staff") + s.say(rng.choice(WHO_GROW if up else WHO_FALL)), plan
    limit, number = count(rng)
    rank_words(s, rng, True)
    s.extra["R"] = "growing"
    s.extra["K"] = head(s, rng, by, number, limit != 1)
    plural_only = limit is None and rng.random() < 0.35
    if limit:
        plan["limit"] = limit
    if up:
        template = rng.choice(GROW_PLURAL + GROW_ONE if plural_only else GROW_ONE if limit == 1 and rng.random() < 0.15 else GROW)
    else:
        template = rng.choice(FALL_ONE if (plural_only or limit == 1 and rng.random() < 0.3) else FALL)
    if "<N>" not in template and "<in>" not in template and m != "revenue":
        template = (GROW if up else FALL)[2]
    if s.other and "<T>" not in template:
        template += "<T>"
    return s.say(template), plan


INTENTS = {ranking: 26, best_time: 6, growth: 8}
