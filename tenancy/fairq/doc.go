// Package fairq is a queue that shares scarce workers fairly among tenants, by the cost of what they
// ask for and not by how often they ask.
//
// It keeps virtual token counters: Sheng et al., "Fairness in Serving Large Language Models", OSDI 2024.
// Every tenant has a counter of the service it received, divided by its weight. A free worker takes the
// oldest item of the waiting tenant whose counter is lowest:
//
//	Put     a tenant that had nothing waiting is lifted to the lowest counter among those that wait, estimates of
//	        what runs left out, so time in which it asked for nothing earns no credit
//	Take    the item's estimated cost is charged at once, so a burst cannot start before it is paid for
//	Finish  the charge becomes what the item really cost, also for one that was abandoned half-way
//
// Between two tenants that both wait all the time, weighted service differs by no more than the cost of
// what is running, however many items each of them has (TestServiceGapIsBounded).
//
// Two caps bound how many workers a tenant holds. Beyond the soft one it gets a worker only if no other
// tenant waits, so nothing stands idle; beyond the hard one it gets none.
//
// Two layers: book does the bookkeeping without locks or clocks, Queue adds a lock. Every operation takes
// O(log n) steps with n tenants that wait or run; a tenant that does neither is forgotten as soon as its
// return would lift it anyway.
//
// The package must never know what a tenant or an item is: tiers, tokens, prompts and HTTP are others'.
package fairq
