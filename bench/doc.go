// Package bench puts load on something and says how it did: arrivals on a schedule of their own (open loop) or as
// fast as answers come (closed loop), quantiles, shares over time, Jain's index, and a report in one HTML file
// that loads nothing.
//
// A latency counts from when a request was meant to be sent, never from when the generator got round to it: a
// server that stalls would otherwise hide its worst times by keeping the next requests from being sent
// ("coordinated omission", G. Tene, "How NOT to Measure Latency", 2015).
//
// What is asked is a function of the caller's. The package must never know HTTP, models or tenants, and imports the
// standard library only. Plots are written here as SVG: the plotting libraries that draw SVG bring megabytes of
// fonts into the one binary, the others need a script from the network.
package bench
